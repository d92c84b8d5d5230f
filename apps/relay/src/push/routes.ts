import { createECDH } from 'node:crypto';
import {
  apiError,
  MAX_PUSH_SUBSCRIPTIONS,
  newId,
  pushState,
  pushSubscriptionId,
  pushTestAnswer,
  subscribeToPushAnswer,
  subscribeToPushRequest,
} from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { RelayError } from '../errors.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { EndpointError, parseEndpoint } from './push-endpoint.ts';
import { type PushNetwork, publicAddresses } from './push-network.ts';
import type { PushSender } from './push-sender.ts';
import { type PushStore, toPushSubscription } from './push-store.ts';

/** What a browser calls itself is longer only when it makes fun of us. */
const MAX_USER_AGENT = 300;
/** Of one person the newest one counts. */
const TEST_TOPIC = 'test';

export interface PushRoutesOptions {
  push: { publicKey: string; store: PushStore; sender: PushSender; network: PushNetwork };
}

const params = z.object({ subscriptionId: pushSubscriptionId });
const REMOVED = 'This browser gets no more notices';
const removed = z
  .object({ success: z.literal(true), message: z.string() })
  .meta({ id: 'PushSubscriptionRemoved', examples: [{ success: true, message: REMOVED }] });
// A person's right: a program has no browser.
const config = { access: 'account' } as const;
const tags = ['Account'];

/** `/api/push`: browsers that get notices by Web Push. */
export function pushRoutes(api: Api, { push: { publicKey, store, sender, network } }: PushRoutesOptions): void {
  const checks = new OneAtATime('The address of another browser is being looked at: try again in a moment.');
  const tests = new OneAtATime('A test is being sent already: wait until it is through.');
  const listing = {
    operationId: 'getPush',
    summary: 'List the browsers that get notices',
    description: 'And the key with which a browser subscribes.',
    tags,
    response: { 200: pushState },
  };
  api.get('/api/push', { config, schema: listing }, async ({ user }) => ({
    publicKey,
    subscriptions: (await store.list(user.id)).map(toPushSubscription),
  }));

  api.post(
    '/api/push/subscriptions',
    {
      config: { ...config, idempotent: 'push' },
      schema: {
        operationId: 'subscribeToPush',
        summary: 'Have a browser get notices',
        description:
          'Takes what the browser gave. The same browser stays one subscription. Which notices come is in ' +
          '`notifications` of your settings.',
        tags,
        body: subscribeToPushRequest,
        response: { 200: subscribeToPushAnswer, 409: apiError },
      },
    },
    async ({ user, body: { endpoint, keys, name }, headers, resourceId }) => {
      const url = await checks.run(user.id, () => checked(endpoint, network));
      const p256dh = keys.p256dh.replace(/=+$/, '');
      if (!isPoint(p256dh)) throw invalid('keys.p256dh', 'must be a public key of P-256');
      const subscription = await store.add(user.id, {
        id: resourceId ?? newId('push'),
        endpoint: url.href,
        p256dh,
        auth: keys.auth.replace(/=+$/, ''),
        name: name ?? null,
        user_agent: headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null,
      });
      if (subscription === undefined) {
        throw new RelayError(
          'conflict',
          `${MAX_PUSH_SUBSCRIPTIONS} browsers get your notices already: remove one that you no longer use.`,
        );
      }
      return { success: true as const, subscription: toPushSubscription(subscription) };
    },
  );

  const removing = {
    operationId: 'unsubscribeFromPush',
    summary: 'Have a browser get no more notices',
    tags,
    params,
    response: { 200: removed },
  };
  api.delete('/api/push/subscriptions/:subscriptionId', { config, schema: removing }, async ({ user, params: of }) => {
    if (!(await store.remove(user.id, of.subscriptionId))) {
      throw new RelayError('not_found', `You have no subscription "${of.subscriptionId}"`);
    }
    return { success: true as const, message: REMOVED };
  });

  const testing = {
    operationId: 'testPush',
    summary: 'Send a notice to all your browsers',
    description: 'Answers when their push services have it, or after 10 seconds each. One at a time: 429 otherwise.',
    tags,
    response: { 200: pushTestAnswer },
  };
  api.post('/api/push/test', { config, schema: testing }, async ({ user }) => {
    const message = { notice: { type: 'test' as const }, topic: TEST_TOPIC };
    const results = await tests.run(user.id, async () => {
      const subscriptions = await store.list(user.id);
      return Promise.all(subscriptions.map(async (row) => ({ id: row.id, outcome: await sender.send(row, message) })));
    });
    return { success: true as const, results };
  });
}

/** @throws RelayError validation_failed */
async function checked(endpoint: string, network: PushNetwork): Promise<URL> {
  try {
    const url = parseEndpoint(endpoint);
    await publicAddresses(network, url.hostname);
    return url;
  } catch (error) {
    if (error instanceof EndpointError) throw invalid('endpoint', error.message, error);
    throw error;
  }
}

function invalid(field: string, problem: string, cause?: unknown): RelayError {
  const message = `The request's body is not valid: ${field}: ${problem}`;
  return new RelayError('validation_failed', message, { details: { [field]: problem }, cause });
}

/** Encrypting for anything else would fail with each notice. */
function isPoint(p256dh: string): boolean {
  const own = createECDH('prime256v1');
  own.generateKeys();
  try {
    own.computeSecret(p256dh, 'base64url');
    return true;
  } catch {
    return false;
  }
}
