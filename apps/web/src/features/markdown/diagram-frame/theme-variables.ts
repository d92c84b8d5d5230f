import type { DiagramTheme } from '../diagram-messages.ts';

/** The app's paper and ink (styles.css), in the notation that Mermaid can reckon with. */
const PAPER = {
  light: { canvas: '#fcfbf9', box: '#f1efeb', other: '#e6e3de', line: '#8f8a83', ink: '#292420', accent: '#1d6296' },
  dark: { canvas: '#151310', box: '#292622', other: '#35312c', line: '#8a847c', ink: '#ebe8e3', accent: '#86bfe6' },
} as const;

export function themeVariables(theme: DiagramTheme): Record<string, string | boolean> {
  const { canvas, box, other, line, ink, accent } = PAPER[theme];
  return {
    darkMode: theme === 'dark',
    background: canvas,
    primaryColor: box,
    secondaryColor: other,
    tertiaryColor: canvas,
    primaryTextColor: ink,
    secondaryTextColor: ink,
    tertiaryTextColor: ink,
    textColor: ink,
    primaryBorderColor: line,
    secondaryBorderColor: line,
    tertiaryBorderColor: line,
    lineColor: line,
    noteBkgColor: other,
    noteTextColor: ink,
    noteBorderColor: line,
    activationBkgColor: other,
    pie1: accent,
    fontFamily: 'system-ui, sans-serif',
    fontSize: '14px',
  };
}
