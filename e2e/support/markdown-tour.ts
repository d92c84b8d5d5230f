/** A message with everything that messages are made of. */
export const TOUR = `# A tour

Text with **bold**, *italic*, ~~gone~~, \`inline code\`, a [link](https://example.org/docs) and https://example.com.
Water is H<br>O, and prices like $5 and $10 stay prices.

## Lists

1. First
2. Second
   - with a list in it
   - [x] done
   - [ ] to do

- [x] Buy milk
- [ ] Read the book

> A quote, with *emphasis*.
>
> And a second paragraph.

| Engine | Tokens/s | Notes that are long enough to need some room | Licence |
|:-------|---------:|:--------------------------------------------:|---------|
| Ollama | 42.5 | runs \`llama3.2\` | MIT |
| vLLM | 120 | needs a GPU with a good deal of memory | Apache-2.0 |

\`\`\`ts
// The whole of it.
export async function greet(name: string, times = 3): Promise<string[]> {
  const words = Array.from({ length: times }, (_, index) => \`Hello \${name}, \${index + 1} and a long tail that has to be wrapped or scrolled\`);
  return words.filter((word) => /hello/i.test(word));
}
\`\`\`

Euler: $e^{i\\pi} + 1 = 0$, and \\(a^2 + b^2 = c^2\\).

$$
\\int_{-\\infty}^{\\infty} e^{-x^2} \\, dx = \\sqrt{\\pi}
$$

\\[
\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix} \\begin{pmatrix} x \\\\ y \\end{pmatrix}
\\]

Broken: $\\frac{1$ and $\\nonsense{x}$.

\`\`\`mermaid
flowchart LR
  Phone -->|HTTPS| Relay
  Relay -->|link| Computer
  Computer --> Engine[(Engine)]
\`\`\`

![A cat](https://images.example.net/cat.png)

Something with a note[^one], and [a reference][docs].

مرحبا بالعالم، هذا نص من اليمين إلى اليسار.

\`\`\`
plain code, no language
\`\`\`

---

[docs]: https://docs.example.org "The documents"

[^one]: What the note says, with \`code\`.
`;
