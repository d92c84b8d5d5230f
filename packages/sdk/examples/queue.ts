// Leaves a question for a computer that may be switched off, and waits for the answer.
import { connect, MODEL } from './connect.ts';

const relay = connect();

const [computer] = await relay.bridges.list();
if (computer === undefined) throw new Error('You have no computers yet.');

const question = { model: MODEL, messages: [{ role: 'user' as const, content: 'Good morning?' }] };
const { messageId, status } = await relay.queue.send(computer.bridgeId, question, { expiresIn: 3600 });
console.log(`${status}; ${computer.name} is ${computer.status}`);

for await (const event of relay.queue.events(computer.bridgeId, messageId)) {
  if (event.type === 'chunk') process.stdout.write(event.content);
}
console.log(`\n${(await relay.queue.get(computer.bridgeId, messageId)).status}`);
