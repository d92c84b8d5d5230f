import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuditEvent } from '@cloudtolocalllm/sdk';
import { namesIn, readNote } from './audit-notes.ts';

const BRIDGE = 'bridge-5f0c2a9e-1d7b-4c3e-9a86-2b41f7d0e6c8';

describe("an event's note", () => {
  it('tells the name and the computer of a proxy', () => {
    const note = `For Ada, this afternoon, for ${BRIDGE}`;
    assert.deepEqual(readNote({ action: 'proxy_created', note }), {
      name: 'For Ada, this afternoon',
      bridgeId: BRIDGE,
    });
    assert.deepEqual(readNote({ action: 'proxy_created', note: `for ${BRIDGE}` }), { bridgeId: BRIDGE });
  });

  it('tells the name and the scopes of a key', () => {
    assert.deepEqual(readNote({ action: 'key_created', note: 'Work: laptop: inference, bridges:read' }), {
      name: 'Work: laptop',
      scopes: ['inference', 'bridges:read'],
    });
    assert.deepEqual(readNote({ action: 'key_revoked', note: 'Laptop' }), { name: 'Laptop' });
  });

  it('is shown as it is when it is of another form', () => {
    assert.deepEqual(readNote({ action: 'proxy_created', note: 'something new' }), { text: 'something new' });
    assert.deepEqual(readNote({ action: 'bridge_renamed', note: 'a -> b' }), { text: 'a -> b' });
    assert.deepEqual(readNote({ action: 'signed_in' }), {});
  });

  it('of the beginning gives a name to the end', () => {
    const at = { timestamp: '2026-01-01T00:00:00.000Z', target: 'proxy-1' };
    const events: AuditEvent[] = [
      { ...at, id: 'event-2', action: 'proxy_ended', note: 'deleted' },
      { ...at, id: 'event-1', action: 'proxy_created', note: `For Ada, for ${BRIDGE}` },
    ];
    assert.equal(namesIn(events).get('proxy-1'), 'For Ada');
  });
});
