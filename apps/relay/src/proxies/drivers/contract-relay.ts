import { pathThrough, spec, Upstream } from './contract-path.ts';
import type { DriverMaker } from './driver-contract.ts';

/** A relay that the suite kills: one worker streams, one waits in the pool, one hangs. Arguments: module, variant, folder. */
const [, , maker = '', variant = '', dataDir = ''] = process.argv;
const { makeDriver } = (await import(maker)) as DriverMaker; // as: its module says so
const driver = await makeDriver(dataDir, 1, variant);
const upstream = await Upstream.listen();
const [streaming, hanging] = [await driver.create(spec()), await driver.create(spec())];
const answer = (await pathThrough(streaming, upstream)).ask('/endless');
(await pathThrough(hanging, upstream)).ask('/test/hang');
while (answer.pieces === 0 || ((await hanging.usage())?.cpuSeconds ?? 0) < 0.5) {
  await new Promise((resolve) => setTimeout(resolve, 10));
}
process.stdout.write('ready\n');
