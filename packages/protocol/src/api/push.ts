import { z } from 'zod';
import { bridgeId, conversationId, EXAMPLE_UUID, messageId, pushSubscriptionId } from '../ids.ts';
import { connectionStatus } from './bridges.ts';

/** Browsers of one person: more than anybody has. */
export const MAX_PUSH_SUBSCRIPTIONS = 20;

/** An uncompressed point of P-256, and 16 bytes: RFC 8291, 3.1 and 3.2. Base64url, with or without padding. */
const p256dh = z.string().regex(/^[\w-]{87}=?$/, 'must be 65 bytes as base64url');
const auth = z.string().regex(/^[\w-]{22}={0,2}$/, 'must be 16 bytes as base64url');

const exampleSubscription = {
  id: `push-${EXAMPLE_UUID}`,
  created: '2025-06-20T16:52:20.850Z',
  name: 'Phone',
  userAgent: 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0',
  endpointOrigin: 'https://updates.push.services.example',
};

/** A browser that gets notices; the rest of its endpoint is a secret. */
export const pushSubscription = z
  .object({
    id: pushSubscriptionId,
    created: z.iso.datetime(),
    name: z.string().optional(),
    userAgent: z.string().optional().meta({ description: 'What the browser called itself.' }),
    endpointOrigin: z.string().meta({ description: 'Whose push service it is.' }),
  })
  .meta({ id: 'PushSubscription', examples: [exampleSubscription] });
export type PushSubscription = z.infer<typeof pushSubscription>;

/** `GET /api/push`. */
export const pushState = z
  .object({
    publicKey: z.string().meta({ description: 'The `applicationServerKey` for `pushManager.subscribe`: base64url.' }),
    subscriptions: z.array(pushSubscription),
  })
  .meta({
    id: 'PushState',
    examples: [
      {
        publicKey: 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8',
        subscriptions: [exampleSubscription],
      },
    ],
  });
export type PushState = z.infer<typeof pushState>;

/** `POST /api/push/subscriptions`: what `PushSubscription.toJSON()` of a browser gives, and a name. */
export const subscribeToPushRequest = z
  .object({
    endpoint: z
      .string()
      .max(2048)
      .meta({ description: 'A public HTTPS address: a name, on port 443, without credentials.' }),
    keys: z.object({ p256dh, auth }),
    expirationTime: z.number().nullable().optional().meta({ description: 'Not needed: what has ended is removed.' }),
    name: z.string().trim().min(1).max(100).optional().meta({ description: 'What its person calls it.' }),
  })
  .meta({
    id: 'SubscribeToPushRequest',
    examples: [
      {
        endpoint: 'https://updates.push.services.example/wpush/v2/gAAAAABo',
        keys: {
          p256dh: 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8',
          auth: 'BTBZMqHH6r4Tts7J_aSIgg',
        },
        name: 'Phone',
      },
    ],
  });
export type SubscribeToPushRequest = z.infer<typeof subscribeToPushRequest>;

export const subscribeToPushAnswer = z
  .object({ success: z.literal(true), subscription: pushSubscription })
  .meta({ id: 'SubscribeToPushAnswer', examples: [{ success: true, subscription: exampleSubscription }] });
export type SubscribeToPushAnswer = z.infer<typeof subscribeToPushAnswer>;

/** `POST /api/push/test`. */
export const pushTestAnswer = z
  .object({
    success: z.literal(true),
    results: z
      .array(
        z.object({
          id: pushSubscriptionId,
          outcome: z.enum(['sent', 'gone', 'failed']).meta({
            description: '`sent`: its push service has it. `gone`: the browser wants no more, and it is removed.',
          }),
        }),
      )
      .meta({ description: 'Of each of your browsers.' }),
  })
  .meta({
    id: 'PushTestAnswer',
    examples: [{ success: true, results: [{ id: exampleSubscription.id, outcome: 'sent' }] }],
  });
export type PushTestAnswer = z.infer<typeof pushTestAnswer>;

/** What a browser's service worker is sent. Ignore types that you do not know. */
export const pushNotice = z.discriminatedUnion('type', [
  z.object({ type: z.literal('answer'), conversationId, messageId, title: z.string() }),
  z.object({ type: z.literal('computer'), bridgeId, name: z.string(), status: connectionStatus }),
  z.object({ type: z.literal('test') }),
]);
export type PushNotice = z.infer<typeof pushNotice>;
