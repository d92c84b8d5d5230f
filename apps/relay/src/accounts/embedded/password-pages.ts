import { html } from './html.ts';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from './local-account.ts';
import { page, problemNote } from './page.ts';

/** Where the account's owner chooses another password. */
export const PASSWORD_PATH = '/oidc/password';

export interface SignInPage {
  clientName: string;
  /** As typed; at first the account's own. */
  userName: string;
  action: string;
  hasPassword: boolean;
  /** Whether one may sign in from other computers than the relay's own. */
  everywhere: boolean;
  problem?: string | undefined;
}

export function signInPage({ clientName, userName, action, hasPassword, everywhere, problem }: SignInPage): string {
  return page({
    title: 'Sign in',
    body: html`<p>The <strong>${clientName}</strong> wants to know who you are.</p>
      ${problemNote(problem ?? (hasPassword ? undefined : NO_PASSWORD))}
      <form method="post" action="${action}">
        <label>
          Account
          <input
            name="name"
            value="${userName}"
            required
            maxlength="200"
            autocomplete="username"
            autocapitalize="none"
            spellcheck="false"
          />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            required
            autofocus
            maxlength="${String(MAX_PASSWORD_LENGTH)}"
            autocomplete="current-password"
          />
        </label>
        <button>Sign in</button>
      </form>
      <p class="note">
        The password was shown when the relay was started for the first time. Whoever runs the relay makes a new one
        there with <code>npm run password</code>.${everywhere ? undefined : ONLY_HERE}
      </p>
      <p class="note"><a href="${PASSWORD_PATH}">Change the password</a></p>`,
  });
}

const NO_PASSWORD = 'This account has no password yet. Make one on the relay’s computer with: npm run password';
const ONLY_HERE = ' One can sign in only on the computer that the relay runs on.';

export function changePasswordPage({ userName, problem }: { userName: string; problem?: string | undefined }): string {
  const limits = html`minlength="${String(MIN_PASSWORD_LENGTH)}" maxlength="${String(MAX_PASSWORD_LENGTH)}"`;
  return page({
    title: 'Change the password',
    body: html`${problemNote(problem)}
      <form method="post" action="${PASSWORD_PATH}">
        <label>
          Account
          <input
            name="name"
            value="${userName}"
            required
            maxlength="200"
            autocomplete="username"
            autocapitalize="none"
            spellcheck="false"
          />
        </label>
        <label>
          Current password
          <input
            name="current"
            type="password"
            required
            autofocus
            maxlength="${String(MAX_PASSWORD_LENGTH)}"
            autocomplete="current-password"
          />
        </label>
        <label>
          New password, ${String(MIN_PASSWORD_LENGTH)} characters at least
          <input name="next" type="password" required ${limits} autocomplete="new-password" />
        </label>
        <label>
          New password again
          <input name="again" type="password" required ${limits} autocomplete="new-password" />
        </label>
        <button>Change it</button>
      </form>
      <p class="note">
        Every browser is then signed out, this one too, and access tokens are worthless. Your computers stay connected,
        and API keys go on working.
      </p>`,
  });
}

export function passwordChangedPage({ home }: { home: string }): string {
  return page({
    title: 'Password changed',
    body: html`<p>Every browser is signed out. Your computers stay connected.</p>
      <p><a href="${home}">Back to the chat</a></p>`,
  });
}
