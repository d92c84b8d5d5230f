/**
 * The page in which diagrams are drawn: of no origin, with no network but its own scripts, and nothing of the person's
 * in it. It draws what the page around it sends, and says how large that is.
 */
import mermaid from 'mermaid';
import { MAX_SOURCE_CHARACTERS, type DrawAnswer, type DrawRequest } from '../diagram-messages.ts';
import { harmlessSource } from './harmless-source.ts';
import { themeVariables } from './theme-variables.ts';

const answer = (message: DrawAnswer): void => parent.postMessage(message, '*');

/** Mermaid's own, and what would bring styles along. */
const SECURE =
  'secure securityLevel startOnLoad maxTextSize suppressErrorRendering maxEdges theme themeCSS themeVariables fontFamily altFontFamily htmlLabels dompurifyConfig'.split(
    ' ',
  );

let drawings = 0;

async function draw({ source, theme }: DrawRequest): Promise<void> {
  const mine = (drawings += 1);
  document.documentElement.style.colorScheme = theme;
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    // A diagram may not set these for itself.
    secure: SECURE,
    suppressErrorRendering: true,
    maxTextSize: MAX_SOURCE_CHARACTERS,
    theme: 'base',
    themeVariables: themeVariables(theme),
    flowchart: { htmlLabels: false },
  });
  const { svg } = await mermaid.render(`diagram-${mine}`, harmlessSource(source));
  if (mine !== drawings) return;
  document.body.innerHTML = svg;
  const drawn = document.querySelector('svg');
  if (drawn === null) return answer({ type: 'failed' });
  const { width, height } = drawn.viewBox.baseVal;
  Object.assign(drawn.style, { display: 'block', width: '100%', maxWidth: 'none', height: 'auto' });
  answer({ type: 'drawn', width, height });
}

addEventListener('message', ({ source, data }: MessageEvent<DrawRequest>) => {
  if (source !== parent || data?.type !== 'draw' || data.source.length > MAX_SOURCE_CHARACTERS) return;
  draw(data).catch(() => answer({ type: 'failed' }));
});
document.body.style.margin = '0';
answer({ type: 'ready' });
