import { z } from 'zod';
import type { Api } from '../../api.ts';
import type { PublicUrl } from '../../public-url.ts';
import { type LocalAccount, MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from './local-account.ts';
import { sendLaterPage, sendPage } from './page-reply.ts';
import { changePasswordPage, PASSWORD_PATH, passwordChangedPage } from './password-pages.ts';
import { isSameOrigin } from './same-origin.ts';

const config = { access: 'own computer', limitedBy: 'address' } as const;

const changeForm = z
  .object({
    name: z.string('Type the account.').max(200, 'This is not the account.'),
    current: z.string('Type the current password.').min(1, 'Type the current password.'),
    next: z
      .string('Type a new password.')
      .min(MIN_PASSWORD_LENGTH, `The new password needs ${MIN_PASSWORD_LENGTH} characters at least.`)
      .max(MAX_PASSWORD_LENGTH, `The new password may have ${MAX_PASSWORD_LENGTH} characters at most.`),
    again: z.string('Type the new password a second time.'),
  })
  .refine(({ next }) => next.trim().length >= MIN_PASSWORD_LENGTH, 'Spaces before and after a password do not count.')
  .refine(({ next, again }) => next === again, 'The two new passwords are not the same.');

/** Where the local account's owner changes the password: the current one is the proof that it is them. */
export function passwordRoutes(
  api: Api,
  { account, publicUrl }: { account: LocalAccount; publicUrl: PublicUrl },
): void {
  const { name: userName } = account.user;

  api.get(PASSWORD_PATH, { config }, (_request, reply) => sendPage(reply, changePasswordPage({ userName })));

  api.post(PASSWORD_PATH, { config }, async (request, reply) => {
    const refuse = (status: number, problem: string) =>
      sendPage(reply, changePasswordPage({ userName, problem }), status);
    if (!isSameOrigin(request, publicUrl)) return refuse(403, 'This form came from another site. Fill it in here.');
    const form = changeForm.safeParse(request.body);
    if (!form.success) return refuse(400, form.error.issues[0]?.message ?? 'Fill in all fields.');
    const { name, current, next } = form.data;
    const verdict = await account.changePassword({ name, password: current, address: request.ip }, next);
    if (verdict.outcome === 'later') return sendLaterPage(reply, verdict.seconds);
    if (verdict.outcome === 'wrong') return refuse(401, 'Account or current password is wrong.');
    request.log.info('Password of the local user was changed');
    return sendPage(reply, passwordChangedPage({ home: new URL('/', publicUrl.origin).href }));
  });
}
