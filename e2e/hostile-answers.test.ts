import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pageModules } from '../apps/web/src/load-page-module.ts';
import { HOSTILE_ANSWERS } from './support/hostile-answers.ts';

/** All that messages are made of. */
const TAGS = new Set(
  (
    'a bdi blockquote br button code del div em figcaption figure h3 h4 h5 h6 hr input li ol output p path polyline ' +
    'pre rect section span strong sup svg table tbody td th thead tr ul line circle'
  ).split(' '),
);
const TAG = /<([a-z][a-z0-9-]*)((?:\s[^<>]*)?)>/gi;
const ATTRIBUTE = /([a-z-]+)="([^"]*)"/gi;

/** What a message's markup must not have. */
function problemsOf(markup: string): string[] {
  const problems: string[] = [];
  for (const [whole, tag = '', attributes = ''] of markup.matchAll(TAG)) {
    if (!TAGS.has(tag)) problems.push(whole);
    for (const [attribute, name = '', value = ''] of attributes.matchAll(ATTRIBUTE)) {
      const isUrl = name === 'href' || name === 'src' || name === 'action' || name === 'srcset';
      if (/^on/i.test(name) || (name === 'style' && !/^text-align:\w+$/.test(value))) problems.push(attribute);
      if (isUrl && !(name === 'href' && tag === 'a' && /^(?:https?:\/\/|mailto:|#)/.test(value)))
        problems.push(attribute);
      if (name === 'id' && !value.startsWith('message-')) problems.push(attribute);
    }
    if (tag === 'input' && !attributes.includes('type="checkbox"')) problems.push(whole);
    const isOutward = tag === 'a' && !attributes.includes('href="#');
    if (isOutward && !attributes.includes('rel="noopener noreferrer nofollow"')) problems.push(whole);
  }
  return problems;
}

describe('hostile answers', () => {
  let render: (text: string) => string;
  const closers: (() => unknown)[] = [];
  before(async () => {
    const load = await pageModules((close) => closers.push(close));
    const page = await load<{ renderMessage: (text: string) => string }>('features/markdown/render-message.tsx');
    render = page.renderMessage;
  });
  after(async () => {
    for (const close of closers) await close();
  });

  it('are many', () => assert.ok(HOSTILE_ANSWERS.length >= 80, String(HOSTILE_ANSWERS.length)));

  it('would be found out if they got through', () => {
    for (const markup of [
      '<script>',
      '<p onclick="x">',
      '<a href="javascript:x" rel="noopener noreferrer nofollow">',
      '<a href="https://x">',
      '<img src="https://x"/>',
      '<p style="position:fixed">',
      '<p id="root">',
    ]) {
      assert.notDeepEqual(problemsOf(markup), [], markup);
    }
  });

  it('still have what is good in them', () => {
    const markup = render('**bold** [link](https://example.org) `code`\n\n| a |\n|:-:|\n| 1 |');
    for (const part of ['<strong', 'href="https://example.org/"', '(example.org)', '<code', 'text-align:center']) {
      assert.ok(markup.includes(part), part);
    }
  });

  for (const { name, text } of HOSTILE_ANSWERS) {
    it(`show as text and harmless elements: ${name}`, () => assert.deepEqual(problemsOf(render(text)), []));
  }
});
