/** The worker in which code is coloured: grammars take their time, and the page has to go on meanwhile. */
import { createCodeColourers, type CodeColourer } from './code-colourer.ts';
import type { ColourAnswer, ColourRequest } from './colour-messages.ts';

const make = createCodeColourers();
const colourers = new Map<number, Promise<CodeColourer>>();

addEventListener('message', ({ data }: MessageEvent<ColourRequest>) => void answer(data));

async function answer(request: ColourRequest): Promise<void> {
  const { id } = request;
  if (request.type === 'forget') return void colourers.delete(id);
  const { language, text, isWhole } = request;
  let one = colourers.get(id);
  if (one === undefined) colourers.set(id, (one = make(language)));
  try {
    const message: ColourAnswer = { id, isWhole, ...(await one).colour(text, isWhole) };
    postMessage(message);
  } catch {
    // A grammar that didn't come, or broke on this code: it stays in ink.
    colourers.delete(id);
  }
}
