import type { ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Api } from '../api.ts';

/** The requests of each person that are being answered. */
export class OpenRequests {
  readonly #open = new Map<string, Set<ServerResponse>>();

  /** Holds one until it is closed. */
  hold(userId: string, response: ServerResponse): void {
    if (response.destroyed) return; // its close has been told already
    let open = this.#open.get(userId);
    if (open === undefined) this.#open.set(userId, (open = new Set()));
    open.add(response);
    response.once('close', () => {
      open.delete(response);
      if (open.size === 0 && this.#open.get(userId) === open) this.#open.delete(userId);
    });
  }

  countOf(userId: string): number {
    return this.#open.get(userId)?.size ?? 0;
  }

  /** Breaks off all of this person's but one. */
  breakOff(userId: string, but: ServerResponse): void {
    for (const response of this.#open.get(userId) ?? []) if (response !== but) response.destroy();
  }
}

/** Holds every request that somebody sends. Registered behind the guard. */
export function watchRequests(api: Api, requests: OpenRequests): void {
  // Public routes have no user, whatever the type says.
  api.addHook('onRequest', async ({ user }: Partial<FastifyRequest>, { raw }) => {
    if (user !== undefined) requests.hold(user.id, raw);
  });
}
