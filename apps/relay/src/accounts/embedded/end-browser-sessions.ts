import type { Kysely } from 'kysely';
import type { Tables } from '../../storage/tables.ts';
import { CLIENTS } from '../clients.ts';

/** What keeps a browser signed in, or is about to. */
const MODELS = ['Session', 'Interaction', 'Grant', 'AuthorizationCode', 'RefreshToken'];

/** Signs a person out of all browsers. What the issuer has given to their bridges stays. */
export async function endBrowserSessions(kysely: Kysely<Tables>, userId: string): Promise<void> {
  const rows = await kysely
    .selectFrom('oidc_payloads')
    .select(['model', 'id', 'payload'])
    .where('model', 'in', MODELS)
    .where('payload', 'like', `%"accountId":${JSON.stringify(userId)}%`)
    .execute();
  const ended = rows.filter(({ payload }) => clientOf(payload) !== CLIENTS.bridge.id);
  for (const model of MODELS) {
    const ids = ended.filter((row) => row.model === model).map(({ id }) => id);
    if (ids.length === 0) continue;
    await kysely.deleteFrom('oidc_payloads').where('model', '=', model).where('id', 'in', ids).execute();
  }
}

function clientOf(payload: string): unknown {
  const { clientId } = JSON.parse(payload) as { clientId?: unknown }; // as: only the issuer's adapter writes it
  return clientId;
}
