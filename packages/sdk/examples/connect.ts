import { createClient, type Client } from '@cloudtolocalllm/sdk';

/** A model that one of your computers has. */
export const { MODEL = 'llama3.2:1b' } = process.env;

/** The relay at RELAY_URL, with the API key or access token in TOKEN. */
export function connect(): Client {
  const { RELAY_URL, TOKEN } = process.env;
  if (RELAY_URL === undefined || TOKEN === undefined) throw new Error('Set RELAY_URL and TOKEN, please.');
  return createClient({ baseUrl: RELAY_URL, token: TOKEN });
}
