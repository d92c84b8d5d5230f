import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuQuota } from './cpu-quota.ts';

test('a share of processors is exact, whatever its size, and never below what the kernel takes', () => {
  for (const cpus of [0.001, 0.01, 0.049, 0.05, 0.2, 0.5, 1, 1.5, 99]) {
    const { periodUs, quotaUs } = cpuQuota(cpus);
    assert.ok(Math.abs(quotaUs / periodUs - cpus) / cpus < 0.01, `${quotaUs} of ${periodUs} for ${cpus}`);
    assert.ok(quotaUs >= 1_000 && periodUs >= 1_000 && periodUs <= 1_000_000, `${quotaUs} of ${periodUs}`);
  }
});
