// What failures look like, and what the client does about them by itself.
import { ApiError, createClient } from '@cloudtolocalllm/sdk';

const relay = createClient({
  baseUrl: process.env['RELAY_URL'] ?? 'http://localhost:3000',
  // Asked again, with the token that was refused, when the relay answers 401.
  token: async (refused) => (refused === undefined ? 'a-token-that-is-too-old' : (process.env['TOKEN'] ?? '')),
  retry: { calls: 5, resumes: 20, maxWaitMs: 60_000 },
});

try {
  await relay.conversations.get('conv-00000000-0000-4000-8000-000000000000');
} catch (error) {
  if (!(error instanceof ApiError)) throw error;
  console.log(error.status, error.code, error.shouldRetry());
}

try {
  await relay.bridges.list({ signal: AbortSignal.abort(new Error('The person has left.')) });
} catch (error) {
  console.log(String(error));
}
