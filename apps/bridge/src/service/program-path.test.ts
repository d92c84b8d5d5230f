import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { programCommand, type Running } from './program-path.ts';

describe('the command of a service', () => {
  const command = (running: Partial<Running>): readonly string[] =>
    programCommand({
      execPath: '/usr/bin/node',
      script: undefined,
      platform: 'linux',
      temporary: ['/tmp', '/private/var/folders/'],
      realPath: (path) => path,
      ...running,
    });

  it('is that of the installation, whichever it is', () => {
    const cases: [string, Partial<Running>, string[]][] = [
      ['a .deb or a single executable', { execPath: '/usr/bin/cloudtolocalllm' }, ['/usr/bin/cloudtolocalllm']],
      [
        'npm, by its link',
        { script: '/usr/local/bin/cloudtolocalllm' },
        ['/usr/bin/node', '/usr/local/bin/cloudtolocalllm'],
      ],
      ['a copy of the project', { script: '/srv/c2l/main.ts' }, ['/usr/bin/node', '/srv/c2l/main.ts']],
      ['a path that only begins alike', { script: '/tmpfiles/main.ts' }, ['/usr/bin/node', '/tmpfiles/main.ts']],
    ];
    for (const [what, running, expected] of cases) assert.deepEqual(command(running), expected, what);
  });

  it('goes through the link that Homebrew keeps, not the folder of a version', () => {
    const node = '/opt/homebrew/Cellar/node/24.1.0/bin/node';
    const link = '/opt/homebrew/opt/node/bin/node';
    const realPath = (path: string): string => (path === link ? node : path);
    assert.deepEqual(command({ execPath: node, realPath }), [link]);
    assert.deepEqual(command({ execPath: node }), [node], 'no such link');
  });

  it('is refused, with what to do, when it would not last', () => {
    const cases: [Partial<Running>, RegExp][] = [
      [
        { script: '/home/anna/.npm/_npx/1a2b/node_modules/.bin/cloudtolocalllm' },
        /Install the program first: the page "Connect a computer"/,
      ],
      [{ script: '/tmp/c2l/main.ts' }, /temporary folder: \/tmp\/c2l\/main\.ts\. Put the program where it can stay/],
      [{ execPath: '/private/var/folders/x/node' }, /temporary folder/],
      [{ script: '/usr/local/bin/c2l', realPath: () => '/tmp/c2l/main.ts' }, /temporary folder: \/tmp/],
      [{ script: 'main.ts' }, /Cannot tell where/],
    ];
    for (const [running, message] of cases) assert.throws(() => command(running), { code: 'usage', message });
  });
});
