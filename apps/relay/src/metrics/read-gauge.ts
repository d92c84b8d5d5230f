import { Gauge, type Registry } from 'prom-client';

/** Adds a figure that is read when somebody looks. */
export function readGauge(
  registry: Registry,
  { name, help, read }: { name: string; help: string; read: () => number | Promise<number> },
): void {
  const gauge = new Gauge({
    name,
    help,
    registers: [],
    async collect() {
      this.set(await read());
    },
  });
  registry.registerMetric(gauge);
}
