// What each thread is doing, read from its slot: printed when a run hangs.
import { Arena, Header, Slot } from "../../assembly/layout/arena.js";
import type { Engine } from "../engine.js";

/** A line for each slot of the arena. */
export function describeThreads(engine: Engine): string {
  return Array.from({ length: engine.header(Header.THREADS) }, (_, i) => {
    const slot = engine.handle.arena + Arena.SLOTS_AT + i * Slot.BYTES;
    const waits = engine.u32(slot + Slot.WAIT_ADDRESS), value = engine.u64(slot + Slot.WAIT_VALUE);
    return `thread ${i}: state ${engine.u32(slot + Slot.STATE)}, section 0x${engine.u64(slot + Slot.SECTION).toString(16)}, `
      + `announced 0x${engine.u64(slot + Slot.ANNOUNCED).toString(16)}, attached ${engine.u32(slot + Slot.ATTACHED) - 1}, `
      + `last wait 0x${waits.toString(16)} for 0x${value.toString(16)} (now 0x${waits ? engine.u64(waits).toString(16) : "-"})`;
  }).join("\n");
}
