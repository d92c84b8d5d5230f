import { openingLink } from './page-client.ts';

/** `status --open`: shows the page of the running bridge in the browser. Throws BridgeError when no bridge runs here. */
export async function openPage(directory: string, say: (text: string) => void): Promise<void> {
  const link = await openingLink(directory);
  say(`Opening the status page. If no browser comes up, open this within a minute; it works once:\n  ${link}`);
  await openInBrowser(link);
}

/** Never throws: without a browser there is the link that was shown. */
export async function openInBrowser(link: string): Promise<void> {
  try {
    const { default: open } = await import('open'); // a dozen modules that few commands need
    const child = await open(link);
    child.on('error', () => {});
    child.unref();
  } catch {
    // No browser, or none that can be started from here.
  }
}
