import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeUrl, saysTarget } from './safe-url.ts';

test('lets addresses of the web and of mail through, and says where they lead', () => {
  assert.deepEqual(safeUrl('https://example.org/a?b#c'), {
    href: 'https://example.org/a?b#c',
    target: 'example.org',
  });
  assert.equal(safeUrl('http://example.org:8080')?.target, 'example.org:8080');
  assert.deepEqual(safeUrl('mailto:a@example.org?subject=x'), {
    href: 'mailto:a@example.org',
    target: 'a@example.org',
  });
});

test('shows letters that look alike as what they are, and takes out names that look like hosts', () => {
  assert.equal(safeUrl('https://аррӏе.example')?.target, 'xn--80ak6aa92e.example');
  assert.deepEqual(safeUrl('https://bank.example:x@evil.example/'), {
    href: 'https://evil.example/',
    target: 'evil.example',
  });
});

test('takes nothing else', () => {
  const urls = [
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    ' JAVASCRIPT:x',
    'data:text/html,x',
    'vbscript:x',
    'blob:x',
  ];
  for (const url of [...urls, 'file:///x', '//x', '/x', '#x', 'x', '', 'https://', 'mailto:', undefined]) {
    assert.equal(safeUrl(url), undefined, url);
  }
  assert.equal(safeUrl(`https://example.org/${'a'.repeat(3_000)}`), undefined);
});

test('knows whether a link says itself where it leads', () => {
  const url = safeUrl('https://example.org/docs');
  assert.ok(url);
  for (const words of ['https://example.org/docs', 'example.org', 'example.org/other', 'http://example.org']) {
    assert.equal(saysTarget(words, url), true, words);
  }
  for (const words of ['docs', 'https://bank.example', 'example.org.evil.example', 'go to example.org', '']) {
    assert.equal(saysTarget(words, url), false, words);
  }
});
