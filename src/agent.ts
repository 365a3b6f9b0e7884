// An agent: one thread acting for the CPU, and for a device if it has a mirror, in one address space. It loads and stores real
// bytes; faults are served on the way, so a page on the device comes back when the CPU touches it.
import { Agent as Record, Side } from "../assembly/layout/agent.js";
import { Player } from "../assembly/layout/trace.js";
import { Status } from "../assembly/layout/status.js";
import { PAGE_BYTES, addressBits, type Address } from "./address.js";
import { address as unsigned } from "./engine.js";
import { PageMirrorError, hex, statusError } from "./error.js";
import { checkInstance } from "./handle.js";
import { Migrator } from "./migrate.js";
import { Mirror, cpuFault } from "./mirror.js";
import { checkSpace, type Space } from "./space.js";

export { Side };

export class Agent {
  /** Where the agent's TLBs are in the arena. */
  readonly at: number;

  /** ENOSPC when the arena's workspace is used up. An agent belongs to the thread of its space. */
  constructor(readonly space: Space, readonly migrator: Migrator, readonly mirror?: Mirror) {
    checkSpace(space);
    checkInstance("migrator", migrator, Migrator, "a Migrator");
    if (mirror !== undefined) {
      checkInstance("mirror", mirror, Mirror, "a Mirror");
      mirror.check();
      const of = mirror.space.number;
      if (of !== space.number) throw new PageMirrorError("EINVAL", `mirror ${mirror.number} is of space ${of}: expected one of space ${space.number}`);
    }
    const { engine, me } = space.thread;
    this.at = unsigned(engine.wasm.workspaceTake(me, Record.BYTES + Player.BYTES));
    if (!this.at) throw new PageMirrorError("ENOSPC", `an agent needs ${Record.BYTES + Player.BYTES} bytes of workspace: create the engine with more workspaceBytes`);
    engine.setU32(this.at + Record.SPACE, space.number);
    engine.setU32(this.at + Record.SPACE_GENERATION, space.handle.generation);
    engine.setU32(this.at + Record.MIRROR, mirror ? mirror.number + 1 : 0);
    engine.setU32(this.at + Record.MIRROR_GENERATION, mirror ? mirror.handle.generation : 0);
  }

  /** Loads an aligned number of 1, 2, 4 or 8 bytes. EFAULT outside the areas, EACCES, ENOMEM, ENODEV for a killed mirror. */
  load(side: Side, address: Address, bytes: 1 | 2 | 4 | 8 = 8): bigint {
    const at = this.#check(side, address, bytes);
    const { thread } = this.space;
    for (;;) {
      const status = thread.engine.wasm.accessLoad(thread.me, this.at, side, at, bytes);
      if (status === Status.OK) return thread.entry;
      this.#served(status, side, address, "load");
    }
  }
  /** Stores an aligned number of 1, 2, 4 or 8 bytes. Errors as `load`. */
  store(side: Side, address: Address, value: number | bigint, bytes: 1 | 2 | 4 | 8 = 8): void {
    if (typeof value !== "bigint" && !Number.isSafeInteger(value)) throw new PageMirrorError("EINVAL", `a store of ${String(value)}: expected a whole number or a bigint`);
    const at = this.#check(side, address, bytes), wide = BigInt.asUintN(64, BigInt(value));
    const { thread } = this.space;
    for (;;) {
      const status = thread.engine.wasm.accessStore(thread.me, this.at, side, at, bytes, Number(wide & 0xffffffffn), Number(wide >> 32n));
      if (status === Status.OK) return;
      this.#served(status, side, address, "store");
    }
  }

  /** Serves the fault that the last access answered; throws what cannot be served. */
  #served(status: number, side: Side, address: Address, what: string): void {
    const { thread } = this.space, page = thread.page, write = thread.flags === 1;
    const outcome = status !== Status.MORE ? status : side === Side.DEVICE ? this.mirror!.fault(page, write).status : cpuFault(this.space, this.migrator, page, write, true).status;
    if (outcome !== Status.OK) throw statusError(outcome, `${side === Side.DEVICE ? "device" : "CPU"} ${what} at ${hex(address)}`, { cause: this.mirror?.failure });
  }
  #check(side: Side, address: Address, bytes: number): number {
    if (side !== Side.CPU && side !== Side.DEVICE) throw new PageMirrorError("EINVAL", `side ${String(side)}: expected Side.CPU or Side.DEVICE`);
    if (side === Side.DEVICE && !this.mirror) throw new PageMirrorError("EINVAL", "this agent has no mirror: expected one made with a mirror for device accesses");
    if (bytes !== 1 && bytes !== 2 && bytes !== 4 && bytes !== 8) throw new PageMirrorError("EINVAL", `an access of ${String(bytes)} bytes: expected 1, 2, 4 or 8`);
    const at = addressBits(address);
    if (at % bytes || at % PAGE_BYTES + bytes > PAGE_BYTES) throw new PageMirrorError("EINVAL", `address ${hex(address)}: expected a multiple of ${bytes}`);
    return at;
  }
}
