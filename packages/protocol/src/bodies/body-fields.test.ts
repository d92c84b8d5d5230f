import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyFields } from './body-fields.ts';

interface Found {
  model: string | undefined;
  stream: boolean | undefined;
  literal: string | undefined;
}

/** Feeds the pieces until it is done, as its users do. */
function read(pieces: readonly Buffer[], modelNames?: ReadonlySet<string>): Found {
  const fields = new BodyFields(modelNames);
  for (const piece of pieces) fields.write(piece);
  fields.end();
  assert.equal(fields.done, true);
  const { model, stream } = fields;
  const literal = model && Buffer.concat(pieces).subarray(model.start, model.end).toString();
  return { model: model?.value, stream, literal };
}

function cutAt(body: Buffer, ...places: number[]): Buffer[] {
  const edges = [0, ...places, body.length];
  return edges.slice(1).map((end, index) => Buffer.from(body.subarray(edges[index], end)));
}

/** Bodies whose fields JSON.parse knows as well. */
const BODIES = [
  '{"model":"llama3.2:1b","stream":true}',
  ' \r\n\t{ "stream" : false , "model" : "m" }\n',
  '{"messages":[{"role":"user","content":"{\\"model\\":\\"no\\"}, \\\\"}],"model":"last","stream":true}',
  '{"options":{"model":"nested","stream":true},"model":"own"}',
  '{"a":[[["model","x"],{"stream":true}]],"b":{"c":{"d":{}}},"stream":false}',
  '{"\\u006dodel":"m\\u00f6del \\"\\\\\\" \\ud83d\\ude00","str\\u0065am":true}',
  '{"modelx":"no","xmodel":"no","Model":"no","model ":"no","model":"grün 🦙@Büro"}',
  '{"text":"\\\\\\\\","escaped\\"model":1,"model":"m","numbers":[1,-2.5e3,null,true,false],"stream":null}',
  '{"model":null,"stream":"true"}',
  '{"model":["m"],"stream":{}}',
  '{"model":{"name":"m"},"stream":[true]}',
  '{"model":7,"stream":0}',
  '{"model":"","stream":false}',
  '{"stream":true,"model":"m","more":"\\\\\\""}',
  '{"n":1,"stream":true}',
  '{}',
  '[]',
  '[{"model":"m","stream":true}]',
  '"model"',
  'null',
  'true',
  '12',
];

test('says what JSON.parse says, wherever the body is cut', () => {
  for (const text of BODIES) {
    const body = Buffer.from(text);
    const value: unknown = JSON.parse(text);
    const own = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
    const { model, stream } = own as { model?: unknown; stream?: unknown }; // as: looked at below
    const expected = {
      model: typeof model === 'string' ? model : undefined,
      stream: typeof stream === 'boolean' ? stream : undefined,
    };
    for (let place = 0; place <= body.length; place++) {
      const { literal, ...found } = read(cutAt(body, place));
      assert.deepEqual(found, expected, `${text} cut at ${place}`);
      assert.equal(literal === undefined ? undefined : JSON.parse(literal), expected.model, text);
    }
    const { literal: _, ...byByte } = read(cutAt(body, ...Array.from({ length: body.length }, (_, index) => index)));
    assert.deepEqual(byByte, expected, `${text} byte by byte`);
  }
});

test('a byte order mark in front of the object changes nothing but the offsets', () => {
  const body = Buffer.from('\u{feff}{"model":"m","stream":true}');
  for (let place = 0; place <= body.length; place++) {
    assert.deepEqual(read(cutAt(body, place)), { model: 'm', stream: true, literal: '"m"' });
  }
  for (const text of ['\u{feff}\u{feff}{"model":"m"}', ' \u{feff}{"model":"m"}']) {
    assert.equal(read([Buffer.from(text)]).model, undefined);
  }
});

test('of fields with the same name the first counts', () => {
  assert.deepEqual(read([Buffer.from('{"model":"a","model":"b","stream":false,"stream":true}')]), {
    model: 'a',
    stream: false,
    literal: '"a"',
  });
  assert.equal(read([Buffer.from('{"model":null,"model":"b"}')]).model, undefined);
  assert.equal(read([Buffer.from('{"stream":null,"stream":true}')]).stream, undefined);
});

test('looks for other names when it is told to', () => {
  const names = new Set(['model', 'name']);
  assert.equal(read([Buffer.from('{"name":"m","verbose":true}')], names).model, 'm');
  assert.equal(read([Buffer.from('{"name":"m"}')]).model, undefined);
});

test('is done as soon as both are known, and looks at nothing behind', () => {
  const fields = new BodyFields();
  fields.write(Buffer.from('{"model":"m","messages":["'));
  assert.deepEqual([fields.model, fields.sawModel, fields.done], [{ value: 'm', start: 9, end: 12 }, true, false]);
  fields.write(Buffer.from('x"],"stream":true'));
  assert.equal(fields.done, false, 'it may go on: trueish');
  fields.write(Buffer.from(','));
  assert.deepEqual([fields.stream, fields.done], [true, true]);
  fields.write(Buffer.from('"model":"other"}'));
  assert.equal(fields.model?.value, 'm');
});

test('makes the best of what is no JSON, and never throws', () => {
  const cases: [body: string | Buffer, model: string | undefined][] = [
    ['', undefined],
    ['{', undefined],
    ['{"model', undefined],
    ['{"model":"m', undefined],
    ['{"model":"m"', 'm'],
    ['{"model":"m"]', 'm'],
    ['{"model" "m"}', undefined],
    ['{model:"m"}', undefined],
    ["{'model':'m'}", undefined],
    ['{"model":"\\x"}', undefined],
    ['{"model":"a\nb"}', undefined],
    ['{"a":1 "model":"m"}', undefined],
    ['{}{"model":"m"}', undefined],
    ['{"a":[}],"model":"m"}', undefined],
    ['model=m&stream=true', undefined],
    ['--boundary\r\n{"model":"m"}', undefined],
    [Buffer.from('{"model":"m"}', 'utf16le'), undefined],
    [Buffer.from([0x1f, 0x8b, 8, 0, 0x7b, 0x22]), undefined],
    [`{"model":"${'m'.repeat(5000)}"}`, undefined],
    [`{"${'n'.repeat(100_000)}":1,"model":"m"}`, 'm'],
    [`{"deep":${'['.repeat(200_000)}${']'.repeat(200_000)},"model":"m"}`, 'm'],
    [`{"deep":${'{"a":'.repeat(100_000)}`, undefined],
    [`{"text":"${'\\\\'.repeat(100_000)}","model":"m"}`, 'm'],
    [`{"text":"${'\\"'.repeat(100_000)}","model":"m"}`, 'm'],
  ];
  for (const [text, model] of cases) {
    const body = Buffer.from(text);
    const shown = body.subarray(0, 60).toString();
    assert.equal(read([body]).model, model, shown);
    const places = Array.from({ length: Math.min(body.length, 500) }, (_, index) => index);
    assert.equal(read(cutAt(body, ...places)).model, model, `${shown}, in pieces`);
  }
});
