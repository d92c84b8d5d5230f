// The engine's own API through the relay: any path, any client, with a token that is renewed by the SDK.
import { connect, MODEL } from './connect.ts';

const relay = connect();

console.log(`OLLAMA_HOST=${relay.gateway.ollamaHost} OPENAI_BASE_URL=${relay.gateway.openAIBaseUrl}`);
const response = await relay.gateway.fetch('/ollama/api/chat', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Hello' }], stream: false }),
});
console.log(response.status, await response.text());
