import { Counter, type Registry } from 'prom-client';
import { readGauge } from './read-gauge.ts';

/**
 * The process under the names that every dashboard knows. Not prom-client's own collection of them: that starts an
 * event-loop timer and an observer of the garbage collector which nothing ever stops.
 */
export function processMetrics(registry: Registry, { delayMs }: { delayMs: () => number }): void {
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time of all threads, in seconds.',
    registers: [],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  registry.registerMetric(cpu);
  const began = Math.round(Date.now() / 1000 - process.uptime());
  gauge('process_start_time_seconds', 'When the process began, in seconds since 1970.', () => began);
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('nodejs_heap_size_total_bytes', 'Size of the heap.', () => process.memoryUsage().heapTotal);
  gauge('nodejs_heap_size_used_bytes', 'What of the heap is in use.', () => process.memoryUsage().heapUsed);
  gauge('nodejs_external_memory_bytes', 'Memory of buffers outside the heap.', () => process.memoryUsage().external);
  gauge(
    'nodejs_eventloop_lag_p99_seconds',
    'How late the event loop was, 99th percentile of the last minute.',
    () => delayMs() / 1000,
  );

  function gauge(name: string, help: string, read: () => number): void {
    readGauge(registry, { name, help, read });
  }
}
