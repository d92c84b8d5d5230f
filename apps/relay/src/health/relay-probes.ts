import type { Server } from 'node:http';
import { promisify } from 'node:util';
import type { Context } from '../context.ts';
import type { HealthProbes } from './health-check.ts';
import { measureDisk, measureLoopback, measureQuery } from './probes.ts';

type Sources = Pick<
  Context,
  | 'config'
  | 'database'
  | 'lifecycle'
  | 'trustedIssuer'
  | 'requests'
  | 'answerTimes'
  | 'vitals'
  | 'links'
  | 'generations'
  | 'proxies'
>;

/** Where a running relay's figures come from. `server` is the one that listens. */
export function relayProbes(server: Server, sources: Sources): HealthProbes {
  const { config, database, lifecycle, trustedIssuer, requests, answerTimes, vitals, links, generations, proxies } =
    sources;
  return {
    query: () => measureQuery(database),
    disk: () => measureDisk(config.dataDir),
    keys: () => trustedIssuer.keyCount(),
    loopback: () => measureLoopback(server.address()),
    connections: promisify(server.getConnections.bind(server)),
    issuer: () => trustedIssuer.url,
    draining: () => lifecycle.draining,
    requestsPerMinute: () => requests.perMinute,
    answerMs: () => answerTimes.medianMs,
    vitals: () => vitals,
    links: () => ({
      bridges: links.connectedCount,
      exchanges: links.exchangeCount,
      roundTripsMs: links.roundTripsMs,
    }),
    generations: () => generations.runningCount,
    proxies: () => proxies.runningCount,
  };
}
