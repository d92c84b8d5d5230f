import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maintainer, NOBODY, type Author } from './maintainer.ts';

test('is whom the publisher names in the variables of Debian, or the author in package.json, or nobody', () => {
  const cases: [author: Author | undefined, env: NodeJS.ProcessEnv, expected: string][] = [
    [undefined, {}, NOBODY],
    ['Ada', {}, NOBODY],
    ['Ada Byron <ada@example.org> (https://example.org)', {}, 'Ada Byron <ada@example.org>'],
    [{ name: 'Ada Byron', email: 'ada@example.org' }, {}, 'Ada Byron <ada@example.org>'],
    [undefined, { DEBFULLNAME: 'Grace Ü.', DEBEMAIL: 'grace@example.org' }, 'Grace Ü. <grace@example.org>'],
    [undefined, { DEBEMAIL: 'Grace <grace@example.org>' }, 'Grace <grace@example.org>'],
    ['Ada <ada@example.org>', { DEBEMAIL: 'other@example.org' }, 'Ada <other@example.org>'],
    ['Ada <ada@example.org>', { DEBFULLNAME: '', DEBEMAIL: '' }, 'Ada <ada@example.org>'],
  ];
  for (const [author, env, expected] of cases) assert.equal(maintainer(author, env), expected);
});

test('that Debian could not read is refused, with what to do', () => {
  for (const env of [
    { DEBFULLNAME: 'Ada', DEBEMAIL: 'nowhere' },
    { DEBFULLNAME: 'Ada', DEBEMAIL: '<a@b>' },
    { DEBFULLNAME: '', DEBEMAIL: 'ada@example.org' },
    { DEBFULLNAME: 'Ada, Byron', DEBEMAIL: 'ada@example.org' },
    { DEBFULLNAME: 'Ada\nPre-Depends: x', DEBEMAIL: 'ada@example.org' },
  ]) {
    assert.throws(() => maintainer(undefined, env), /set DEBFULLNAME to a name and DEBEMAIL to an address/);
  }
});
