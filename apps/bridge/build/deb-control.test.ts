import assert from 'node:assert/strict';
import { test } from 'node:test';
import { debChangelog, debControl, debCopyright, debName } from './deb-control.ts';
import { systemdUnits } from './systemd-units.ts';

const MANIFEST = { name: 'cloudtolocalllm', version: '1.2.0', license: 'MIT', dependencies: {} };
const ADA = 'Ada Byron <ada@example.org>';

test("names a package as Debian does, and a version's candidate so that it is older than the version", () => {
  assert.equal(debName(MANIFEST, 'x64').file, 'cloudtolocalllm_1.2.0-1_amd64.deb');
  assert.equal(debName({ ...MANIFEST, version: '1.2.0-rc.1' }, 'arm64').file, 'cloudtolocalllm_1.2.0~rc.1-1_arm64.deb');
  assert.throws(() => debName(MANIFEST, 'mips'), /Debian has no name for mips/);
});

test('describes itself in fields that dpkg reads', () => {
  const control = debControl(MANIFEST, debName(MANIFEST, 'x64'), { maintainer: ADA, installedBytes: 1025 });
  assert.match(control, /^Package: cloudtolocalllm\nVersion: 1\.2\.0-1\n/);
  assert.match(control, /\nMaintainer: Ada Byron <ada@example\.org>\nInstalled-Size: 2\n/);
  for (const line of control.trimEnd().split('\n')) {
    assert.match(line, /^(?:[A-Z][A-Za-z-]+: \S.*| \.| \S.*)$/);
    assert.ok(line.length <= 80 || line.startsWith('Maintainer'), line);
  }
});

test('dates its changelog and keeps every line of the licence', () => {
  const changelog = debChangelog(MANIFEST, debName(MANIFEST, 'x64'), ADA, new Date('2026-11-28T04:00:00Z'));
  assert.match(changelog, /^cloudtolocalllm \(1\.2\.0-1\) stable; urgency=medium\n/);
  assert.match(changelog, /\n -- Ada Byron <ada@example\.org> {2}Sat, 28 Nov 2026 04:00:00 \+0000\n$/);
  const copyright = debCopyright(MANIFEST, 'Title\n\nFirst.\n\nSecond.\n', '/usr/share/doc/x');
  assert.match(copyright, /License: Expat\n First\.\n \.\n Second\.\n/);
});

test('brings a unit for people and one for the computer, which run the installed program', () => {
  const units = systemdUnits();
  assert.deepEqual(Object.keys(units), [
    '/usr/lib/systemd/user/cloudtolocalllm.service',
    '/usr/lib/systemd/system/cloudtolocalllm.service',
  ]);
  for (const unit of Object.values(units)) assert.match(unit, /^ExecStart=\/usr\/bin\/cloudtolocalllm up --service$/m);
  assert.match(Object.values(units)[1] ?? '', /^DynamicUser=yes$/m);
});
