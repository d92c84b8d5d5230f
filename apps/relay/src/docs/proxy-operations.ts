import { EXAMPLE_UUID } from '@cloudtolocalllm/protocol';
import type { Operation, Parameter, PathItem } from './document.ts';
import { gatewayOperations } from './gateway-operations.ts';

/** The endpoint of a proxy as it is documented: `path` goes on to the end. */
export const PROXY_PATH = '/proxy/{proxyId}/{path}';

const PROXY_ID: Parameter = {
  name: 'proxyId',
  in: 'path',
  required: true,
  description: 'With a domain for proxies this is the first label of the host instead, and no part of the path.',
  schema: { type: 'string' },
  example: `proxy-${EXAMPLE_UUID}`,
};
const DESCRIPTION =
  "Goes to the engine behind the proxy's computer as it is, if the limits of the proxy and the policy of the bridge " +
  'allow it. The only credential is the token that the proxy was made with, as `Authorization: Bearer` or `x-api-key`; ' +
  "errors come in the form of the engine's API: OpenAI's, Anthropic's or Ollama's. Other methods pass through as well.";

/** What passes through a proxy is what passes through the gateway, with another token at another address. */
export function proxyOperations(): PathItem {
  const entries = Object.entries(gatewayOperations()).map(([method, operation]): [string, Operation] => [
    method,
    {
      ...operation,
      operationId: `proxy${method.charAt(0).toUpperCase()}${method.slice(1)}`,
      summary: `${operation.summary}, through a proxy`,
      description: DESCRIPTION,
      tags: ['Streaming proxies'],
      parameters: [PROXY_ID, ...(operation.parameters ?? []).filter((parameter) => parameter.in === 'path')],
      security: [{ proxyToken: [] }],
      'x-route': { access: 'proxy token', limitedBy: 'bridge', speaksEngine: true },
    },
  ]);
  return Object.fromEntries(entries);
}
