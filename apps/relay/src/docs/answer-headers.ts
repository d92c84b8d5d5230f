import type { HeaderDescription, Reference } from './document.ts';

/** For the document's components: the headers of answers. */
export const ANSWER_HEADERS = {
  'X-Request-Id': {
    description: "Names the request, also in the relay's log.",
    required: true,
    schema: { type: 'string' },
  },
  'X-RateLimit-Limit': {
    description: 'Where the request counts against a limit: how many an hour that allows.',
    required: true,
    schema: { type: 'integer' },
  },
  'X-RateLimit-Remaining': { description: 'How many of them are left.', required: true, schema: { type: 'integer' } },
  'X-RateLimit-Reset': {
    description: 'When all are there again: seconds since 1970.',
    required: true,
    schema: { type: 'integer' },
  },
  'Retry-After': { description: 'After how many seconds to try again.', schema: { type: 'integer' } },
  'Idempotency-Replayed': {
    description: '`true`: the answer to an earlier request with this Idempotency-Key, once more.',
    schema: { type: 'string' },
  },
  'WWW-Authenticate': { description: 'Always `Bearer`.', schema: { type: 'string' } },
} as const satisfies Record<string, HeaderDescription>;
export type AnswerHeader = keyof typeof ANSWER_HEADERS;

export const RATE_LIMIT_HEADERS = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'] as const;

/** References to headers in the document's components. */
export function headerReferences(names: readonly AnswerHeader[]): Record<string, Reference> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
