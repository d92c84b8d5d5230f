/** A request before it is written down; every part of it may be changed. */
export interface RequestDraft {
  method: string;
  target: string;
  /** Latin-1: each character is a byte. */
  headers: [name: string, value: string][];
  body: Buffer;
  /** What stands between lines. */
  lineEnd: string;
  version: string;
  /** Its end may be unclear, so that a server may wait for more. */
  mayWait: boolean;
  /** Without a good token it is refused. */
  needsToken: boolean;
  /** Its token says what nobody signed. */
  isForged: boolean;
}

/** The bytes of a request as it goes over the wire. */
export function writeDraft({ method, target, version, headers, lineEnd, body }: RequestDraft): Buffer {
  const lines = [`${method} ${target} ${version}`, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''];
  return Buffer.concat([Buffer.from(lines.join(lineEnd), 'latin1'), body]);
}

export function headerOf(draft: RequestDraft, name: string): string | undefined {
  return draft.headers.find(([known]) => known.toLowerCase() === name)?.[1];
}

/** Replaces a header, or adds it. */
export function setHeader(draft: RequestDraft, name: string, value: string): void {
  draft.headers = draft.headers.filter(([known]) => known.toLowerCase() !== name);
  draft.headers.push([name, value]);
}

/** Replaces the body; its length is told honestly. */
export function setBody(draft: RequestDraft, body: Buffer): void {
  draft.body = body;
  setHeader(draft, 'content-length', String(body.length));
}
