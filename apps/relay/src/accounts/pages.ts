import { type Html, html } from './html.ts';

/** The embedded issuer's pages: plain HTML, one stylesheet, no script. */
export const STYLESHEET_PATH = '/oidc/pages.css';

interface Page {
  title: string;
  body: Html;
}

function page({ title, body }: Page): string {
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
          <p class="brand">CloudToLocalLLM</p>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.text;
}

const noProvider = html`<p class="note">
  This relay has no identity provider configured. It signs in one local user, without a password, and only from the
  computer it runs on.
</p>`;

export function signInPage({
  clientName,
  userName,
  action,
}: {
  clientName: string;
  userName: string;
  action: string;
}): string {
  return page({
    title: 'Sign in',
    body: html`<p>The <strong>${clientName}</strong> wants to know who you are.</p>
      <form method="post" action="${action}"><button autofocus>Continue as ${userName}</button></form>
      ${noProvider}`,
  });
}

/** `form` parts come from the issuer: where to post, and its token against forged requests. */
export interface IssuerForm {
  action: string;
  xsrf: string;
}

export function deviceCodePage(
  { action, xsrf }: IssuerForm,
  { code, problem }: { code?: string; problem?: string },
): string {
  return page({
    title: 'Connect a computer',
    body: html`<p>Type the code that the bridge shows in its terminal.</p>
      ${problem === undefined ? undefined : html`<p class="problem" role="alert">${problem}</p>`}
      <form method="post" action="${action}">
        <input type="hidden" name="xsrf" value="${xsrf}" />
        <label
          >Code
          <input
            class="code"
            name="user_code"
            value="${code}"
            required
            autofocus
            autocomplete="off"
            autocapitalize="characters"
            spellcheck="false"
            maxlength="32"
            placeholder="XXXX-XXXX"
        /></label>
        <button>Continue</button>
      </form>`,
  });
}

export interface DeviceConfirmation {
  clientName: string;
  userCode: string;
}

export function deviceConfirmPage({ action, xsrf }: IssuerForm, { clientName, userCode }: DeviceConfirmation): string {
  return page({
    title: 'Connect this computer?',
    body: html`<p>
        The <strong>${clientName}</strong> asks to act for you: it will answer your chats with the models on its
        computer. Continue only if you just started it and it shows this code:
      </p>
      <p class="code" aria-label="code">${userCode}</p>
      <form method="post" action="${action}">
        <input type="hidden" name="xsrf" value="${xsrf}" />
        <input type="hidden" name="user_code" value="${userCode}" />
        <input type="hidden" name="confirm" value="yes" />
        <button>Connect it</button>
        <button class="quiet" name="abort" value="yes">No, this wasn't me</button>
      </form>`,
  });
}

export function deviceDonePage({ clientName }: { clientName: string }): string {
  return page({
    title: 'Connected',
    body: html`<p>The <strong>${clientName}</strong> is signed in. You can close this page and go back to it.</p>`,
  });
}

export function signOutPage({ action, xsrf }: IssuerForm): string {
  return page({
    title: 'Sign out?',
    body: html`<p>You will be asked who you are the next time.</p>
      <form method="post" action="${action}">
        <input type="hidden" name="xsrf" value="${xsrf}" />
        <button name="logout" value="yes" autofocus>Sign out</button>
        <button class="quiet">Stay signed in</button>
      </form>`,
  });
}

export function signedOutPage(home: string): string {
  return page({
    title: 'Signed out',
    body: html`<p>See you soon.</p>
      <p><a href="${home}">Back to the chat</a></p>`,
  });
}

export function problemPage({ message, detail, home }: { message: string; detail?: string; home: string }): string {
  return page({
    title: 'That did not work',
    body: html`<p>${message}</p>
      ${detail === undefined ? undefined : html`<p class="note">${detail}</p>`}
      <p><a href="${home}">Back to the start</a></p>`,
  });
}
