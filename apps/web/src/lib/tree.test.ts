import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newestEnd, pathTo, siblingsOf, withId } from './tree.ts';

const node = (id: string, parentId: string | null) => ({
  id,
  parentId,
  role: id.startsWith('q') ? ('user' as const) : ('assistant' as const),
});
/** Two first questions; the first one has two answers, the second of which was followed up. */
const TREE = [
  node('q1', null),
  node('a1', 'q1'),
  node('a2', 'q1'),
  node('q2', 'a2'),
  node('a3', 'q2'),
  node('q9', null),
];
const ids = (nodes: { id: string }[]) => nodes.map(({ id }) => id).join(' ');

test('the path leads from the first message to the one that is shown last', () => {
  assert.equal(ids(pathTo(TREE, 'a3')), 'q1 a2 q2 a3');
  assert.equal(ids(pathTo(TREE, 'a1')), 'q1 a1');
  assert.equal(ids(pathTo(TREE, undefined)), 'q9');
  assert.equal(ids(pathTo(TREE, 'unknown')), 'q9');
  assert.deepEqual(pathTo([], 'a1'), []);
});

test('a path of messages that follow one another in a circle ends', () => {
  assert.equal(pathTo([node('a', 'b'), node('b', 'a')], 'a').length, 2);
});

test('siblings are what was said at the same place', () => {
  assert.equal(ids(siblingsOf(TREE, node('a1', 'q1'))), 'a1 a2');
  assert.equal(ids(siblingsOf(TREE, node('q1', null))), 'q1 q9');
});

test('a branch ends with the newest message that follows', () => {
  assert.equal(newestEnd(TREE, 'q1'), 'a3');
  assert.equal(newestEnd(TREE, 'a1'), 'a1');
});

test('a message that gets its id takes those that follow it along', () => {
  assert.deepEqual(withId([node('q0', null), node('a0', 'q0')], 'q0', 'q7'), [node('q7', null), node('a0', 'q7')]);
});
