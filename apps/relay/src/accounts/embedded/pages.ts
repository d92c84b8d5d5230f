import { html } from './html.ts';
import { inTime, page, problemNote } from './page.ts';

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
      ${problemNote(problem)}
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
  /** Where it was asked from; whoever asks chooses the program's name for itself. */
  askedFrom: { address: string; program: string | undefined };
}

export function deviceConfirmPage(
  { action, xsrf }: IssuerForm,
  { clientName, userCode, askedFrom: { address, program } }: DeviceConfirmation,
): string {
  return page({
    title: 'Connect this computer?',
    body: html`<p>
        The <strong>${clientName}</strong> asks to act for you: it will answer your chats with the models on its
        computer. Connect it only if you have just started it yourself and it shows this code:
      </p>
      <p class="code" aria-label="code">${userCode}</p>
      <dl>
        <dt>Asked from</dt>
        <dd>${address}</dd>
        ${
          program === undefined
            ? undefined
            : html`<dt>Calls itself</dt>
                <dd>${program}</dd>`
        }
      </dl>
      <form method="post" action="${action}">
        <input type="hidden" name="xsrf" value="${xsrf}" />
        <input type="hidden" name="user_code" value="${userCode}" />
        <input type="hidden" name="confirm" value="yes" />
        <button>Connect it</button>
        <button class="quiet" name="abort" value="yes">No, this wasn’t me</button>
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

/** Too many wrong passwords or codes; `what` is what was tried too often. */
export function laterPage({ what, seconds }: { what: string; seconds: number }): string {
  return page({
    title: 'Wait a little',
    body: html`<p>There were too many wrong ${what}. Try again ${inTime(seconds)}.</p>`,
  });
}
