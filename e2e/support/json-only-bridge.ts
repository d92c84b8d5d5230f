import { WebSocket } from 'ws';

/**
 * A bridge of a third party in 60 lines: nothing but the specification's envelopes (docs/PROTOCOL.md, "JSON-only
 * bridges"), in front of an Ollama. Returns a function that disconnects it.
 */
export async function jsonOnlyBridge(relay: string, accessToken: string, engine: URL): Promise<() => void> {
  const registration = await fetch(`${relay}/api/bridge/register`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ clientId: 'third-party', platform: 'linux', version: '1.0.0', capabilities: ['ollama'] }),
  });
  const { sessionToken, endpoints } = (await registration.json()) as {
    sessionToken: string;
    endpoints: { websocket: string };
  };
  const socket = new WebSocket(endpoints.websocket, ['c2l.v1', `bearer.${sessionToken}`]);
  const running = new Map<string, AbortController>();
  // Whatever is asked for again was cut off with its socket.
  const seen = new Set<string>();
  const send = (type: string, payload: object): void => socket.send(JSON.stringify({ type, payload }));

  socket.on('message', (data: Buffer) => {
    const { type, id, payload } = JSON.parse(data.toString());
    if (type === 'chat_request') {
      if (seen.has(id)) return send('chat_error', { requestId: id, code: 'interrupted', message: 'Cut off.' });
      seen.add(id);
      send('chat_accepted', { requestId: id });
      void answer(id, payload);
    }
    if (type === 'chat_cancel') running.get(payload.requestId)?.abort();
  });

  async function answer(requestId: string, { model, messages }: { model: string; messages: object[] }): Promise<void> {
    const abort = new AbortController();
    running.set(requestId, abort);
    try {
      const response = await fetch(new URL('/api/chat', engine), {
        method: 'POST',
        body: JSON.stringify({ model, messages, stream: true }),
        signal: abort.signal,
      });
      let rest = '';
      const decoder = new TextDecoder();
      for await (const chunk of response.body!) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines.map((text) => JSON.parse(text))) {
          if (line.error) throw new Error(line.error);
          if (line.message?.content) send('chat_chunk', { requestId, content: line.message.content });
          if (line.done) send('chat_complete', { requestId, totalTokens: line.prompt_eval_count + line.eval_count });
        }
      }
    } catch (error) {
      send('chat_error', { requestId, message: (error as Error).message });
    } finally {
      running.delete(requestId);
    }
  }

  await new Promise<void>((resolve, reject) => socket.on('open', resolve).on('error', reject));
  const tags = (await (await fetch(new URL('/api/tags', engine))).json()) as { models: { name: string }[] };
  const models = tags.models.map(({ name }) => name);
  send('status_update', { ollamaStatus: 'connected', models, systemLoad: 0.1 });
  return () => socket.close();
}
