import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { LinkBudget } from './budget.ts';
import { MESSAGE, WINDOW_FRAME_BYTES, writeWindow } from './frames.ts';
import { encodeAck } from './handshake.ts';
import { Link, type LinkSocket } from './link.ts';

const BODY_BYTES = 60_000;

/** A socket that holds what it is given, as one with a full buffer does, until it is told that it was written. */
class HoldingSocket implements LinkSocket {
  readonly bufferedAmount = 0;
  readonly held: { message: Buffer; copy: Buffer; written: () => void }[] = [];
  send(message: Buffer | string, written?: () => void): void {
    if (typeof message !== 'string' && message[0] === MESSAGE.frames) {
      this.held.push({ message, copy: Buffer.from(message), written: written! }); // a link always gives one for frames
    }
  }
  close(): void {}
  /** What it would send now is what it was given. */
  unchanged(): boolean {
    return this.held.every(({ message, copy }) => message.equals(copy));
  }
}

function startLink(): { link: Link; body(fill: number): Promise<void> } {
  const link = new Link({ session: crypto.randomUUID(), budget: new LinkBudget() });
  const exchange = link.open({ method: 'POST', path: '/', headers: [] }, { data() {}, end() {}, reset() {} });
  const window = Buffer.alloc(1 + WINDOW_FRAME_BYTES, MESSAGE.frames);
  writeWindow(window, 1, exchange.id, 1e9);
  link.receive(window);
  return {
    link,
    async body(fill) {
      exchange.write(Buffer.alloc(BODY_BYTES, fill));
      await turn();
    },
  };
}

describe('reused message buffers', () => {
  it('are not overwritten while a socket still holds them, whatever the peer acknowledges', async () => {
    const { link, body } = startLink();
    const socket = new HoldingSocket();
    link.attach(socket, 0);
    await body(1);
    link.receive(encodeAck(1)); // a lie: nothing has left the buffer yet
    for (let fill = 2; fill < 6; fill++) await body(fill);
    assert.equal(socket.held.length, 5);
    assert.ok(socket.unchanged());
  });

  it('are reused once they were written and acknowledged, in either order', async () => {
    for (const acknowledgedFirst of [true, false]) {
      const { link, body } = startLink();
      const socket = new HoldingSocket();
      link.attach(socket, 0);
      await body(1);
      const { message, written } = socket.held[0]!; // sent above
      if (acknowledgedFirst) link.receive(encodeAck(1));
      written();
      if (!acknowledgedFirst) link.receive(encodeAck(1));
      // The slab that was begun meanwhile is filled first.
      await body(2);
      await body(3);
      assert.ok(socket.held.slice(1).some((later) => later.message.buffer === message.buffer));
    }
  });

  it('are never reused when they were replayed: the old socket may hold them', async () => {
    const { link, body } = startLink();
    const old = new HoldingSocket();
    link.attach(old, 0);
    await body(1);
    link.detach();
    const next = new HoldingSocket();
    link.attach(next, 0);
    await body(2);
    link.receive(encodeAck(2)); // both, before any was written
    next.held[0]?.written(); // only the replayed one
    for (let fill = 3; fill < 7; fill++) await body(fill);
    assert.ok(old.unchanged());
    assert.ok(next.unchanged());
  });
});
