// A registered thread: its slot, what the last verb answered, and how it waits.
import { Header, Slot } from "../assembly/layout/arena.js";
import { Status } from "../assembly/layout/status.js";
import { PageMirrorError, hex } from "./error.js";
import { Engine, address } from "./engine.js";

/** How long a wait may take before it is reported instead of repeated: only a thread that died makes one that long. */
const PATIENCE_MS = 30_000;

export class Thread {
  private constructor(readonly engine: Engine, /** The slot's address: first argument of every verb. */ readonly me: number) {}

  /** Takes a slot for the calling worker. EAGAIN when all are taken. Use it in this worker only. */
  static register(engine: Engine): Thread {
    const me = address(engine.wasm.threadRegister(engine.handle.arena));
    if (!me) throw new PageMirrorError("EAGAIN", `all ${engine.header(Header.THREADS)} thread slots are taken: create the engine with more threads`);
    return new Thread(engine, me);
  }
  /** Gives the slot back. The thread must be done with every verb. */
  unregister(): void { this.engine.wasm.threadUnregister(this.me); }

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
  sleep(at = this.waitAddress, value = this.waitValue): void {
    if (this.engine.sleep(at, value, PATIENCE_MS)) return;
    if (this.engine.u64(at) !== value) this.lostWakeUps++;
    else throw new PageMirrorError("EAGAIN", `waited ${PATIENCE_MS / 1000} s for the word at ${hex(at)} to change from ${hex(value)}: the thread that holds it does not run`);
  }

  /** Repeats a step while it answers AGAIN, sleeping when it answers WAIT. Each AGAIN follows another thread's completed change. */
  settle(step: () => number): Status {
    for (;;) {
      const status = step() as Status;
      if (status === Status.WAIT) this.sleep();
      else if (status !== Status.AGAIN) return status;
    }
  }
}
