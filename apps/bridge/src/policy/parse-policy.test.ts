import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePolicy } from './parse-policy.ts';
import { PolicyFileError, type PolicyFault } from './policy-file-error.ts';
import { DEFAULT_SETTINGS } from './policy-settings.ts';
import { POLICY_TEMPLATE } from './policy-template.ts';

function faultsOf(text: string): readonly PolicyFault[] {
  try {
    parsePolicy(text, 'policy.yaml');
    return [];
  } catch (error) {
    assert.ok(error instanceof PolicyFileError, String(error));
    return error.faults;
  }
}

test('the file that the program writes says what holds without it, setting by setting', () => {
  assert.deepEqual(parsePolicy(POLICY_TEMPLATE, 'policy.yaml'), DEFAULT_SETTINGS);
  for (const setting of ['allow', 'models', 'limits', 'hours', 'manage', 'log']) {
    const without = POLICY_TEMPLATE.replace(new RegExp(`^${setting}:`, 'm'), '#');
    assert.notEqual(without, POLICY_TEMPLATE, setting);
  }
  assert.deepEqual(parsePolicy('# only a comment\n', 'policy.yaml'), DEFAULT_SETTINGS);
});

test('reads what an owner writes, also as other systems save it', () => {
  const text = [
    'allow: [chat, "POST /v1/rerank", GET /v1/audio/*]',
    'models:',
    '  allow: [llama3.2, "qwen*"]',
    '  deny:',
    '    - "*cloud"',
    'limits: {running: 2, waiting: 10}',
    'hours:',
    '  - mon-fri 08:00-18:00',
    'manage:',
    '  pull: true',
    'log:',
    '  requests: errors',
  ].join('\r\n');
  for (const written of [text, `\uFEFF${text}`, `---\n${text}`]) {
    assert.deepEqual(parsePolicy(written, 'policy.yaml'), {
      allow: ['chat', 'POST /v1/rerank', 'GET /v1/audio/*'],
      models: { allow: ['llama3.2', 'qwen*'], deny: ['*cloud'] },
      limits: { running: 2, waiting: 10 },
      hours: ['mon-fri 08:00-18:00'],
      manage: { load: false, pull: true, delete: false },
      log: { requests: 'errors', content: false },
    });
  }
});

/** Each a wrong file, where its first fault is, and how the reason goes. */
const WRONG: readonly (readonly [text: string, line: number, column: number, reason: RegExp])[] = [
  // What is there.
  ['chat: true', 1, 1, /no setting "chat": write one of allow, models, limits, hours, manage, log$/],
  ['allow: [chat]\nmodels:\n  denny: []', 3, 3, /no setting "denny" under "models": write one of allow, deny$/],
  ['limits:\n  running: 1\n  queue: 2', 3, 3, /no setting "queue" under "limits": write one of running, waiting$/],
  ['__proto__: {allow: [chat]}', 1, 1, /no setting "__proto__"/],
  ['models:\n  __proto__: 1', 2, 3, /no setting "__proto__"/],
  ['constructor: 1', 1, 1, /no setting "constructor"/],
  ['- allow: [chat]', 1, 1, /the file cannot be a list: write settings such as/],
  ['chat', 1, 1, /the file cannot be "chat": write settings/],
  ['hours: always\nhours: [sat]', 2, 1, /"hours" is there twice/],
  ['models: {allow: [a], allow: [b]}', 1, 22, /"allow" is there twice/],
  // What may be called.
  ['allow: chat', 1, 8, /"allow" cannot be "chat": write a list such as/],
  ['allow: []', 1, 8, /cannot be an empty list/],
  ['allow:', 1, 1, /"allow" has no value: write a list/],
  ['allow: [chat, embedings]', 1, 15, /"embedings" is neither a group \(chat, embeddings, listing\) nor a rule/],
  ['allow:\n  - chat\n  - 5', 3, 5, /an entry of "allow" cannot be 5/],
  ['allow:\n  - chat\n  -', 3, 4, /an entry of "allow" has no value/],
  ['allow: [POST /api/pull]', 1, 9, /write "manage: pull: true"/],
  ['allow: [DELETE /api/delete/x]', 1, 9, /settings of their own/],
  ['allow: [POST /api/create]', 1, 9, /never created, copied or pushed/],
  ['allow: [PUT /api/blobs/sha256:0]', 1, 9, /never created, copied or pushed/],
  ['allow: ["POST /api/*"]', 1, 9, /nearly everything/],
  ['allow: ["POST /*"]', 1, 9, /nearly everything/],
  ['allow: ["GET /v1/*/x"]', 1, 9, /no plain path/],
  ['allow: ["GET /v1/../api/x"]', 1, 9, /no plain path/],
  ['allow: ["GET //evil.example/x"]', 1, 9, /no plain path/],
  ['allow: ["GET /v1/x?y=1"]', 1, 9, /without a query/],
  ['allow: ["HEAD /v1/x"]', 1, 9, /write GET/],
  ['allow: ["post /v1/x"]', 1, 9, /no method: write one of GET, POST/],
  ['allow: ["CONNECT /v1/x"]', 1, 9, /no method/],
  // Models.
  ['models: [llama3.2]', 1, 9, /"models" cannot be a list: write "allow:" and "deny:" below it/],
  ['models:\nhours: always', 1, 1, /"models" has no value/],
  ['models:\n  allow: []', 2, 10, /cannot be an empty list: write a list such as \["\*"\]/],
  ['models:\n  allow: [""]', 2, 11, /no empty name/],
  ['models:\n  allow: ["a b?"]', 2, 11, /no model's name/],
  ['models:\n  deny: [3.2]', 2, 10, /an entry of "models.deny" cannot be 3.2: write a model's name in quotes/],
  ['models:\n  deny: ["\\u202Ellama"]', 2, 10, /no model's name/],
  ['models:\n  deny: [" x"]', 2, 10, /spaces around it/],
  [`models:\n  deny: ["${'x'.repeat(201)}"]`, 2, 10, /at most 200 characters/],
  ['models:\n  allow:\n    - *', 3, 7, /begins with \* has to be in quotes/],
  ['models:\n  allow:\n    - *llama', 3, 7, /begins with \* has to be in quotes/],
  [`models:\n  deny: [${'x, '.repeat(201)}]`, 2, 9, /cannot be so long a list/],
  // Numbers.
  ['limits: 3', 1, 9, /"limits" cannot be 3: write "running:"/],
  ['limits:\n  running: 0', 2, 12, /"limits.running" cannot be 0: write a whole number from 1 to 1000, or unlimited/],
  ['limits:\n  running: 1.5', 2, 12, /cannot be 1.5/],
  ['limits:\n  running: "4"', 2, 12, /cannot be "4": write a whole number/],
  ['limits:\n  waiting: 1001', 2, 12, /cannot be 1001/],
  ['limits:\n  waiting: .inf', 2, 12, /"limits.waiting"/],
  ['limits:\n  waiting: many', 2, 12, /cannot be "many"/],
  // Hours.
  ['hours: never', 1, 8, /"hours" cannot be "never": write always, or a list/],
  ['hours: []', 1, 8, /cannot be an empty list/],
  ['hours: ["mon-fri 8-18"]', 1, 9, /too many parts/],
  ['hours:\n  - mon-fri 08:00-18:00\n  - xyz 08:00-09:00', 3, 5, /"xyz" is no day \(mon, tue/],
  ['hours: ["mon 08:00"]', 1, 9, /no beginning and end/],
  ['hours: ["mon 08:00-08:00"]', 1, 9, /the same: write 00:00-24:00/],
  ['hours: ["mon 08:00-25:00"]', 1, 9, /"25:00" is no time/],
  ['hours: ["mon 08:60-09:00"]', 1, 9, /"08:60" is no time/],
  ['hours: ["mon 24:00-02:00"]', 1, 9, /24:00 is an end/],
  ['hours: [mon: 08:00-09:00]', 1, 9, /an entry of "hours" cannot have settings of its own/],
  // Yes and no.
  ['manage: yes', 1, 9, /"manage" cannot be "yes"/],
  ['manage:\n  pull: yes', 2, 9, /"manage.pull" cannot be "yes": write true or false/],
  ['manage:\n  delete: 1', 2, 11, /cannot be 1: write true or false/],
  // The log.
  ['log:\n  requests: some', 2, 13, /write none, errors or all/],
  ['log:\n  content: true', 2, 12, /"log.content" cannot be true: write false: this program never logs/],
  // YAML.
  ['allow:\n\t- chat', 2, 1, /a tab indents this line: write two spaces/],
  ['allow: [chat', 1, 13, /a list or bracket is not closed/],
  ['hours: "always', 1, 15, /not closed/],
  ['models:\n  allow: ["*"]\n deny: []', 3, 1, /not indented like the ones it belongs to/],
  ['hours: always\nlimits', 2, 1, /./],
  ['hours: mon: 08:00', 1, 8, /put the value in quotes/],
  ['allow: [chat]\n---\nallow: [listing]', 2, 1, /second document/],
  ['%YAML 1.1\n---\nmanage: {pull: yes}', 1, 1, /directives/],
  ['hours: !!str always', 1, 14, /tags \(!\) are not read/],
  ['hours: !mine always', 1, 8, /tags \(!\) are not read/],
  ['hours: &when always', 1, 14, /anchors \(&\) are not read/],
  ['models: &m\n  allow: ["*"]\nlimits: *m', 2, 3, /anchors/],
  ['? [allow]\n: [chat]', 1, 3, /plain word/],
  ['hours: `always`', 1, 8, /put it in quotes/],
  ['models: !!map\n  allow: ["*"]', 2, 3, /tags/],
  ['models: !!map {deny: []}', 1, 15, /tags/],
  ['<<: {hours: always}', 1, 1, /no setting "<<"/],
];

test('refuses wrong files with line, column, the line itself and what to write instead', () => {
  for (const [text, line, column, reason] of WRONG) {
    const [fault] = faultsOf(text);
    const what = JSON.stringify(text.slice(0, 60));
    assert.ok(fault, `${what} is taken`);
    assert.match(fault.reason, reason, what);
    assert.deepEqual([fault.line, fault.column], [line, column], `${what}: ${fault.reason}`);
    assert.equal(fault.source, text.split('\n')[line - 1], what);
  }
});

test('names every mistake, in the order of the file, with a mark below its place', () => {
  const text = 'allow: [chat, x]\nlimits:\n  running: 0\nhourz: always\n';
  assert.deepEqual(
    faultsOf(text).map(({ line }) => line),
    [1, 3, 4],
  );
  assert.throws(
    () => parsePolicy('limits:\n  running: \u001b[31m0', '/home/me/policy.yaml'),
    (error: Error) =>
      !error.message.includes('\u001b') &&
      error.message.startsWith('/home/me/policy.yaml:2:12: ') &&
      /\n {2}2 \| {3}running: .*\n {17}\^$/.test(error.message),
  );
});

test('gives up on texts that are made to take long or to end the program', () => {
  const deep = Array.from({ length: 350 }, (_, index) => `${' '.repeat(index)}-`).join('\n');
  for (const text of [
    '['.repeat(60_000),
    '{a: '.repeat(15_000),
    '[\n'.repeat(30_000),
    `"]", [`.repeat(10_000),
    '- '.repeat(30_000),
    '? '.repeat(30_000),
    deep,
    `${'- '.repeat(15)}\n${' '.repeat(32)}${'- '.repeat(15)}`,
    Array.from({ length: 6000 }, (_, index) => `key${index}: 1`).join('\n'),
    `a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]`,
    `models:\n  allow: [${'"a", '.repeat(12_000)}]`,
    '"'.repeat(60_000),
    '---\n'.repeat(15_000),
    '\u0000\u0001\u0002',
  ]) {
    assert.ok(faultsOf(text).length > 0, JSON.stringify(text.slice(0, 20)));
  }
});

test('whatever is written, it is read or refused at a place that is there', () => {
  const random = seeded(20_261_128);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!; // below its length
  const pieces = [
    ...POLICY_TEMPLATE.split(/(?<=\n)/),
    ...'\n|  |\t|- |: |? |[|]|{|}|,|"|\'|>\n|&a |*a|!x |#|%|@|---\n|...\n|<<: |null|~|true|0x1f|.nan|1e999'.split('|'),
    '|\n',
    '\u0000',
    '\uFEFF',
    '😀',
    '__proto__',
    '\r\n',
    'allow',
    'models',
    'hours',
    'limits',
    'chat',
    'mon-sun 00:00-24:00',
    'POST /v1/x',
    'unlimited',
  ];
  let read = 0;
  for (let round = 0; round < 1500; round++) {
    let text: string;
    if (round % 2 === 0) {
      text = Array.from({ length: Math.floor(random() * 40) }, () => pick(pieces)).join('');
    } else {
      const at = Math.floor(random() * POLICY_TEMPLATE.length);
      const cut = Math.floor(random() * 6);
      text = POLICY_TEMPLATE.slice(0, at) + pick(pieces) + POLICY_TEMPLATE.slice(at + cut);
    }
    const faults = faultsOf(text);
    if (faults.length === 0) read++;
    for (const { line, column, source, reason } of faults) {
      assert.ok(reason.length > 5 && reason.length < 500, reason);
      if (line > 0) assert.equal(source, text.split('\n')[line - 1]?.replace(/\r$/, ''));
      if (line > 0)
        assert.ok(column >= 1 && column <= source.length + 2, `${line}:${column} of ${JSON.stringify(source)}`);
    }
  }
  assert.ok(read > 200 && read < 1300, `${read} were read`);
});

/** The same numbers each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
