import { Readable } from 'node:stream';
import { eraseAnswer, eraseRequest } from '@cloudtolocalllm/protocol';
import type { FastifyBaseLogger, FastifyReply } from 'fastify';
import type { Api } from '../api.ts';
import type { EmbeddedIssuer } from '../accounts/embedded/embedded-issuer.ts';
import type { UserStore } from '../accounts/user-store.ts';
import { accountFile } from './account-file.ts';
import { eraseAccount, type EraseAccountOptions } from './erase-account.ts';
import type { Erasures } from './erasures.ts';
import { exportAccount, type ExportAccountOptions } from './export-account.ts';

export interface PersonalDataRoutesOptions
  extends ExportAccountOptions, Omit<EraseAccountOptions, keyof ExportAccountOptions> {
  users: Pick<UserStore, 'find' | 'remove'>;
  erasures: Erasures;
  /** Of whom the relay itself is the issuer: their account stays, so that they can sign in again. */
  issuer: Pick<EmbeddedIssuer, 'user'> | undefined;
  /** Whoever signs in next is entered anew. */
  authenticator: { forget(): void };
  log: Pick<FastifyBaseLogger, 'info'>;
}

const GONE = 'Everything of your account is deleted: computers have to be added again, and API keys no longer work.';
const SIGN_IN = ' Your sign-in and its password are still there, and lead to an empty account.';
const ELSEWHERE = ' Whoever signs you in keeps your sign-in; using it again begins an empty account.';

/** `GET /api/me/export` and `DELETE /api/me`: all that the relay has of a person, to take along and to delete. */
export function personalDataRoutes(api: Api, options: PersonalDataRoutesOptions): void {
  function sendFile(reply: FastifyReply, userId: string): FastifyReply {
    const exported = new Date().toISOString();
    return reply
      .type('application/json; charset=utf-8')
      .header('content-disposition', `attachment; filename="account-${exported.slice(0, 10)}.json"`)
      .header('cache-control', 'no-store')
      .send(Readable.from(exportAccount(options, userId, exported), { objectMode: false }));
  }

  const file = { description: 'The file.', content: { 'application/json': { schema: accountFile } } };
  const exporting = {
    operationId: 'exportAccount',
    summary: 'Take along everything',
    description:
      'One file with all that the relay has of you: profile, settings, computers, API keys without their secrets, ' +
      'proxies, audit log, queued messages, files, and all conversations as `GET /api/chat/export` has them. ' +
      '`POST /api/chat/import` takes it.',
    tags: ['Account'],
    response: { 200: file },
  };
  api.get(
    '/api/me/export',
    { config: { access: 'account', stream: true }, schema: exporting },
    async ({ user }, reply) => sendFile(reply, user.id),
  );

  const erasing = {
    operationId: 'deleteAccountData',
    summary: 'Delete everything',
    description:
      'Ends your answers, proxies and computers, breaks off all your other requests and sockets, and deletes ' +
      'everything that the relay has of you, the audit log included. It cannot be undone. With the embedded issuer ' +
      'your password stays, so that you can sign in again to an empty account.',
    tags: ['Account'],
    body: eraseRequest,
    response: { 200: eraseAnswer },
  };
  api.delete('/api/me', { config: { access: 'account' }, schema: erasing }, async ({ user }, reply) => {
    const { issuer, users, erasures, authenticator, log } = options;
    using _ = erasures.begin(user.id);
    const deleted = await eraseAccount(options, user.id, reply.raw);
    const isOurs = issuer?.user.id === user.id;
    if (!isOurs) await users.remove(user.id);
    authenticator.forget();
    log.info({ deleted }, 'Deleted everything of an account, as its person asked');
    return { success: true as const, message: GONE + (isOurs ? SIGN_IN : ELSEWHERE), deleted };
  });
}
