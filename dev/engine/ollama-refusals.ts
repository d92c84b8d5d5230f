import { EngineError } from './engine-error.ts';
import type { Exchange } from './exchange.ts';
import { booleanField, textField } from './fields.ts';
import { readJsonBody } from './json-body.ts';
import { ollamaError, sendJson } from './respond.ts';

const NO_REGISTRY = 'pull model manifest: the demo engine has no registry. Run Ollama to pull models';

/** `POST /api/pull`: fails as Ollama does for what its registry does not have, in the stream. */
export async function handlePull({ request, response }: Exchange): Promise<void> {
  const body = await readJsonBody(request);
  if (!(textField(body, 'model') || textField(body, 'name'))) throw new EngineError('bad-request', 'model is required');
  const error = ollamaError({ status: 500, message: NO_REGISTRY });
  if (booleanField(body, 'stream') === false) return sendJson(response, error, 500);
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.end(`${JSON.stringify({ status: 'pulling manifest' })}\n${JSON.stringify(error)}\n`);
}

/** `DELETE /api/delete`: the demo models are made anew at each start, so they stay. */
export async function handleDelete({ engine, request }: Exchange): Promise<void> {
  const body = await readJsonBody(request);
  const model = engine.find(textField(body, 'model') || textField(body, 'name'));
  throw new EngineError('bad-request', `the demo engine keeps its models: ${model.name} is not deleted`);
}
