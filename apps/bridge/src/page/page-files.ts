import { readAsset } from '../assets.ts';

/** What the page is made of: served as it is, to anybody on this computer; it says nothing without the token. */
const FILES = {
  '/': { name: 'index.html', type: 'text/html; charset=utf-8' },
  '/page.css': { name: 'page.css', type: 'text/css; charset=utf-8' },
  '/page.js': { name: 'page.js', type: 'text/javascript; charset=utf-8' },
  '/words.js': { name: 'words.js', type: 'text/javascript; charset=utf-8' },
  '/icon.svg': { name: 'icon.svg', type: 'image/svg+xml' },
} as const;

export interface PageFileContent {
  type: string;
  body: Buffer;
}

/** The files by the path at which they are served; nothing else is ever read for a request. */
export function readPageFiles(): ReadonlyMap<string, PageFileContent> {
  return new Map(
    Object.entries(FILES).map(([path, { name, type }]) => [path, { type, body: readAsset(`page/${name}`) }]),
  );
}
