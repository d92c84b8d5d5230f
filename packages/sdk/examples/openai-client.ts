// The official OpenAI client, at home: through a proxy of its own that ends with this program.
import OpenAI from 'openai';
import { connect, MODEL } from './connect.ts';

const relay = connect();

const [computer] = await relay.bridges.list();
if (computer === undefined) throw new Error('You have no computers yet.');

const proxy = await relay.proxies.create(computer.bridgeId, { timeout: 60 });
try {
  const openai = new OpenAI({ baseURL: proxy.openAIBaseUrl, apiKey: proxy.credentials.token });
  const stream = await openai.chat.completions.create({
    model: MODEL,
    messages: [{ role: 'user', content: 'Why is the sky blue?' }],
    stream: true,
  });
  for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
} finally {
  await relay.proxies.end(proxy.proxyId);
}
