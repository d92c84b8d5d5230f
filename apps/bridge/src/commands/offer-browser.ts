import { printable } from '../printable.ts';

/**
 * Asks whether to open the address on this computer, until the signal: a phone may be faster. `givenUp` is called when
 * the person wants out. Never throws: the address is on the terminal too.
 */
export async function offerBrowser(address: string, signal: AbortSignal, givenUp: () => void): Promise<void> {
  // The relay says what to open: a page, never a file or a program.
  if (!/^https?:$/.test(URL.parse(address)?.protocol ?? '')) return;
  try {
    const { confirm, isCancel } = await import('@clack/prompts');
    const answer = await confirm({ message: 'Open it in the browser of this computer?', signal });
    if (signal.aborted) return;
    if (isCancel(answer)) return givenUp();
    if (answer) await (await import('open')).default(address);
  } catch (error) {
    console.error(`Cannot open the browser: ${printable((error as Error).message)}`);
  }
}
