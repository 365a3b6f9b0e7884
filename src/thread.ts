// A registered thread: its slot, what the last verb answered, and how it waits.
import { Header, HeldBack, Slot } from "../assembly/layout/arena.js";
import { Spaces } from "../assembly/layout/space.js";
import { Status } from "../assembly/layout/status.js";
import { PageMirrorError, hex, statusError } from "./error.js";
import { checkInstance } from "./handle.js";
import { Engine, address, type AuditResult } from "./engine.js";

/** How long a wait may take before it is reported instead of repeated. Protocol waits are microseconds; a dead thread's, for ever. */
const PATIENCE_MS = 30_000;
const SLICE_MS = 500;
const HELD_BACK_ROUNDS = 16;

export class Thread {
  /** The state word of the slot while it is this thread's. */
  readonly #state: number;

  private constructor(readonly engine: Engine, /** The slot's address: first argument of every verb. */ readonly me: number) {
    this.#state = engine.u32(me + Slot.STATE);
  }

  /** Takes a slot for the calling worker. EAGAIN when all are taken. Use it in this worker only. */
  static register(engine: Engine): Thread {
    checkInstance("engine", engine, Engine, "an Engine");
    const me = address(engine.wasm.threadRegister(engine.handle.arena));
    if (!me) throw new PageMirrorError("EAGAIN", `all ${engine.header(Header.THREADS)} thread slots are taken: create the engine with more threads`);
    return new Thread(engine, me);
  }
  /** Gives the slot back. The thread must be done with every verb. EBUSY while it holds pins, ESTALE when it has not that slot any more. */
  unregister(): void {
    this.check();
    if (this.engine.wasm.threadUnregister(this.me) === Status.BUSY)
      throw new PageMirrorError("EBUSY", `thread ${this.index} still holds pins: expected every pin to be dropped before`);
  }
  /** ESTALE when the slot was given back, or its thread was buried. @internal */
  check(): void {
    if (this.engine.u32(this.me + Slot.STATE) !== this.#state)
      throw new PageMirrorError("ESTALE", `thread ${this.index}: it has given its slot back, or was buried`);
  }

  /** Accounts for every frame of the arena. Ask while no thread is inside a verb. */
  audit(): AuditResult {
    this.check();
    return this.engine.audit(this.me);
  }

  get index(): number { return this.engine.u32(this.me + Slot.INDEX); }
  get count(): number { return this.engine.u32(this.me + Slot.COUNT); }
  get page(): number { return this.engine.f64(this.me + Slot.PAGE); }
  get frame(): number { return this.engine.f64(this.me + Slot.FRAME); }
  get flags(): number { return this.engine.u32(this.me + Slot.FLAGS); }
  get entry(): bigint { return this.engine.u64(this.me + Slot.ENTRY); }
  get waitAddress(): number { return this.engine.u32(this.me + Slot.WAIT_ADDRESS); }
  get waitValue(): bigint { return this.engine.u64(this.me + Slot.WAIT_VALUE); }
  get staging(): number { return this.engine.u32(this.me + Slot.STAGING); }

  /**
   * How many frames this thread may still take before an allocation answers ENOMEM although some are free: for tests of what a
   * program does then. Infinity (the default) for no limit.
   */
  set quota(frames: number) { this.engine.setU32(this.me + Slot.QUOTA, frames === Infinity ? 0 : frames + 1); }

  /** How often a wait ran out although its word had changed: a wake-up that was lost. Tests want 0. */
  lostWakeUps = 0;

  /** Sleeps on the word that the last step named, or on the one given. */
  sleep(patience = PATIENCE_MS, at = this.waitAddress, value = this.waitValue): void {
    // In short slices: a process that was stopped for an hour has used up one of them.
    for (let slept = 0; slept < patience; slept += SLICE_MS) if (this.engine.sleep(at, value, SLICE_MS)) return;
    if (this.engine.u64(at) !== value) this.lostWakeUps++;
    else throw new PageMirrorError("EAGAIN", `waited ${PATIENCE_MS / 1000} s for the word at ${hex(at)} to change from ${hex(value)}: the thread that holds it does not run`);
  }

  /**
   * Repeats a step while it answers AGAIN, sleeping when it answers WAIT. Each AGAIN follows another thread's completed change.
   * A wait longer than `patience` throws EAGAIN; Infinity where stopping half-way would leave something undone.
   */
  settle(step: () => number, patience = PATIENCE_MS): Status {
    for (;;) {
      const status = step() as Status;
      if (status === Status.WAIT) this.sleep(patience);
      else if (status !== Status.AGAIN) return status;
    }
  }
  /**
   * The same for a step that takes frames: when there are none because retired ones are held back by sections that are open now,
   * waits for those and tries again, a bounded number of times. There is no waiting for pins: they may be the caller's.
   */
  settleWithMemory(step: () => number): Status {
    for (let round = 0; ; round++) {
      const status = this.settle(step);
      if (status !== Status.NOMEM || round === HELD_BACK_ROUNDS || !this.awaitFrames()) return status;
    }
  }
  /** After NOMEM: false when no section holds frames back; else waits for those that do, and asking again may succeed. */
  awaitFrames(): boolean {
    if (this.engine.u32(this.me + Slot.HELD_BACK) !== HeldBack.SECTION) return false;
    this.drain(Spaces.ALL);
    return true;
  }

  /** The error for what a verb about `what` just answered. ENOMEM says so when frames are free, but no run of them as a large directory needs. */
  failure(status: number, what: string): PageMirrorError {
    const scattered = this.engine.u32(this.me + Slot.SCATTERED);
    if (status !== Status.NOMEM || !scattered) return statusError(status, what);
    return new PageMirrorError("ENOMEM", `${what}: ${scattered} frames are free, but not as many together as one directory needs: use smaller directories, or unmap something`);
  }

  /** Waits until no thread attached to the space is inside a section that began before this call. */
  drain(space: number, patience = PATIENCE_MS): void {
    const { wasm } = this.engine;
    wasm.drainBegin(this.me);
    this.settle(() => wasm.drainNext(this.me, space), patience);
  }
}

/** Refuses what is no thread (EINVAL), or one that is registered no more (ESTALE). */
export function checkThread(thread: Thread): void {
  checkInstance("thread", thread, Thread, "a Thread");
  thread.check();
}
