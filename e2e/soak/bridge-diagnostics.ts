// Loaded into a bridge with --import, beside --expose-gc: at SIGUSR2 it collects all garbage and writes what is left.
import { renameSync, writeFileSync } from 'node:fs';
import { memoryUsage } from 'node:process';

const file = process.env['DIAGNOSTICS_FILE'];

process.on('SIGUSR2', () => {
  if (file === undefined) return;
  globalThis.gc?.();
  globalThis.gc?.();
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const { rss, heapUsed, external } = memoryUsage();
  writeFileSync(`${file}.new`, JSON.stringify({ rss, heapUsed, external, resources }));
  renameSync(`${file}.new`, file);
});
