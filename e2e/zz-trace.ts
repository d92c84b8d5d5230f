import { launchBrowser } from './support/browser.ts';
import { TestStack } from './support/test-stack.ts';
import { startReplayEngine } from './support/replay-engine.ts';
import { signedInPage } from './support/signed-in-page.ts';
import { mixedMarkdown } from '../bench/src/mixed-markdown.ts';
await using engine = await startReplayEngine({
  text: mixedMarkdown(Number(process.env.TOK ?? 1500)),
  tokensPerSecond: 100,
});
await using stack = await TestStack.start({ web: true, engine: engine.url });
const browser = await launchBrowser();
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await signedInPage(context, stack);
  await page.getByRole('textbox', { name: 'Message' }).fill('Go');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Stop' }).waitFor();
  const cdp = await context.newCDPSession(page);
  const events: any[] = [];
  cdp.on('Tracing.dataCollected', (e: any) => events.push(...e.value));
  const done = new Promise<void>((r) => cdp.on('Tracing.tracingComplete', () => r()));
  await cdp.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['devtools.timeline', 'disabled-by-default-v8.cpu_profiler'] },
  } as any);
  const t0 = Date.now();
  await page.getByRole('button', { name: 'Answer again' }).waitFor({ timeout: 120000 });
  const wall = Date.now() - t0;
  await cdp.send('Tracing.end');
  await done;
  const main = events.filter((e) => e.ph === 'X' && e.tdur);
  const sum = new Map<string, [number, number, number]>();
  for (const e of main) {
    const s = sum.get(e.name) ?? [0, 0, 0];
    s[0] += e.tdur / 1000;
    s[1]++;
    s[2] = Math.max(s[2], e.tdur / 1000);
    sum.set(e.name, s);
  }
  console.log('wall', wall);
  for (const [n, [ms, c, mx]] of [...sum].sort((a, b) => b[1][0] - a[1][0]).slice(0, 22))
    console.log(
      n.padEnd(34),
      ((ms / wall) * 1000).toFixed(1).padStart(8),
      'ms/s',
      String(c).padStart(6),
      'max',
      mx.toFixed(1),
    );
  // cpu profile
  const nodes = new Map<number, any>();
  const self = new Map<string, number>();
  for (const e of events.filter((e) => e.name === 'ProfileChunk')) {
    for (const n of e.args.data.cpuProfile?.nodes ?? []) nodes.set(n.id, n);
    const s = e.args.data.cpuProfile?.samples ?? [];
    const d = e.args.data.timeDeltas ?? [];
    s.forEach((id: number, i: number) => {
      const n = nodes.get(id);
      if (!n) return;
      const k = `${n.callFrame.functionName}@${(n.callFrame.url ?? '').split('/').pop()}:${n.callFrame.lineNumber}:${n.callFrame.columnNumber}`;
      self.set(k, (self.get(k) ?? 0) + d[i] / 1000);
    });
  }
  for (const [k, v] of [...self].sort((a, b) => b[1] - a[1]).slice(0, 25))
    console.log(((v / wall) * 1000).toFixed(1), 'ms/s', k);
} finally {
  await browser.close();
}
