import type { AuditEvent } from '@cloudtolocalllm/sdk';
import { SCOPES, type Scope } from './key-draft.ts';

/** What an event's note says, apart: the relay writes it in English and with ids. */
export type AuditNote = { name?: string; bridgeId?: string; scopes?: readonly Scope[]; text?: string };

export function readNote({ action, note }: Pick<AuditEvent, 'action' | 'note'>): AuditNote {
  if (note === undefined) return {};
  if (action === 'proxy_created') {
    const [, name, bridgeId] = /^(?:(.*), )?for (bridge-[0-9a-f-]{36})$/s.exec(note) ?? [];
    if (bridgeId !== undefined) return { bridgeId, ...(name !== undefined && { name }) };
  }
  if (action === 'key_created') {
    const [, name, list = ''] = /^(.*): ([a-z:, ]+)$/s.exec(note) ?? [];
    const scopes = list.split(', ').filter(isScope);
    if (name !== undefined && scopes.length > 0) return { name, scopes };
  }
  if (action === 'key_revoked') return { name: note };
  return { text: note };
}

/** What keys and proxies are called, as far as these events tell: the end of a proxy is written down without its name. */
export function namesIn(events: readonly AuditEvent[]): ReadonlyMap<string, string> {
  return new Map(
    events.flatMap((event) => {
      const { name } = readNote(event);
      return name === undefined || event.target === undefined ? [] : [[event.target, name] as const];
    }),
  );
}

function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text); // as: only to ask whether it is one of them
}
