import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launchBrowser } from '../support/browser.ts';
import { drawTrayIcons } from './tray-icons.ts';

const PUBLIC = new URL('../../apps/web/public/', import.meta.url).pathname;
const FOLDER = join(PUBLIC, 'icons');
const GROUND = '#24211d';

type Icon = {
  file: string;
  size: number;
  /** `rounded`: as the mark is. `full`: the ground up to the edges, the system cuts it. `bare`: one colour, no ground. */
  shape: 'rounded' | 'full' | 'bare';
  /** Of the side: what a system cuts off must not be the house. */
  scale: number;
};

/** Android cuts maskable icons to a circle of 80 %. */
const ICONS: readonly Icon[] = [
  { file: 'icon-192.png', size: 192, shape: 'rounded', scale: 1 },
  { file: 'icon-512.png', size: 512, shape: 'rounded', scale: 1 },
  { file: 'maskable-192.png', size: 192, shape: 'full', scale: 0.8 },
  { file: 'maskable-512.png', size: 512, shape: 'full', scale: 0.8 },
  { file: 'apple-touch-icon.png', size: 180, shape: 'full', scale: 0.9 },
  { file: 'badge-96.png', size: 96, shape: 'bare', scale: 1.3 },
];

/** Draws the icons of the installed app and of the tray from the mark: `npm run icons`. */
const mark = await readFile(join(PUBLIC, 'favicon.svg'), 'utf8');
await mkdir(FOLDER, { recursive: true });
const browser = await launchBrowser();
try {
  const page = await browser.newPage();
  for (const { file, size, shape, scale } of ICONS) {
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(drawing({ size, shape, scale }));
    await page.screenshot({ path: join(FOLDER, file), omitBackground: shape !== 'full' });
  }
  await drawTrayIcons(browser);
} finally {
  await browser.close();
}

function drawing({ size, shape, scale }: Omit<Icon, 'file'>): string {
  const drawn = shape === 'rounded' ? mark : mark.replace(/<rect width="32"[^>]*>/, '');
  // A badge is nothing but its shape: systems paint it in their own colour.
  const painted = shape === 'bare' ? drawn.replaceAll(/(fill|stroke)="#[^"]+"/g, '$1="#fff"') : drawn;
  const ground = shape === 'full' ? `background:${GROUND};` : '';
  return (
    `<body style="margin:0;${ground}display:grid;place-items:center;width:${size}px;height:${size}px;overflow:hidden">` +
    painted.replace('<svg ', `<svg width="${size * scale}" height="${size * scale}" `) +
    '</body>'
  );
}
