/** About as many characters as a token has. */
const TOKEN_CHARACTERS = 4;

/** An answer as models write them: prose, lists, tables, code, formulas, quotes, over and over. */
export function mixedMarkdown(tokens: number): string {
  let text = '';
  for (let part = 1; text.length < tokens * TOKEN_CHARACTERS; part++) text += section(part);
  return text;
}

function section(part: number): string {
  return `## Part ${part}: how it *works*

The **relay** hands each request to the computer that can answer it, see [the guide](https://example.org/guide/${part}).
It waits for $n_{${part}}$ tokens, where \\(n \\approx ${part}^2\\), and writes \`part-${part}\` into its log.

1. First it looks for the model \`llama3.${part}\`.
2. Then it opens an exchange:
   - with a window of 256 KB,
   - and with a limit for every queue.
3. At last it **streams** the answer, token by token.

| Step | Time in ms | What happens |
|:-----|-----------:|--------------|
| open | ${part * 3} | the request goes out |
| head | ${part * 7} | the engine has *answered* |
| data | ${part * 11} | \`tokens\` come |

\`\`\`typescript
// Part ${part}: reads the stream and counts.
export async function count(stream: AsyncIterable<string>): Promise<number> {
  let tokens = 0;
  for await (const token of stream) {
    if (token.trim() !== '') tokens += 1; // empty ones don't count
  }
  return tokens + ${part};
}
\`\`\`

$$
\\sum_{k=1}^{${part}} k = \\frac{${part} \\cdot (${part} + 1)}{2}
$$

> It is better to say nothing than to say it twice.

Prices such as $5 and $10 are no formulas, and ~~this~~ is gone. What follows is a longer paragraph, so that there is
something that wraps: the answer grows, the list follows, the person reads on, and nothing that was written moves.

`;
}
