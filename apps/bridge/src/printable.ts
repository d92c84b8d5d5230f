/** A text of the relay or the engine for a terminal: without the control characters that could steer it. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
}
