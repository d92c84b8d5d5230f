// Lends a computer to a friend for an hour: a hundred questions to one model, two at a time.
import { connect, MODEL } from './connect.ts';

const relay = connect();

const [computer] = await relay.bridges.list();
if (computer === undefined) throw new Error('You have no computers yet.');

const proxy = await relay.proxies.create(computer.bridgeId, {
  name: 'For Ada',
  lifetime: 3600,
  models: [MODEL],
  paths: ['/v1/*'],
  maxRequests: 100,
  maxConcurrent: 2,
});
console.log(`OPENAI_BASE_URL=${proxy.openAIBaseUrl}`);
console.log(`OPENAI_API_KEY=${proxy.credentials.token}`);

const { metrics, expires } = await relay.proxies.status(proxy.proxyId);
console.log(`${metrics.requests} requests until now; it ends at ${expires}`);

await relay.proxies.end(proxy.proxyId);
const { status, reason } = await relay.proxies.status(proxy.proxyId);
console.log(`${status}: ${reason}`);
