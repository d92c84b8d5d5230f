export type DiagramTheme = 'light' | 'dark';

/** From the app to the frame in which a diagram is drawn. */
export type DrawRequest = { type: 'draw'; source: string; theme: DiagramTheme };

/** From the frame: it listens; it has drawn, so large; it can't. */
export type DrawAnswer = { type: 'ready' } | { type: 'drawn'; width: number; height: number } | { type: 'failed' };

/** Longer ones are no diagrams for people. */
export const MAX_SOURCE_CHARACTERS = 20_000;
/** In pixels: whatever the frame says, the page keeps its shape. */
export const MAX_SIDE = 4_000;

/** What a frame has said, if it is an answer; it is not trusted more than the diagram in it. */
export function asDrawAnswer(data: unknown): DrawAnswer | undefined {
  if (typeof data !== 'object' || data === null || !('type' in data)) return undefined;
  if (data.type === 'ready' || data.type === 'failed') return { type: data.type };
  if (data.type !== 'drawn' || !('width' in data) || !('height' in data)) return undefined;
  const [width, height] = [side(data.width), side(data.height)];
  return width === undefined || height === undefined ? undefined : { type: 'drawn', width, height };
}

function side(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Math.min(MAX_SIDE, Math.max(1, Math.round(value)));
}
