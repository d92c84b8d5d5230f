import { printable } from '../printable.ts';
import type { Streams } from './ask-for-relay.ts';

export interface OfferBrowserOptions extends Streams {
  /** Ends the question: the person was faster with a phone. */
  signal: AbortSignal;
  /** The person wants out of the sign-in. */
  givenUp: () => void;
  /** Instead of the system's browser, for tests. */
  open?: (address: string) => Promise<unknown>;
}

/** Asks whether to open the address on this computer. Never throws: the address is on the terminal too. */
export async function offerBrowser(address: string, options: OfferBrowserOptions): Promise<void> {
  const { signal, givenUp, open = systemOpen, ...streams } = options;
  // The relay says what to open: a page, never a file or a program.
  if (!/^https?:$/.test(URL.parse(address)?.protocol ?? '')) return;
  try {
    const { confirm, isCancel } = await import('@clack/prompts');
    const answer = await confirm({ ...streams, message: 'Open it in the browser of this computer?', signal });
    if (signal.aborted) return;
    if (isCancel(answer)) return givenUp();
    if (answer) await open(address);
  } catch (error) {
    console.error(`Cannot open the browser: ${printable((error as Error).message)}`);
  }
}

async function systemOpen(address: string): Promise<void> {
  await (await import('open')).default(address);
}
