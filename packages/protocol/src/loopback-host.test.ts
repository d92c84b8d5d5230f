import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopbackHost } from './loopback-host.ts';

test('knows the names of this computer, as in a URL and as in a Host header', () => {
  for (const host of [
    'localhost',
    'localhost:3000',
    'LOCALHOST:1',
    '127.0.0.1',
    '127.0.0.1:80',
    '127.8.9.1',
    '[::1]',
    '[::1]:3000',
    '[::ffff:127.0.0.1]',
    new URL('http://[::ffff:127.0.0.1]:3000').host,
    new URL('http://127.1').hostname,
  ]) {
    assert(isLoopbackHost(host), host);
  }
});

test('takes no other name for this computer, however alike', () => {
  for (const host of [
    '',
    'example.com',
    'localhost.example.com',
    'evillocalhost',
    '127.0.0.1.nip.io',
    '127.0.0.1:80.nip.io',
    '128.0.0.1',
    '10.0.0.1',
    '0.0.0.0',
    '[::]',
    '[::2]',
    '[::ffff:10.0.0.1]',
    '[::ffff:7e00:1]',
    '[::ffff:7f0:1]',
    '::1',
    'a@localhost',
    'localhost@example.com',
    'localhost/x',
    'localhost#x',
    'localhost?x',
    'local\thost',
    'localhost\n',
    // What resolves these need not be this computer.
    'a.localhost',
    'localhost.',
  ]) {
    assert(!isLoopbackHost(host), JSON.stringify(host));
  }
});
