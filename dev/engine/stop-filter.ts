/** Cuts a stream of text pieces at the first of some stop strings, holding back what might be the start of one. */
export function createStopFilter(stops: readonly string[]) {
  let held = '';
  return {
    /** Takes the next piece and gives back what is safe to send. */
    push(piece: string): { text: string; stopped: boolean } {
      held += piece;
      const found = stops.map((stop) => held.indexOf(stop)).filter((index) => index >= 0);
      if (found.length > 0) {
        const text = held.slice(0, Math.min(...found));
        held = '';
        return { text, stopped: true };
      }
      const keep = longestBeginning(held, stops);
      const text = held.slice(0, held.length - keep);
      held = held.slice(text.length);
      return { text, stopped: false };
    },
    /** What was held back, when the answer ends without a stop string. */
    rest(): string {
      return held;
    },
  };
}

/** Length of the longest end of `text` that is the beginning of a stop string. */
function longestBeginning(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(stop.slice(0, length))) longest = length;
    }
  }
  return longest;
}
