import { readForm, TestBrowser } from '../../apps/relay/src/accounts/embedded/test-browser.ts';
import type { TestStack } from './test-stack.ts';

/** Confirms a bridge's code in a browser, as the stack's person; returns the page that asked. */
export async function confirmDeviceCode(stack: TestStack, address: string): Promise<string> {
  const browser = new TestBrowser();
  const prefix = `${stack.stack.url}/oidc/`;
  const start = await readForm(await browser.open(address));
  const confirm = await readForm(await browser.open(start.action, start.fields));
  const page = await browser.follow(await browser.open(confirm.action, confirm.fields), prefix);
  const { action, fields } = await readForm(page.response);
  await browser.follow(await browser.open(action, { ...fields, password: stack.password }), prefix);
  return confirm.page;
}
