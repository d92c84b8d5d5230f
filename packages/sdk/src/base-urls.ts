/** Where each kind of client finds its API below one endpoint. */
export type BaseUrls = {
  /** `baseURL` of the `openai` package, `OPENAI_BASE_URL` of others. */
  openAIBaseUrl: string;
  /** `baseURL` of the `@anthropic-ai/sdk` package, `ANTHROPIC_BASE_URL` of others: they add `/v1` themselves. */
  anthropicBaseUrl: string;
  /** `host` of the `ollama` package, `OLLAMA_HOST` of others. */
  ollamaHost: string;
};

/** The addresses behind the endpoint of a proxy. Their key is the proxy's token. */
export function baseUrls(endpoint: string): BaseUrls {
  const base = endpoint.replace(/\/+$/, '');
  return { openAIBaseUrl: `${base}/v1`, anthropicBaseUrl: base, ollamaHost: base };
}
