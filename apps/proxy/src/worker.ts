import {
  CONTROL_MESSAGE,
  decodeFrames,
  encodeControl,
  encodeReset,
  FRAME,
  FRAME_HEADER_BYTES,
  MESSAGE,
  ProtocolError,
  ReceivedCount,
  RESET_CODES,
  WORKER_VERSION,
  type Configure,
  type FrameVisitor,
  type StreamMessageVisitor,
  type WorkerReport,
} from '@cloudtolocalllm/protocol/worker';
import { FiguresReport } from './figures-report.ts';
import { filterFrames, type FrameJudge } from './frame-filter.ts';
import { Gate, type Refusal } from './gate.ts';
import { Side, type OpenSocket } from './side.ts';

export interface WorkerOptions {
  clientSide: OpenSocket;
  bridgeSide: OpenSocket;
  /** A side was closed, or sent what it may not (`error`). May be called again. */
  ended(error?: ProtocolError): void;
}

/**
 * Stands in the middle of a link: passes frames on as they come, and drops or adds some where a limit of its proxy says
 * so. What it adds changes the number of messages, so each side is acknowledged here and not by the other one.
 */
export class Worker {
  readonly #clientSide: Side;
  readonly #bridgeSide: Side;
  readonly #gate = new Gate();
  readonly #report = new FiguresReport(this.#gate.figures, (figures) => this.#tell({ type: 'figures', figures }));
  /** RESETs that go to where the message that is looked at goes, behind it. */
  #behind: Buffer[] = [];

  constructor({ clientSide, bridgeSide, ended }: WorkerOptions) {
    this.#clientSide = new Side({
      open: clientSide,
      message: this.#passing(
        () => this.#bridgeSide,
        this.#judgeClient,
        (ack) => this.#clientSide.outlet.send(ack),
      ),
      read: () => this.#afterRead(),
      isHeld: () => this.#holds(this.#bridgeSide),
      drained: () => this.#resume(),
      ended,
    });
    this.#bridgeSide = new Side({
      open: bridgeSide,
      message: this.#passing(
        () => this.#clientSide,
        this.#judgeBridge,
        (ack) => this.#bridgeSide.outlet.send(ack),
      ),
      read: () => this.#afterRead(),
      isHeld: () => this.#holds(this.#clientSide),
      drained: () => this.#resume(),
      ended,
    });
    this.#tell({ type: 'ready', version: WORKER_VERSION });
  }

  /** Visits the messages of one side, for the other one. */
  #passing(to: () => Side, judge: FrameJudge, acknowledge: (ack: Buffer) => void): StreamMessageVisitor {
    const received = new ReceivedCount({ sendAck: acknowledge });
    return (bytes, start, end) => {
      const kind = bytes[start];
      if (kind === MESSAGE.frames) {
        received.add(end - start);
        const { outlet } = to();
        const remainder = filterFrames(bytes, start, end, judge);
        if (remainder === 'all') outlet.pass(bytes, start, end);
        else if (remainder !== 'nothing') outlet.sendFramed(remainder);
        if (this.#behind.length === 0) return;
        for (const message of this.#behind) outlet.send(message);
        this.#behind = [];
      } else if (kind === CONTROL_MESSAGE && to() === this.#bridgeSide) {
        this.#configure(bytes.toString('utf8', start + 1, end));
      } else if (kind !== MESSAGE.ack) {
        throw new ProtocolError(`message kind ${kind} is not for a proxy`);
      }
    };
  }

  #configure(json: string): void {
    const { limits, figuresEveryMs } = parseConfigure(json);
    this.#gate.configure(limits);
    this.#report.configure(figuresEveryMs);
  }

  #tell(report: WorkerReport): void {
    this.#clientSide.outlet.send(encodeControl(CONTROL_MESSAGE, report));
  }

  readonly #judgeClient: FrameJudge = (type, id, bytes, start, end) => {
    const gate = this.#gate;
    if (type === FRAME.open) return this.#opens(bytes, start, end);
    const passing = gate.find(id);
    if (passing === undefined) return false;
    switch (type) {
      case FRAME.data:
        gate.figures.bytesIn += end - start;
        return true;
      case FRAME.end:
        gate.clientDone(passing);
        return true;
      case FRAME.window:
        return true;
      case FRAME.reset:
        gate.broken(passing, resetCode(bytes, start, end) !== RESET_CODES.cancelled);
        return true;
      default:
        throw new ProtocolError(`frame type ${type} is not for a client to send`);
    }
  };

  readonly #judgeBridge: FrameJudge = (type, id, bytes, start, end) => {
    const gate = this.#gate;
    const passing = gate.find(id);
    if (passing === undefined) return false;
    switch (type) {
      case FRAME.data:
        if (gate.answerData(passing, bytes, start, end)) return true;
        this.#behind.push(reset(id, gate.tokensUsedUp));
        this.#bridgeSide.outlet.send(reset(id, { code: RESET_CODES.cancelled, reason: gate.tokensUsedUp.reason }));
        gate.broken(passing, true);
        return false;
      case FRAME.window:
        return true;
      case FRAME.end:
        gate.bridgeDone(passing);
        return true;
      case FRAME.head:
        decodeFrames(frameAlone(bytes, start, end), {
          ...NO_FRAMES,
          onHead: (_id, status, headers) => gate.head(passing, status, headers),
        });
        return true;
      case FRAME.reset:
        gate.broken(passing, true);
        return true;
      default:
        throw new ProtocolError(`frame type ${type} is not for a bridge to send`);
    }
  };

  #opens(bytes: Buffer, start: number, end: number): boolean {
    let isLetThrough = true;
    decodeFrames(frameAlone(bytes, start, end), {
      ...NO_FRAMES,
      onOpen: (id, request) => {
        const refusal = this.#gate.open(id, request);
        if (refusal === undefined) return;
        isLetThrough = false;
        this.#clientSide.outlet.send(reset(id, refusal));
      },
    });
    return isLetThrough;
  }

  /** False: what was read is more than the other sides take at the moment. Refusals go back where requests come from. */
  #afterRead(): boolean {
    this.#clientSide.outlet.flush();
    this.#bridgeSide.outlet.flush();
    this.#report.changed(this.#gate.takeEmptied());
    return !this.#isFull;
  }

  get #isFull(): boolean {
    return this.#clientSide.outlet.isFull || this.#bridgeSide.outlet.isFull;
  }

  #resume(): void {
    if (this.#isFull) return;
    this.#clientSide.resume();
    this.#bridgeSide.resume();
  }

  /** Side is undefined while the worker is being made. */
  #holds(side: Side | undefined): boolean {
    if (side === undefined) return false;
    side.outlet.flush();
    return !side.outlet.isIdle;
  }
}

const NO_FRAMES: FrameVisitor = { onOpen() {}, onHead() {}, onData() {}, onEnd() {}, onReset() {}, onWindow() {} };

/** A frame as a message of its own, whose first byte nobody looks at: `decodeFrames` checks all of it. */
function frameAlone(bytes: Buffer, payloadStart: number, payloadEnd: number): Buffer {
  return bytes.subarray(payloadStart - FRAME_HEADER_BYTES - 1, payloadEnd);
}

function parseConfigure(json: string): Configure {
  try {
    return JSON.parse(json) as Configure; // as: it is the relay that made this process who says it
  } catch {
    throw new ProtocolError('a control message that is not JSON');
  }
}

function resetCode(bytes: Buffer, start: number, end: number): number {
  if (end - start < 2) throw new ProtocolError(`RESET of ${end - start} bytes`);
  return bytes.readUInt16BE(start);
}

function reset(id: number, { code, reason }: Refusal): Buffer {
  return Buffer.concat([Buffer.of(MESSAGE.frames), encodeReset(id, code, reason)]);
}
