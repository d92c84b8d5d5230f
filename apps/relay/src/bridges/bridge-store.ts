import { newId, type StatusUpdate } from '@cloudtolocalllm/protocol';
import { type Compilable, type Kysely, sql } from 'kysely';
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
    /**
     * Adds the client as the last one, or brings its row up to date when this user has registered it before. A name that
     * its owner gave it stays. Until bridges were put in an order all have the first place, and share the work.
     */
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
          priority: ({ selectFrom }) =>
            selectFrom('bridges')
              .select(sql<number>`case when max(priority) > 0 then max(priority) + 1 else 0 end`.as('last'))
              .where('user_id', '=', userId),
        })
        .onConflict((conflict) =>
          conflict
            .columns(['user_id', 'client_id'])
            .doUpdateSet({ platform, version, capabilities, ...(name && { name: unlessNamed(name) }) }),
        )
        .returningAll()
        .executeTakeFirstOrThrow();
    },

    /** In their owner's order, then the oldest first. */
    list(userId: string): Promise<BridgeRow[]> {
      return kysely
        .selectFrom('bridges')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('priority')
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

    /** Its owner's name for it; what it calls itself does not count any more. Undefined when there is no such bridge. */
    rename(userId: string, bridgeId: string, name: string): Promise<BridgeRow | undefined> {
      return kysely
        .updateTable('bridges')
        .set({ name, named_by_owner: 1 })
        .where('id', '=', bridgeId)
        .where('user_id', '=', userId)
        .returningAll()
        .executeTakeFirst();
    },

    /** The query that gives a bridge its place in the order; for a batch. */
    placed(userId: string, bridgeId: string, priority: number): Compilable {
      return kysely.updateTable('bridges').set({ priority }).where('id', '=', bridgeId).where('user_id', '=', userId);
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

/** What a bridge calls itself holds as long as its owner has not named it. */
function unlessNamed(name: string) {
  return sql<string>`case when bridges.named_by_owner = 1 then bridges.name else ${name} end`;
}
