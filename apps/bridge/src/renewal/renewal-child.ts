import { text } from 'node:stream/consumers';
import { BridgeError } from '../bridge-error.ts';
import { readConfig } from '../config.ts';
import { type RenewalRequest, renewTokens, signInError } from '../issuer.ts';
import { useProxies } from '../network/outbound.ts';
import type { RenewalAnswer } from './renew-in-child.ts';

/** Reads one request from the standard input, asks the issuer, answers on the standard output. */
export async function renewalChild(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  // Ctrl-C and a service manager reach this process too: between the issuer and the parent the only tokens would be lost.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  useProxies(readConfig(env).proxies);
  // as: nobody but `renewInChild` starts this process
  const request = JSON.parse(await text(process.stdin)) as RenewalRequest;
  process.stdout.write(JSON.stringify(await carryOut(request)));
}

async function carryOut(request: RenewalRequest): Promise<RenewalAnswer> {
  try {
    return { tokens: await renewTokens(request) };
  } catch (error) {
    const known = await signInError(error, request.issuer);
    const message = known instanceof Error ? known.message : String(known);
    return known instanceof BridgeError ? { signedOut: message } : { trouble: message };
  }
}
