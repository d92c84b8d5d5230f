import type { KoaContextWithOIDC } from 'oidc-provider';

/** Long enough to know one's own program by. */
const MAX_PROGRAM_LENGTH = 120;

/** What is kept with a code of the device flow: where and by what it was asked for. */
export interface DeviceRequest {
  address: string;
  /** As the program calls itself. */
  program: string | undefined;
}

/** From the request that asks for a code. */
export function deviceRequest(context: KoaContextWithOIDC): Record<keyof DeviceRequest, string | undefined> {
  const program = context
    .get('user-agent')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
    .trim();
  return { address: context.ip, program: program === '' ? undefined : cut(program) };
}

/** From what the issuer has kept; codes of an older version of the relay say nothing. */
export function readDeviceRequest(kept: Record<string, unknown> | undefined): DeviceRequest {
  const { address, program } = kept ?? {};
  return {
    address: typeof address === 'string' ? address : 'an unknown address',
    program: typeof program === 'string' ? program : undefined,
  };
}

function cut(text: string): string {
  return text.length > MAX_PROGRAM_LENGTH ? `${text.slice(0, MAX_PROGRAM_LENGTH)}…` : text;
}
