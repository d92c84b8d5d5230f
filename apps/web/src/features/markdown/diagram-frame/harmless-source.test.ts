import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harmlessSource } from './harmless-source.ts';

test('leaves diagrams as they are', () => {
  for (const source of [
    'flowchart LR\n  A<-->B\n  B["one<br/>two <b>bold</b>"] --> C',
    'classDiagram\n  Animal <|-- Duck\n  class Shape { <<interface>> }\n  a <|-- b',
    'sequenceDiagram\n  A<<->>B: 1 < 2',
    'flowchart TD\n  A@{ shape: rounded, label: "x" }',
  ]) {
    assert.equal(harmlessSource(source), source);
  }
});

test('takes out what would be fetched or run', () => {
  const cases: [string, string][] = [
    ['A["<img src=x onerror=alert(1)>"]', 'A["‹img src=x onerror=alert(1)>"]'],
    ['A["</div><script>x</script>"]', 'A["‹/div>‹script>x‹/script>"]'],
    ['style A fill:url(https://evil.example)', 'style A fill:url (https://evil.example)'],
    ['A-->B\n  click A "javascript:alert(1)"\nB-->C', 'A-->B\n\nB-->C'],
    ['link A: Evil @ javascript:alert(1)', ''],
    ['links A: {"x": "javascript:alert(1)"}', ''],
    ['themeCSS: "@import x"', 'themeCSS: "@ import x"'],
    ['A@{ img: "https://evil.example/i.png", w: 60 }', 'A@{ label: "", w: 60 }'],
  ];
  for (const [source, harmless] of cases) assert.equal(harmlessSource(source), harmless);
});
