// Decodes a trace's text once, in the wasm, into the ring that all players read. Holds one chunk of text and nothing more.
import { Decoder, Problem, Ring } from "../../assembly/layout/trace.js";
import { address as unsigned, type Engine } from "../engine.js";
import { PageMirrorError } from "../error.js";
import { Status } from "../../assembly/layout/status.js";
import type { Thread } from "../thread.js";
import { openTrace, shownName } from "./source.js";

/** An instruction range that the device plays; `last` is inclusive. */
export interface OffloadRange { first: bigint; last: bigint }

const TEXT_BYTES = 2 << 20;
/** The decoder reads a little behind the text's end. */
const SLACK_BYTES = 64;
const NEWLINE = 0x0a;
const SHOWN_BYTES = 60;

const PROBLEMS: Record<Problem, string> = {
  [Problem.NONE]: "",
  [Problem.KIND]: 'is no record; expected "I  ", " L ", " S " or " M " with an address and a size, or chatter that begins with "==", "--" or "**"',
  [Problem.TRUNCATED]: "is cut off or malformed; expected ADDRESS,SIZE with a hexadecimal address and a decimal size",
  [Problem.TOO_WIDE]: "has too wide an address; expected at most 64 bits",
  [Problem.NOT_CANONICAL]: "reaches an address that is not canonical; expected bits 63 to 47 all equal",
  [Problem.SIZE]: "has a size that cannot be; expected 1 to 4095 bytes",
};

export class Feed {
  readonly ring: number;
  /** A word that the players share: pages on the device. */
  readonly resident: number;
  readonly #state: number;
  readonly #text: number;
  readonly #engine: Engine;
  /** The place of the ring that is being filled, 0 when none is claimed. */
  #batch = 0;
  #batches = 0;
  #held = 0;

  constructor(readonly thread: Thread, readonly name: string, offload: OffloadRange[], fetches: boolean, readonly readers: number,
    /** Sees each batch before the players do. */ readonly onBatch?: (at: number, count: number, firstPosition: number) => void) {
    this.#engine = thread.engine;
    this.ring = this.#take(Ring.BYTES);
    this.resident = this.#take(64);
    this.#state = this.#take(Decoder.BYTES);
    this.#text = this.#take(TEXT_BYTES + SLACK_BYTES);
    if (offload.length > Decoder.RANGES_MAX) throw new PageMirrorError("EINVAL", `${offload.length} offload ranges: expected at most ${Decoder.RANGES_MAX}`);
    this.#engine.setU32(this.#state + Decoder.FETCHES, fetches ? 1 : 0);
    this.#engine.setU32(this.#state + Decoder.RANGES, offload.length);
    offload.forEach(({ first, last }, i) => {
      this.#engine.setU64(this.#state + Decoder.RANGE_LO + 16 * i, first);
      this.#engine.setU64(this.#state + Decoder.RANGE_LO + 16 * i + 8, last);
    });
  }
  /** Bytes of workspace that a feed needs. */
  static readonly workspaceBytes = Ring.BYTES + Decoder.BYTES + TEXT_BYTES + SLACK_BYTES + 256;

  /** Accesses decoded so far. */
  get position(): number { return this.#batches * Ring.RECORDS + this.#engine.u32(this.#state + Decoder.FILLED); }
  /** Records read so far, by kind. */
  get records(): { I: number; L: number; S: number; M: number } {
    const [I, L, S, M] = [0, 1, 2, 3].map((kind) => Number(this.#engine.u64(this.#state + Decoder.COUNTS + 8 * kind)));
    return { I: I!, L: L!, S: S!, M: M! };
  }

  /** Reads the whole trace. EINVAL names the line that cannot be read. `signal` stops it early. */
  async run(signal: AbortSignal): Promise<void> {
    for await (const chunk of openTrace(this.name)) {
      for (let from = 0; from < chunk.length;) {
        const piece = chunk.subarray(from, from + TEXT_BYTES - this.#held);
        this.#hold(piece);
        from += piece.length;
        await this.#decodeHeld(signal);
      }
    }
    if (this.#held) { // a last line without its newline
      this.#hold(Uint8Array.of(NEWLINE));
      await this.#decodeHeld(signal);
    }
    if (Object.values(this.records).every((count) => count === 0))
      throw new PageMirrorError("EINVAL", `${shownName(this.name)}: no record in it; expected lines such as " L 1ffeffe7e,8" (valgrind --tool=lackey --trace-mem=yes)`);
    if (this.#engine.u32(this.#state + Decoder.FILLED)) this.#publish();
    this.#engine.wasm.ringEnd(this.ring);
  }

  #hold(piece: Uint8Array): void {
    this.#engine.setBytes(this.#text + this.#held, piece);
    this.#held += piece.length;
  }

  /** Decodes the whole lines of the text held, and moves what is left to the front. */
  async #decodeHeld(signal: AbortSignal): Promise<void> {
    const engine = this.#engine, end = this.#text + engine.lastByte(this.#text, this.#held, NEWLINE) + 1;
    if (end === this.#text && this.#held === TEXT_BYTES) throw this.#refuse(this.#line + 1, `is longer than ${TEXT_BYTES} bytes; expected a lackey trace`);
    for (let at = this.#text; at < end;) {
      this.#batch ||= await this.#claim(signal);
      at = unsigned(engine.wasm.decode(this.#state, this.#batch, at, end));
      const problem = engine.u32(this.#state + Decoder.PROBLEM) as Problem;
      if (problem) throw this.#refuse(this.#line, `"${this.#textAt(at)}" ${PROBLEMS[problem]}`);
      if (engine.u32(this.#state + Decoder.FILLED) === Ring.RECORDS) this.#publish();
    }
    const used = end - this.#text;
    engine.moveBytes(this.#text, end, this.#held - used);
    this.#held -= used;
  }

  /** Waits for the ring's next place: the slowest reader must be done with it. */
  async #claim(signal: AbortSignal): Promise<number> {
    const { thread } = this;
    while (thread.engine.wasm.ringClaim(thread.me, this.ring, this.readers) === Status.WAIT) {
      await thread.engine.sleepAsync(thread.waitAddress, thread.waitValue, 100);
      signal.throwIfAborted();
    }
    return thread.waitAddress;
  }
  #publish(): void {
    const count = this.#engine.u32(this.#state + Decoder.FILLED);
    this.onBatch?.(this.#batch, count, this.#batches * Ring.RECORDS);
    this.#engine.wasm.ringPublish(this.ring, count);
    this.#engine.setU32(this.#state + Decoder.FILLED, 0);
    this.#batches++;
    this.#batch = 0;
  }

  /** A line of the text held, as a message shows it. */
  #textAt(at: number): string {
    const bytes = this.#engine.bytes(at, SHOWN_BYTES + 1), length = bytes.indexOf(NEWLINE);
    const text = new TextDecoder().decode(bytes.subarray(0, length < 0 ? SHOWN_BYTES : length)).replace(/[^\x20-\x7e]/g, "?");
    return length < 0 ? `${text}…` : text;
  }
  #refuse(line: number, what: string): PageMirrorError {
    return new PageMirrorError("EINVAL", `${shownName(this.name)}, line ${line}: ${what}`);
  }
  get #line(): number { return Number(this.#engine.u64(this.#state + Decoder.LINE)); }
  #take(bytes: number): number {
    const at = unsigned(this.#engine.wasm.workspaceTake(this.thread.me, bytes));
    if (!at) throw new PageMirrorError("ENOSPC", `a replay needs ${Feed.workspaceBytes} bytes of workspace: create the engine with more`);
    return at;
  }
}
