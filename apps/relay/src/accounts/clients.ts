/** The audience of every access token for this API, as specified. */
export const API_AUDIENCE = 'cloudtolocalllm-api';

/** The programs that sign people in, both without a secret: one runs in browsers, one on everybody's computer. */
export const CLIENTS = {
  web: { id: 'cloudtolocalllm-web', name: 'CloudToLocalLLM web app' },
  bridge: { id: 'cloudtolocalllm-bridge', name: 'CloudToLocalLLM bridge' },
} as const;
