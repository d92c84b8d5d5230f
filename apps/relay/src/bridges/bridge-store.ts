import { newId, type StatusUpdate } from '@cloudtolocalllm/protocol';
import type { Compilable, Kysely } from 'kysely';
import type { BridgeRow, Tables } from '../storage/tables.ts';

export type BridgeStore = ReturnType<typeof bridgeStore>;

/** What an installed client says of itself. */
export interface BridgeClient {
  clientId: string;
  platform: string;
  version: string;
  capabilities: readonly string[];
  name?: string;
}

/** Bridges by their owner: one row per installed client. */
export function bridgeStore(kysely: Kysely<Tables>) {
  return {
    /** Adds the client, or brings its row up to date when this user has registered it before. */
    register(userId: string, client: BridgeClient): Promise<BridgeRow> {
      const { clientId, name, platform, version } = client;
      const capabilities = JSON.stringify(client.capabilities);
      return kysely
        .insertInto('bridges')
        .values({
          id: newId('bridge'),
          user_id: userId,
          client_id: clientId,
          name: name ?? platform,
          platform,
          version,
          capabilities,
          models: '[]',
          ollama_status: 'disconnected',
          created: new Date().toISOString(),
          last_seen: null,
          token_version: 1,
        })
        .onConflict((conflict) =>
          conflict
            .columns(['user_id', 'client_id'])
            .doUpdateSet({ platform, version, capabilities, ...(name && { name }) }),
        )
        .returningAll()
        .executeTakeFirstOrThrow();
    },

    list(userId: string): Promise<BridgeRow[]> {
      return kysely
        .selectFrom('bridges')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created')
        .orderBy('id')
        .execute();
    },

    find(userId: string, bridgeId: string): Promise<BridgeRow | undefined> {
      return kysely
        .selectFrom('bridges')
        .selectAll()
        .where('id', '=', bridgeId)
        .where('user_id', '=', userId)
        .executeTakeFirst();
    },

    /** What this user's installed client is registered as. */
    findClient(userId: string, clientId: string): Promise<BridgeRow | undefined> {
      return kysely
        .selectFrom('bridges')
        .selectAll()
        .where('user_id', '=', userId)
        .where('client_id', '=', clientId)
        .executeTakeFirst();
    },

    /** Removes the bridge and with it the worth of its session tokens; undefined when this user has no such bridge. */
    remove(userId: string, bridgeId: string): Promise<BridgeRow | undefined> {
      const query = kysely.deleteFrom('bridges').where('id', '=', bridgeId).where('user_id', '=', userId);
      return query.returningAll().executeTakeFirst();
    },

    /** The query that keeps what a bridge said last; for a batch. */
    reported(bridgeId: string, lastSeen: Date, report: StatusUpdate['payload'] | undefined): Compilable {
      const said = report && { models: JSON.stringify(report.models), ollama_status: report.ollamaStatus };
      return kysely
        .updateTable('bridges')
        .set({ last_seen: lastSeen.toISOString(), ...said })
        .where('id', '=', bridgeId);
    },
  };
}
