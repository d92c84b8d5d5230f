import { type Html, html } from './html.ts';

/** The embedded issuer's pages: plain HTML, one stylesheet, no script. */
export const STYLESHEET_PATH = '/oidc/pages.css';

/** The web app's house with its lit window. */
const MARK = html`<svg class="mark" viewBox="0 0 24 24" fill="none" aria-hidden="true">
  <path
    d="M3.75 11 12 3.75 20.25 11v8.25a1 1 0 0 1-1 1H4.75a1 1 0 0 1-1-1z"
    stroke="currentColor"
    stroke-width="1.6"
    stroke-linejoin="round"
  />
  <rect class="lamp" x="9.25" y="11" width="5.5" height="5.5" rx="1" stroke-width="1.4" />
</svg>`;

/** A whole page around what is particular to it. */
export function page({ title, body }: { title: string; body: Html }): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · CloudToLocalLLM</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${STYLESHEET_PATH}" />
      </head>
      <body>
        <main>
          <header>
            ${MARK}
            <p class="brand">CloudToLocalLLM</p>
          </header>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.text;
}

/** What went wrong with what was sent, above the form that it was sent with. */
export function problemNote(problem: string | undefined): Html | undefined {
  return problem === undefined ? undefined : html`<p class="problem" role="alert">${problem}</p>`;
}

/** `in 12 minutes`, for a number of seconds; never sooner than it says. */
export function inTime(seconds: number): string {
  if (seconds <= 60) return 'in a minute';
  return `in ${Math.ceil(seconds / 60)} minutes`;
}
