// Asks a question and prints the answer as it comes. Cut the network meanwhile: it goes on where it was.
import { connect, MODEL } from './connect.ts';

const relay = connect();

const conversation = await relay.conversations.create({ model: MODEL });
const answer = relay.messages.send(conversation.id, 'Why is the sky blue?', {
  onConnection: (state) => console.error(`the connection is ${state}`),
});
for await (const event of answer) {
  if (event.type === 'chunk') process.stdout.write(event.content);
  if (event.type === 'replace') process.stdout.write(`\n${event.content}`);
  if (event.type === 'complete') console.log(`\n${event.totalTokens} tokens`);
  if (event.type === 'error') console.log(`\n${event.message}`);
}
