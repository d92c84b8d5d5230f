import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { User } from '../accounts/rights.ts';
import { mayReach } from '../keys/restrictions.ts';
import { BodyFields } from '@cloudtolocalllm/protocol/bodies';
import { HeldBodies } from './held-bodies.ts';
import { HeldStarts } from './held-starts.ts';
import { modelAddress, modelInPath, type ModelAddress, withModel } from './model-address.ts';
import { checkBody, checkTarget, type Target } from './model-check.ts';

/** Where Ollama reads a model's `name` as well: docs/api.md of ollama/ollama. */
const TAKES_NAME = new Set(['/api/show', '/api/pull', '/api/push', '/api/delete']);
const MODEL_OR_NAME: ReadonlySet<string> = new Set(['model', 'name']);

/** A request of which is known what it asks for. */
export interface Asked {
  /** As the engine shall see it. */
  path: string;
  /** The model that is asked; undefined when none is named, or where nobody looked. */
  address: ModelAddress | undefined;
  /** The whole body. */
  body: Buffer | undefined;
  /** What has come of the body when that is not all: the request is paused. */
  first: readonly Buffer[] | undefined;
  /** What the body says of itself, as far as it has come. */
  fields: BodyFields | undefined;
  /** Names and values in turn, where they are not the client's: the body was changed. */
  rawHeaders: readonly string[] | undefined;
}

export interface AskedModelsOptions {
  bridgesOf(userId: string): Promise<readonly { id: string; name: string }[]>;
}

/** Finds out which model requests are for, in their paths or in what comes first of their bodies. */
export class AskedModels {
  readonly #bodies = new HeldBodies();
  readonly #starts = new HeldStarts();
  readonly #options: AskedModelsOptions;

  constructor(options: AskedModelsOptions) {
    this.#options = options;
  }

  /**
   * `isNamed`: the bridge is known, so that nobody needs to know the model, but for a key that is narrowed to some.
   * @throws RelayError forbidden when the user's key is narrowed to other models; bad_request when the request breaks off;
   *   those of HeldBodies.
   */
  async read(
    request: FastifyRequest,
    reply: FastifyReply,
    { method, path, isNamed }: Target & { isNamed: boolean },
  ): Promise<Asked> {
    const { user, raw } = request;
    const asked = isNamed ? { path, address: undefined } : await this.#inPath(user, path);
    const target = { method, path: asked.path };
    if (user.key?.models !== undefined && checkTarget(user, target)) {
      return this.#readChecked(request, reply, asked, isNamed);
    }
    if (isNamed) return { ...asked, ...UNREAD };

    const { fields, chunks, isWhole } = await this.#starts.read(raw, reply.raw, modelNames(path));
    const address = asked.address ?? (await this.#inBody(user, fields));
    const changed = withoutBridge(fields, chunks, address);
    const rest = { path: asked.path, address, fields, rawHeaders: changed && withLength(raw, chunks, changed) };
    if (!isWhole) return { ...rest, body: undefined, first: changed ? [changed] : chunks };
    return { ...rest, body: changed ?? (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)), first: undefined };
  }

  /** A key that is narrowed to some models is judged by the very bytes that go to the engine. */
  async #readChecked(
    { user, raw }: FastifyRequest,
    reply: FastifyReply,
    { path, address: inPath }: Pick<Asked, 'path' | 'address'>,
    isNamed: boolean,
  ): Promise<Asked> {
    // Refused or broken off: what is left of the body is not waited for.
    reply.header('connection', 'close');
    const read = await this.#bodies.read(raw, reply.raw);
    const fields = new BodyFields(modelNames(path));
    fields.write(read);
    fields.end();
    const address = inPath ?? (isNamed ? undefined : await this.#inBody(user, fields));
    const changed = withoutBridge(fields, [read], address);
    const body = changed ?? read;
    checkBody(user, { path }, body);
    reply.removeHeader('connection');
    return { path, address, body, first: undefined, fields, rawHeaders: changed && withLength(raw, [read], changed) };
  }

  async #inPath(user: User, path: string): Promise<Pick<Asked, 'path' | 'address'>> {
    const found = modelInPath(path);
    if (found === undefined) return { path, address: undefined };
    const address = await modelAddress(found.model, (name) => this.#named(user, name));
    return { path: address.bridges === undefined ? path : found.withoutBridge(), address };
  }

  async #inBody(user: User, { model }: BodyFields): Promise<ModelAddress | undefined> {
    return model && modelAddress(model.value, (name) => this.#named(user, name));
  }

  /** Those this user reaches. */
  async #named(user: User, name: string): Promise<ReadonlySet<string>> {
    const wanted = name.toLowerCase();
    const meant = (await this.#options.bridgesOf(user.id)).filter(
      (bridge) => (bridge.name.toLowerCase() === wanted || bridge.id === wanted) && mayReach(user, bridge.id),
    );
    return new Set(meant.map(({ id }) => id));
  }
}

const UNREAD = { body: undefined, first: undefined, fields: undefined, rawHeaders: undefined } as const;

function withoutBridge(
  { model }: BodyFields,
  chunks: readonly Buffer[],
  address: ModelAddress | undefined,
): Buffer | undefined {
  return address?.bridges && model && withModel(chunks, model, address.model);
}

/** The client's headers, with the length of a body whose beginning was changed. */
function withLength({ rawHeaders }: IncomingMessage, from: readonly Buffer[], to: Buffer): readonly string[] {
  const added = to.length - from.reduce((bytes, { length }) => bytes + length, 0);
  return rawHeaders.map((value, index) =>
    index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'content-length' ? `${Number(value) + added}` : value,
  );
}

function modelNames(path: string): ReadonlySet<string> | undefined {
  return TAKES_NAME.has(path.split('?', 1)[0] ?? '') ? MODEL_OR_NAME : undefined;
}
