/** Far above any key set or discovery document. */
export const MAX_ANSWER_BYTES = 256 * 1024;

/**
 * `fetch` for what the relay reads of an issuer: redirects refused, the answer's size bounded, nothing sent but the
 * request. The answer is in memory when it resolves.
 * @throws Error saying what the address answered instead of a document.
 */
export async function fetchFromIssuer(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'manual', credentials: 'omit' });
  if (response.status !== 200) {
    await response.body?.cancel();
    const isRedirect = response.status >= 300 && response.status < 400;
    throw new Error(
      `${url} answered ${response.status}${isRedirect ? ', a redirect, which is not followed' : ' instead of 200'}`,
    );
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the rest.
  for await (const part of response.body ?? []) {
    length += part.byteLength;
    if (length > MAX_ANSWER_BYTES) throw new Error(`${url} answered more than ${MAX_ANSWER_BYTES} bytes`);
    parts.push(part);
  }
  return new Response(Buffer.concat(parts), { status: 200, headers: response.headers });
}
