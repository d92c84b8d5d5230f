import type { Client } from '@cloudtolocalllm/sdk';

/** What was seen; the same everywhere. */
export interface Exercised {
  answer: string;
  types: string[];
  realtime: string[];
  refused: string;
  left: string;
}

/** Uses a client as a program does: calls, an answer as it comes, realtime. Runs in old Node and in browsers: types alone. */
export async function exercise(client: Client): Promise<Exercised> {
  const { userId } = await client.account.me();
  const events = client.realtime.status(userId);
  const realtime: string[] = [];
  const untilTold = async (type: string): Promise<void> => {
    while (realtime.at(-1) !== type) {
      const { value, done } = await events.next();
      if (done === true || value === undefined) throw new Error('the events have ended');
      if (['refetch', 'conversation'].includes(value.type)) realtime.push(value.type);
    }
  };
  await untilTold('refetch');
  const conversation = await client.conversations.create({ model: 'tiny-demo' });
  await untilTold('conversation');
  await events.return();

  let answer = '';
  const types = new Set<string>();
  for await (const event of client.messages.send(conversation.id, 'Hello?')) {
    types.add(event.type);
    if (event.type === 'chunk') answer += event.content;
  }

  const reason = (error: unknown): string =>
    error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const refused = await client.conversations.get('conv-1').then(() => 'found', reason);
  const leaving = new AbortController();
  const following = (async () => {
    for await (const event of client.messages.send(conversation.id, 'And?', { signal: leaving.signal })) {
      if (event.type === 'start') leaving.abort('left');
    }
    return 'heard';
  })();
  return { answer, types: [...types], realtime, refused, left: await following.catch(reason) };
}
