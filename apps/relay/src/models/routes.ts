import type { OutgoingHttpHeaders } from 'node:http';
import {
  apiError,
  bridgeId,
  installedModels,
  mergedModels,
  modelChanged,
  modelDetails,
  modelRequest,
  pullEvent,
} from '@cloudtolocalllm/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { type BridgePresence, bridgeStatus } from '../bridges/bridge-directory.ts';
import type { BridgeLink, BridgeLinks } from '../bridges/bridge-link.ts';
import type { BridgeStore } from '../bridges/bridge-store.ts';
import { noSuchBridge } from '../bridges/no-such-bridge.ts';
import { sameModel } from '@cloudtolocalllm/protocol/bodies';
import { errorHeaders } from '../error-handler.ts';
import { errorBody, RelayError } from '../errors.ts';
import { mayReach, requireModel } from '../keys/restrictions.ts';
import type { RequestLimits } from '../limits/request-limits.ts';
import { answeredObject, askEngine } from './engine-request.ts';
import { installedModelsFrom } from './installed-models.ts';
import { mergeModels } from './merged-models.ts';
import { deleteModel, loadModel, requireManagement, unloadModel } from './model-changes.ts';
import { PullModel } from './pull-model.ts';

export interface ModelRoutesOptions {
  bridges: BridgeStore;
  links: Pick<BridgeLinks, 'require'>;
  presence: BridgePresence;
  /** Absent: nothing is counted. */
  limits?: RequestLimits;
}

const params = z.object({ bridgeId });
const onBridge = '/api/bridge/:bridgeId/models';
const pullLines = { description: 'The progress.', content: { 'application/x-ndjson': { schema: pullEvent } } };

/** `/api/models` and `/api/bridge/{bridgeId}/models`: what models there are and where, and changing them. */
export function modelRoutes(api: Api, options: ModelRoutesOptions): void {
  const { bridges, links, presence, limits } = options;

  /** The link to a bridge of the caller's own, which the request is charged to. Throws RelayError. */
  async function reach(request: FastifyRequest, reply: FastifyReply, id: string): Promise<BridgeLink> {
    const { user } = request;
    const row = mayReach(user, id) ? await bridges.find(user.id, id) : undefined;
    if (row === undefined) throw noSuchBridge(id);
    const link = await links.require(user.id, id);
    if (!link.streaming) {
      throw new RelayError(
        'conflict',
        `The bridge on "${row.name}" speaks only chat: look at its models and change them on that computer itself.`,
      );
    }
    await limits?.chargeBridge(request, reply, id);
    return link;
  }

  const mayManage = (id: string): boolean => presence.get(id)?.report?.mayManageModels === true;

  /** As `reach`, when the owner of that computer has allowed changes. */
  async function reachToChange(request: FastifyRequest, reply: FastifyReply, id: string): Promise<BridgeLink> {
    const link = await reach(request, reply, id);
    requireManagement(mayManage(id));
    return link;
  }

  api.get(
    '/api/models',
    {
      // As the list of bridges, which says the same otherwise arranged: which computers there are, and what is on them.
      config: { access: 'bridges:read' },
      schema: {
        operationId: 'listModels',
        summary: 'List the models of all your computers',
        description: 'By name, each with the computers it is on; of those that are offline what they had last.',
        tags: ['Bridges'],
        response: { 200: mergedModels },
      },
    },
    async ({ user }) => {
      const rows = (await bridges.list(user.id)).filter(({ id }) => mayReach(user, id));
      const models = mergeModels(rows.map((row) => bridgeStatus(row, presence)));
      const allowed = user.key?.models;
      return { models: models.filter(({ model }) => allowed?.some((name) => sameModel(name, model)) ?? true) };
    },
  );

  api.get(
    onBridge,
    {
      config: { access: 'bridges:read', limitedBy: 'bridge' },
      schema: {
        operationId: 'listBridgeModels',
        summary: 'List the models of a computer',
        description: 'As its engine tells them now, and which of them are in memory.',
        tags: ['Bridges'],
        params,
        response: { 200: installedModels, 409: apiError },
      },
    },
    async (request, reply) => {
      const { bridgeId: id } = request.params;
      const link = await reach(request, reply, id);
      const [tags, ps] = await Promise.all([
        askEngine(link, { method: 'GET', path: '/api/tags' }),
        askEngine(link, { method: 'GET', path: '/api/ps' }),
      ]);
      const allowed = request.user.key?.models;
      const models = installedModelsFrom(answeredObject(tags), answeredObject(ps)).filter(
        ({ name }) => allowed?.some((other) => sameModel(other, name)) ?? true,
      );
      return { models, mayManage: mayManage(id) };
    },
  );

  api.post(
    `${onBridge}/show`,
    {
      config: { access: 'bridges:read', limitedBy: 'bridge' },
      schema: {
        operationId: 'showModel',
        summary: 'What a computer knows of a model',
        tags: ['Bridges'],
        params,
        body: modelRequest,
        response: { 200: modelDetails, 409: apiError },
      },
    },
    async (request, reply) => {
      const { model } = request.body;
      const link = await reach(request, reply, request.params.bridgeId);
      requireModel(request.user, model);
      const answer = await askEngine(link, { method: 'POST', path: '/api/show', body: { model } });
      return { model, details: answeredObject(answer, model) };
    },
  );

  for (const { verb, change, operationId, summary, description } of CHANGES) {
    api.post(
      `${onBridge}/${verb}`,
      {
        config: { access: 'account', limitedBy: 'bridge' },
        schema: {
          operationId,
          summary,
          description,
          tags: ['Bridges'],
          params,
          body: modelRequest,
          response: { 200: modelChanged, 409: apiError },
        },
      },
      async (request, reply) => {
        const link = await reachToChange(request, reply, request.params.bridgeId);
        return { success: true as const, message: await change(link, request.body.model) };
      },
    );
  }

  api.post(
    `${onBridge}/pull`,
    {
      config: { access: 'account', limitedBy: 'bridge', stream: true },
      schema: {
        operationId: 'pullModel',
        summary: 'Let a computer pull a model',
        description: 'Tells its progress until it is there. A client that goes away ends it; pulling again goes on.',
        tags: ['Bridges'],
        params,
        body: modelRequest,
        response: { 200: pullLines, 409: apiError },
      },
    },
    async (request, reply) => {
      const link = await reachToChange(request, reply, request.params.bridgeId);
      const response = reply.raw;
      // It went away while a bridge was being waited for: nobody would ever end its exchange.
      if (!response.destroyed) {
        PullModel.begin({
          link,
          model: request.body.model,
          response,
          headers: reply.getHeaders() as OutgoingHttpHeaders, // as: fastify names them more narrowly
          fail: (error) => {
            const own = { ...errorHeaders(error), 'content-type': 'application/json; charset=utf-8' };
            response.writeHead(error.status, own).end(JSON.stringify(errorBody(error, request.id)));
          },
        });
      }
      reply.hijack();
    },
  );
}

const CHANGES = [
  {
    verb: 'load',
    change: (link: BridgeLink, model: string) => loadModel(link, model),
    operationId: 'loadModel',
    summary: 'Bring a model into memory',
    description: 'It stays as long as the engine keeps models that nobody uses.',
  },
  {
    verb: 'unload',
    change: unloadModel,
    operationId: 'unloadModel',
    summary: 'Take a model out of memory',
    description: 'As soon as no answer is being made with it.',
  },
  {
    verb: 'delete',
    change: deleteModel,
    operationId: 'deleteModel',
    summary: 'Delete a model from a computer',
    description: 'To have it again it must be pulled.',
  },
] as const;
