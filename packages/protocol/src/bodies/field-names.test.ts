import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldNames } from './field-names.ts';

test('lists the fields of the object itself, each as often as it is there', () => {
  const cases: [json: string, names: string[]][] = [
    ['{}', []],
    [' { "a" : 1 , "b" : "c" } ', ['a', 'b']],
    ['{"a":1,"a":2}', ['a', 'a']],
    ['{"a":1,"\\u0061":2}', ['a', 'a']],
    ['{"a":{"b":1,"c":[{"d":2}]},"e":["f",{"g":1}]}', ['a', 'e']],
    ['{"a":"x\\",\\"b\\":1","c\\\\":"{,"}', ['a', 'c\\']],
    ['{"":["","",""],"a":"\\\\\\\\"}', ['', 'a']],
  ];
  for (const [json, names] of cases) assert.deepEqual(fieldNames(json), names, json);
});
