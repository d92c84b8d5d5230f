import type { DemoModel } from './demo-model.ts';
import type { Engine } from './engine.ts';
import type { Exchange } from './exchange.ts';
import { textField, textsField } from './fields.ts';
import { readJsonBody } from './json-body.ts';
import { readKeepAlive } from './keep-alive.ts';
import { CONTEXT_SIZE } from './loaded-model.ts';
import { sendJson } from './respond.ts';
import type { ModelDescription } from './write-model.ts';

/** The Ollama whose API this follows. */
const API_VERSION = '0.24.0';
/** Ollama's way of writing "never" for a model that stays loaded. */
const NEVER = '2318-01-01T00:00:00Z';
const LABEL =
  'This is the demo model of CloudToLocalLLM: a real engine (llama.cpp) that says one known sentence, whatever it is asked. ' +
  'It is not a language model. Run Ollama to talk to a real one.';

/** `GET /api/version` */
export function handleVersion({ response }: Exchange): void {
  sendJson(response, { version: API_VERSION, demo: true });
}

/** `GET /api/tags` */
export function handleTags({ engine, response }: Exchange): void {
  sendJson(response, {
    models: engine.models.map((model) =>
      Object.assign(summary(engine, model), { modified_at: model.modifiedAt.toISOString() }),
    ),
  });
}

/** `GET /api/ps`: the models in memory. `active`, the generations running, is ours alone. */
export function handlePs({ engine, response }: Exchange): void {
  const models = engine.models.filter((model) => model.loaded);
  sendJson(response, {
    models: models.map((model) =>
      Object.assign(summary(engine, model), {
        expires_at: model.expiresAt?.toISOString() ?? NEVER,
        size_vram: 0,
        context_length: CONTEXT_SIZE,
        active: model.active,
      }),
    ),
  });
}

/** `POST /api/show` */
export async function handleShow({ engine, request, response }: Exchange): Promise<void> {
  const body = await readJsonBody(request);
  const model = engine.find(textField(body, 'model') || textField(body, 'name'));
  const { chatTemplate, modelInfo } = engine.description;
  sendJson(response, {
    license: `MIT. ${LABEL}`,
    modelfile: `# ${LABEL}\nFROM ${model.path}\nTEMPLATE """${chatTemplate}"""\n`,
    parameters: '',
    template: chatTemplate,
    details: details(engine.description),
    model_info: modelInfo,
    capabilities: ['completion'],
    modified_at: model.modifiedAt.toISOString(),
  });
}

/** `POST /api/embed` */
export async function handleEmbed({ engine, request, response }: Exchange): Promise<void> {
  const startedAt = performance.now();
  const body = await readJsonBody(request);
  const name = textField(body, 'model');
  const embeddings = await engine.find(name).embed(textsField(body, 'input'), readKeepAlive(body));
  sendJson(response, {
    model: name,
    embeddings: embeddings.map(({ vector }) => vector),
    total_duration: Math.round((performance.now() - startedAt) * 1e6),
    load_duration: 0,
    prompt_eval_count: embeddings.reduce((sum, { tokens }) => sum + tokens, 0),
  });
}

/** `POST /api/embeddings`, which `/api/embed` superseded. */
export async function handleEmbeddings({ engine, request, response }: Exchange): Promise<void> {
  const body = await readJsonBody(request);
  const model = engine.find(textField(body, 'model'));
  const prompt = textField(body, 'prompt');
  const [embedding] = await model.embed(prompt ? [prompt] : [], readKeepAlive(body));
  sendJson(response, { embedding: embedding?.vector ?? [] });
}

function summary({ description }: Engine, { name, sizeBytes, digest }: DemoModel) {
  return { name, model: name, size: sizeBytes, digest, details: details(description) };
}

function details({ parameterCount }: ModelDescription) {
  return {
    parent_model: '',
    format: 'gguf',
    family: 'llama',
    families: ['llama'],
    parameter_size: `${(parameterCount / 1_000).toFixed(2)}K`,
    quantization_level: 'F32',
  };
}
