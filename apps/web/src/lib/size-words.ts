const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Bytes as Ollama tells them, in steps of 1000: "1.3 GB". */
export function sizeWords(bytes: number, language: string): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  const style = { style: 'unit', unit: UNITS[power], unitDisplay: 'short' } as const;
  return new Intl.NumberFormat(language, { ...style, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** A share as a whole percentage. */
export function percentWords(share: number, language: string): string {
  return new Intl.NumberFormat(language, { style: 'percent' }).format(share);
}

/** "0.04 sec", "1.2 sec": two digits say enough. */
export function secondsWords(milliseconds: number, language: string): string {
  const style = { style: 'unit', unit: 'second', maximumSignificantDigits: 2 } as const;
  return new Intl.NumberFormat(language, style).format(milliseconds / 1000);
}
