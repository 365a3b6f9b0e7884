// Burial of a thread that cannot run again: a worker that ended, crashed or was terminated. What it was doing is undone or
// finished; afterwards the audit is clean and its slot is free.
import { Arena, Header, Slot } from "../assembly/layout/arena.js";
import { Status } from "../assembly/layout/status.js";
import { checkWhole } from "./error.js";
import { finishChange, invalidateAndFree } from "./space.js";
import type { Thread } from "./thread.js";

/**
 * Buries the thread in slot `index`; `thread` is the caller's own. Only when that thread cannot run again: in Node, after its
 * worker's `exit` event; a browser gives no such proof after `terminate()`. False when nobody is in that slot. It may be called
 * twice, and from two threads at once. Call it outside any section. Where the dead thread was in a change it waits for threads inside
 * sections: if another has died there meanwhile, somebody else must bury that one.
 */
export function bury(thread: Thread, index: number): boolean {
  const { engine, me } = thread, { wasm } = engine;
  checkWhole("index", index, 0, engine.header(Header.THREADS) - 1);
  const status = wasm.buryThread(me, index);
  if (status === Status.NONE) return false;
  if (status === Status.MORE) finishItsChange(thread, index, thread.count);
  return Boolean(wasm.buryEnd(me, index));
}

/** The munmap or mprotect that it was in: entries conform to the areas as they are now, and orphans are freed. */
function finishItsChange(thread: Thread, index: number, space: number): void {
  const { engine, me } = thread, { wasm } = engine, slot = engine.handle.arena + Arena.SLOTS_AT + index * Slot.BYTES;
  const first = Number(engine.u64(slot + Slot.CHANGE_FIRST)), end = Number(engine.u64(slot + Slot.CHANGE_END));
  wasm.spaceQuiesceBegin(me);
  finishChange(thread, space, first, end, 0, (from) => wasm.buryConform(me, space, from, end));
  while (wasm.buryOrphans(me, space, first, end) === Status.MORE) invalidateAndFree(thread, space, first, end, 0);
}
