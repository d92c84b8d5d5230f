import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { encode } from 'uqr';
import { userAgent } from '../version.ts';
import { deviceCodeText, qrCode } from './device-code-text.ts';

const CODE = {
  userCode: 'BCDF-GHJK',
  verificationUri: 'https://relay.example/oidc/device',
  verificationUriComplete: 'https://relay.example/oidc/device?user_code=BCDF-GHJK',
  expiresInSeconds: 600,
};

test('says where to confirm which code, and how long it is good for', () => {
  for (const columns of [undefined, 20, 120]) {
    const text = stripVTControlCharacters(deviceCodeText(CODE, columns));
    assert.match(text, /^ {2}https:\/\/relay\.example\/oidc\/device\?user_code=BCDF-GHJK$/m);
    assert.match(text, /confirm the code BCDF-GHJK\. It ends in 10 minutes/);
    assert.equal(text.includes('█'), columns === 120, `${columns} columns`);
  }
});

test('draws the whole code, and nothing where it would be cut', () => {
  const { data, size } = encode(CODE.verificationUriComplete, { border: 2, ecc: 'L' });
  const picture = qrCode(CODE.verificationUriComplete, size + 2) ?? '';
  const drawn: boolean[][] = [];
  for (const line of picture.split('\n')) {
    const cells = line.slice(2).split('');
    drawn.push(cells.map((cell) => cell === ' ' || cell === '▄'));
    drawn.push(cells.map((cell) => cell === ' ' || cell === '▀'));
  }
  assert.deepEqual(drawn.slice(0, size), data);
  assert.equal(qrCode(CODE.verificationUriComplete, size + 1), undefined);
});

test('draws no picture of an address that has too much for one, and says it all the same', () => {
  const address = `https://x/${'a'.repeat(100_000)}`;
  assert.equal(qrCode(address, 1000), undefined);
  const text = deviceCodeText({ ...CODE, verificationUriComplete: address }, 1000);
  assert.ok(text.includes(address) && text.includes(CODE.userCode));
});

test('shows nothing of a relay that could steer the terminal', () => {
  const text = deviceCodeText(
    { ...CODE, userCode: 'BC\u001b[2J', verificationUriComplete: 'https://x/\u001b[2J' },
    undefined,
  );
  assert.ok(!text.includes('\u001b[2J'));
});

test('calls itself by version, system and computer, in what a header may hold', () => {
  assert.match(userAgent('studio-pc'), /^cloudtolocalllm-bridge\/\d+\.\d+\.\d+ \(\w+; studio-pc\)$/);
  assert.match(userAgent('Jürgens (PC)\r\nX: y'), /; J\?rgens PC\?\?X: y\)$/);
});
