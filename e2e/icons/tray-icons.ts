import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { BridgeState } from '../../apps/bridge/src/daemon/daemon.ts';

const FOLDER = new URL('../../apps/bridge/assets/tray/', import.meta.url).pathname;
/** Panels show 16 to 48 pixels: one size, scaled down by them. */
const SIZE = 64;
const PAPER = '#f2efe9';
const LAMP = '#f5b83d';

const HOUSE = `<path d="M7 14.8 16 7l9 7.8v9.4a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1z" fill="none" stroke="${PAPER}" stroke-width="2.2" stroke-linejoin="round"/>`;
/** What stands in the house, different without colour too: a lit window, three dots, an exclamation mark, nothing behind a bar. */
const INSIDE: Record<BridgeState, string> = {
  online: `<rect x="12.2" y="14.6" width="7.6" height="7.6" rx="1.2" fill="${LAMP}"/>`,
  connecting: [11.4, 16, 20.6].map((x) => `<circle cx="${x}" cy="18.6" r="1.7" fill="${PAPER}"/>`).join(''),
  'engine-down': `<path d="M16 13v5.4" stroke="${PAPER}" stroke-width="2.8" stroke-linecap="round"/><circle cx="16" cy="22.2" r="1.7" fill="${PAPER}"/>`,
  offline: `<path d="M5.5 5.5l21 21" stroke="#24211d" stroke-width="6"/><path d="M5.5 5.5l21 21" stroke="${PAPER}" stroke-width="2.6" stroke-linecap="round"/>`,
};

/** Draws the tray's icons: as PNG, and as the ICO that Windows wants, which holds the same PNG. */
export async function drawTrayIcons(browser: Browser): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const page = await browser.newPage({ viewport: { width: SIZE, height: SIZE } });
  for (const [state, inside] of Object.entries(INSIDE)) {
    const ground = '<rect width="32" height="32" rx="7" fill="#24211d"/>';
    const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}" viewBox="0 0 32 32">${ground}${HOUSE}${inside}</svg>`;
    await page.setContent(`<body style="margin:0">${drawing}</body>`);
    const png = await page.screenshot({ omitBackground: true });
    await writeFile(join(FOLDER, `${state}.png`), png);
    await writeFile(join(FOLDER, `${state}.ico`), Buffer.concat([icoHeader(png.length), png]));
  }
  await page.close();
}

/** One picture, a PNG. Source: "The format of icon resources", Microsoft. */
function icoHeader(bytes: number): Buffer {
  const header = Buffer.alloc(22);
  header.writeUInt16LE(1, 2); // an icon
  header.writeUInt16LE(1, 4); // with one picture
  header.writeUInt8(SIZE, 6);
  header.writeUInt8(SIZE, 7);
  header.writeUInt16LE(1, 10); // planes
  header.writeUInt16LE(32, 12); // bits a pixel
  header.writeUInt32LE(bytes, 14);
  header.writeUInt32LE(header.length, 18);
  return header;
}
