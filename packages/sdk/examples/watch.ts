// Shows what happens to your computers and proxies, as it happens, until it is ended (Ctrl-C).
import { connect } from './connect.ts';

const relay = connect();

const leaving = new AbortController();
process.once('SIGINT', () => leaving.abort());

const { userId } = await relay.account.me();
try {
  for await (const event of relay.realtime.status(userId, { signal: leaving.signal })) {
    if (event.type === 'refetch') {
      for (const { name, status } of await relay.bridges.list()) console.log(`${name} is ${status}`);
    }
    if (event.type === 'bridge') console.log(`${event.payload.bridge.name} is ${event.payload.bridge.status}`);
    if (event.type === 'proxy') console.log(`${event.payload.proxy.proxyId} is ${event.payload.proxy.status}`);
  }
} catch (error) {
  if (!leaving.signal.aborted) throw error;
  console.log('Goodbye.');
}
