import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { test } from 'node:test';
import { scrubber } from './scrub.ts';

test('takes out what is known, in every form that it is written in', () => {
  const scrub = scrubber({ '[secret]': ['pass"word 1', undefined, 'abc'], '[user]': ['sub-4711'] });
  assert.equal(scrub('x pass"word 1 y'), 'x [secret] y');
  assert.equal(scrub('{"p":"pass\\"word 1"}'), '{"p":"[secret]"}');
  assert.equal(scrub('http://h/pass%22word%201/'), 'http://h/[secret]/');
  assert.equal(
    scrub('for sub-4711, abc stays'),
    'for [user], abc stays',
    'three characters stand everywhere by chance',
  );
  assert.equal(scrub(`in ${homedir()}/x`), 'in ~/x');
});

test('takes out what looks like a secret or a person, and leaves the rest', () => {
  const scrub = scrubber({});
  const cases: [text: string, clean: string][] = [
    ['got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln now', 'got [redacted] now'],
    ['via http://ada:pw@proxy.example.com:3128', 'via http://[redacted]@proxy.example.com:3128'],
    ['for ada.l+x@mail.example.com', 'for [e-mail]'],
    ['user auth0|65b1c2 came', 'user [user] came'],
    ['online  3 models', 'online  3 models'],
    ['llama3.2@studio-pc at http://127.0.0.1:11434', 'llama3.2@studio-pc at http://127.0.0.1:11434'],
  ];
  for (const [text, clean] of cases) assert.equal(scrub(text), clean);
});
