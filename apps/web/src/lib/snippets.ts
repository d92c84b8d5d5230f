import { baseUrls, type ApiKey, type BaseUrls } from '@cloudtolocalllm/sdk';

export type SnippetSource = {
  addresses: BaseUrls;
  /** Stands in the place of the secret. */
  secret: string;
  model: string;
};

/** Programs that a person may want to connect, in the order in which they are offered. */
export const PROGRAMS = ['curl', 'python', 'typescript', 'ollama', 'anthropic', 'continue', 'open-webui'] as const;
export type Program = (typeof PROGRAMS)[number];

/** One piece to copy; `title` is a language or where it goes, the same in every language. */
export type SnippetText = { title: string; text: string };

/** What stands where the secret is not known any more. */
export const KEY_PLACEHOLDER = 'YOUR_API_KEY';
export const TOKEN_PLACEHOLDER = 'YOUR_PROXY_TOKEN';
/** When there is no computer yet. */
export const EXAMPLE_MODEL = 'llama3.2';

/** The addresses of a relay's gateway: Ollama's API is in a folder of its own there. */
export function gatewayAddresses(origin: string): BaseUrls {
  const addresses = baseUrls(origin);
  return { ...addresses, ollamaHost: `${addresses.ollamaHost}/ollama` };
}

const QUESTION = 'Why is the sky blue?';

/** What to paste into a program so that it asks the person's own model. */
export function programSnippets(program: Program, { addresses, secret, model: name }: SnippetSource): SnippetText[] {
  const { openAIBaseUrl, anthropicBaseUrl, ollamaHost } = addresses;
  // Names of models are the computer's own: none may end the string that it stands in.
  const model = JSON.stringify(name);
  const messages = `[{"role": "user", "content": "${QUESTION}"}]`;
  switch (program) {
    case 'curl': {
      const body = shellQuoted(`{
    "model": ${model},
    "stream": true,
    "messages": ${messages}
  }`);
      const text = `curl -N ${openAIBaseUrl}/chat/completions \\
  -H "Authorization: Bearer ${secret}" \\
  -H "Content-Type: application/json" \\
  -d ${body}`;
      return [{ title: 'curl', text }];
    }
    case 'python':
      return [
        { title: 'Terminal', text: 'pip install openai' },
        {
          title: 'Python',
          text: `from openai import OpenAI

client = OpenAI(
    base_url="${openAIBaseUrl}",
    api_key="${secret}",
)
stream = client.chat.completions.create(
    model=${model},
    messages=${messages},
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)`,
        },
      ];
    case 'typescript':
      return [
        { title: 'Terminal', text: 'npm install openai' },
        {
          title: 'TypeScript',
          text: `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${openAIBaseUrl}',
  apiKey: '${secret}',
});
const stream = await client.chat.completions.create({
  model: ${model},
  messages: [{ role: 'user', content: '${QUESTION}' }],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');`,
        },
      ];
    case 'ollama':
      return [
        {
          title: 'Python · pip install ollama',
          text: `from ollama import Client

client = Client(
    host="${ollamaHost}",
    headers={"Authorization": "Bearer ${secret}"},
)
for part in client.chat(
    model=${model},
    messages=${messages},
    stream=True,
):
    print(part.message.content, end="", flush=True)`,
        },
        {
          title: 'TypeScript · npm install ollama',
          text: `import { Ollama } from 'ollama';

const ollama = new Ollama({
  host: '${ollamaHost}',
  headers: { Authorization: 'Bearer ${secret}' },
});
const stream = await ollama.chat({
  model: ${model},
  messages: [{ role: 'user', content: '${QUESTION}' }],
  stream: true,
});
for await (const part of stream) process.stdout.write(part.message.content);`,
        },
      ];
    case 'anthropic':
      return [
        { title: 'Terminal', text: 'npm install @anthropic-ai/sdk' },
        {
          title: 'TypeScript',
          text: `import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({
  baseURL: '${anthropicBaseUrl}',
  apiKey: '${secret}',
});
const stream = client.messages.stream({
  model: ${model},
  max_tokens: 1024,
  messages: [{ role: 'user', content: '${QUESTION}' }],
});
stream.on('text', (text) => process.stdout.write(text));
await stream.finalMessage();`,
        },
      ];
    case 'continue':
      return [
        {
          title: '~/.continue/config.yaml',
          text: `name: At home
version: 1.0.0
schema: v1
models:
  - name: At home
    provider: openai
    model: ${model}
    apiBase: ${openAIBaseUrl}
    apiKey: ${secret}
    roles: [chat, edit]`,
        },
      ];
    case 'open-webui':
      return [
        {
          title: 'Docker',
          text: `docker run -d -p 8080:8080 \\
  -e OPENAI_API_BASE_URL=${openAIBaseUrl} \\
  -e OPENAI_API_KEY=${secret} \\
  -e ENABLE_OLLAMA_API=false \\
  -v open-webui:/app/backend/data \\
  ghcr.io/open-webui/open-webui:main`,
        },
      ];
  }
}

/** What a key without the scope `inference` is good for: one call of the relay's own API for each of its scopes. */
export function apiSnippets(scopes: ApiKey['scopes'], origin: string, secret: string): SnippetText[] {
  return scopes.flatMap((scope) => {
    const path = API_PATHS[scope];
    return path === undefined
      ? []
      : [{ title: 'curl', text: `curl ${origin}${path} \\\n  -H "Authorization: Bearer ${secret}"` }];
  });
}

const API_PATHS: Record<ApiKey['scopes'][number], string | undefined> = {
  inference: undefined,
  chat: '/api/chat/conversations',
  'bridges:read': '/api/models',
  proxies: '/api/streaming/proxy',
};

/** For POSIX shells. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
