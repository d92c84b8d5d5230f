import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** One request that an engine heard the head of. */
export interface Heard {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  trailers: Record<string, unknown>;
  body: string;
  /** It came whole. */
  isWhole: boolean;
}

export interface RecordingEngine {
  url: URL;
  heard: Heard[];
}

/** An engine that answers everything with what a hostile one would, and remembers what it was asked. */
export async function recordingEngine(t: TestContext): Promise<RecordingEngine> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const one: Heard = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      trailers: {},
      body: '',
      isWhole: false,
    };
    heard.push(one);
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => (one.body += chunk.toString('latin1')));
    request.on('end', () => {
      Object.assign(one, { trailers: request.trailers, isWhole: true });
      response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
      response.writeHead(200, {
        'content-type': 'text/html',
        'set-cookie': 'engine=1',
        location: 'https://evil.example/',
        link: '<https://evil.example/>; rel=preload',
        refresh: '0; url=https://evil.example/',
        'content-security-policy': "script-src 'unsafe-inline'",
        'access-control-allow-origin': 'https://evil.example',
        'access-control-expose-headers': 'x-evil.example',
        'content-encoding': 'identity',
        'x-powered-by': 'engine',
        trailer: 'x-late',
      });
      response.write('<script>1</script>');
      response.addTrailers({ 'x-late': 'evil' });
      response.end();
    });
  });
  server.on('upgrade', (request, socket) => {
    heard.push({ method: 'UPGRADE', url: '', headers: request.headers, trailers: {}, body: '', isWhole: true });
    socket.destroy();
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // as: it listens on TCP
  return { url: new URL(`http://127.0.0.1:${port}`), heard };
}
