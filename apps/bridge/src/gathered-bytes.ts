/** A Buffer takes more than a hundred bytes beside its content: pieces below this are joined. */
const SMALL_BYTES = 4 * 1024;
const MIN_BLOCK_BYTES = 1024;
const MAX_BLOCK_BYTES = 64 * 1024;
/** A view that is kept pins all that it lies in: one this much smaller is copied. */
const COPY_BELOW = 4;

/** Bytes that are kept until all of them are there: however small the pieces are in which they come, they take little more memory than their number. */
export class GatheredBytes {
  readonly #blocks: Buffer[] = [];
  /** Of the last block, when small pieces are joined in it. */
  #room: Buffer | undefined;
  #used = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The piece must not be changed afterwards. */
  push(piece: Buffer): void {
    this.#length += piece.length;
    if (piece.length >= SMALL_BYTES) {
      this.#close();
      this.#blocks.push(piece.length * COPY_BELOW < piece.buffer.byteLength ? Buffer.from(piece) : piece);
      return;
    }
    if (this.#room === undefined || this.#used + piece.length > this.#room.length) {
      this.#close();
      const wanted = Math.max(MIN_BLOCK_BYTES, piece.length, Math.min(this.#length, MAX_BLOCK_BYTES));
      this.#room = Buffer.allocUnsafeSlow(wanted);
      this.#used = 0;
    }
    piece.copy(this.#room, this.#used);
    this.#used += piece.length;
  }

  /** All of them in one; the only block as it is. */
  whole(): Buffer {
    const blocks = this.blocks();
    return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks, this.#length); // one block is there
  }

  /** All of them in their order. */
  blocks(): readonly Buffer[] {
    return this.#room === undefined ? this.#blocks : [...this.#blocks, this.#room.subarray(0, this.#used)];
  }

  #close(): void {
    if (this.#room !== undefined) this.#blocks.push(this.#room.subarray(0, this.#used));
    this.#room = undefined;
  }
}
