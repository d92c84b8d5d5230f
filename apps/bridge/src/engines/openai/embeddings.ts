import { AnswerFault } from './event-reader.ts';
import { errorText } from './ollama-lines.ts';
import { countOf, fieldsOf, isFields, parsedFields } from './record.ts';

/** Ollama's answer to `/api/embed`, or to the older `/api/embeddings`, made of OpenAI's. Throws AnswerFault. */
export function ollamaEmbeddings(text: string, shape: 'embed' | 'embeddings', model: string): string {
  const fields = parsedFields(text);
  if (fields?.['error'] !== undefined && fields['error'] !== null) throw new AnswerFault(errorText(fields['error']));
  const data = fields?.['data'];
  if (!Array.isArray(data)) throw new AnswerFault('The engine answered with something that is no list of embeddings.');
  const embeddings = data.map((one: unknown) => {
    const embedding = isFields(one) ? one['embedding'] : undefined;
    if (!Array.isArray(embedding)) throw new AnswerFault('The engine answered with something that is no embedding.');
    return embedding as unknown[]; // as: what is in it is told as it is
  });
  if (shape === 'embeddings') return JSON.stringify({ embedding: embeddings[0] ?? [] });
  const tokens = countOf(fieldsOf(fields?.['usage'])['prompt_tokens']);
  return JSON.stringify({ model, embeddings, ...(tokens !== undefined && { prompt_eval_count: tokens }) });
}
