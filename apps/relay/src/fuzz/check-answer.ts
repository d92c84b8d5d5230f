import assert from 'node:assert/strict';
import { apiError, ERROR_STATUS } from '@cloudtolocalllm/protocol';
import { z } from 'zod';
import type { RawAnswer } from './raw-answer.ts';
import type { RawOutcome } from './raw-exchange.ts';
import type { RequestDraft } from './request-draft.ts';

/** The embedded issuer speaks OAuth's errors and shows pages. */
const SIGN_IN = /oidc/i;
/** Its callers read errors as their engine has them. */
const ENGINE = /(^|\/)(v1|ollama|proxy)([/?]|$)/i;
/** Those of Ollama, OpenAI and Anthropic. */
const engineError = z.union([
  z.strictObject({ error: z.string().min(1) }),
  z.strictObject({
    error: z.strictObject({ message: z.string().min(1), type: z.string(), param: z.null(), code: z.string() }),
  }),
  z.strictObject({
    type: z.literal('error'),
    error: z.strictObject({ type: z.string(), message: z.string().min(1) }),
    request_id: z.string(),
  }),
]);
/** A redirect to another host than the one that was asked. */
const ELSEWHERE = /^(?!https?:\/\/(localhost|127\.0\.0\.1)(:\d+)?(\/|$))(\/\/|\/\\|[a-z][a-z+.-]*:)/i;
const HONEST_5XX = new Set<string>(['bridge_offline', 'engine_error', 'engine_unreachable', 'engine_timeout']);

/** What holds for the answers to any request whatever. Throws AssertionError. */
export function checkOutcome({ answers, rest, hung }: RawOutcome, draft: RequestDraft, secret: RegExp): void {
  assert.ok(!hung, 'neither answered nor hung up');
  if (!draft.mayWait) {
    assert.equal(answers.length, 1, 'not one answer');
    assert.equal(rest.length, 0, `behind the answer: ${rest.toString('latin1', 0, 300)}`);
  }
  for (const [index, answer] of answers.entries()) {
    const isHead = index === 0 && draft.method === 'HEAD';
    const target = decoded(draft.target);
    checkAnswer(answer, { isHead, isSignIn: SIGN_IN.test(target), isEngine: ENGINE.test(target), secret });
    // Browsers ask so without a token, and get nothing but headers.
    const isPreflight = draft.method === 'OPTIONS' && answer.status === 204 && answer.body === '';
    const isRefused = answer.status >= 300 || isPreflight;
    if (draft.isForged) assert.ok(isRefused || !draft.needsToken, 'let in with a forged token');
  }
}

function checkAnswer(
  { status, headers, body }: RawAnswer,
  { isHead, isSignIn, isEngine, secret }: { isHead: boolean; isSignIn: boolean; isEngine: boolean; secret: RegExp },
): void {
  const shown = `${status} ${body.slice(0, 300)}`;
  assert.doesNotMatch(body, secret, "another person's");
  assert.equal(headers.get('x-evil'), undefined, 'a header of the client in the answer');
  assert.doesNotMatch(headers.get('location') ?? '', ELSEWHERE, 'sent elsewhere');
  assert.notEqual(status, 429, shown);
  assert.ok(status < 500 || !isSignIn, shown);
  if (status < 400 || isSignIn || isHead) return assert.ok(status < 500 || status === 503, shown);
  if (isEngine && engineError.safeParse(parse(body)).success) {
    assert.match(headers.get('x-request-id') ?? '', /^req-/, shown);
    return assert.ok(status < 500 || status > 501, shown);
  }
  const { error, code, requestId } = apiError.parse(parse(body), { reportInput: true });
  assert.equal(code, status, shown);
  assert.ok(
    requestId !== undefined && requestId === headers.get('x-request-id'),
    `${shown} ${headers.get('x-request-id')}`,
  );
  assert.ok(error in ERROR_STATUS, shown);
  assert.ok(status < 500 || HONEST_5XX.has(error), shown);
}

/** As the router reads a path, and also what it refuses. */
function decoded(target: string): string {
  return target.replace(/%([\da-f]{2})/gi, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 16)));
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new assert.AssertionError({ message: `not in the error format: ${body.slice(0, 300)}` });
  }
}
