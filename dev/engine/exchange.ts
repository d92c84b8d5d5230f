import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Engine } from './engine.ts';

/** One request with what its handler needs. */
export interface Exchange {
  engine: Engine;
  request: IncomingMessage;
  response: ServerResponse;
  /** The part of the path that the route leaves open, decoded. */
  parameter: string;
  /** Aborted when the client has gone. */
  signal: AbortSignal;
}

export type Handler = (exchange: Exchange) => Promise<void> | void;
