// Burial of a thread that cannot run again: a worker that ended, crashed or was terminated. What it was doing is undone or
// finished; afterwards the audit is clean and its slot is free.
import { Arena, Header, Slot } from "../assembly/layout/arena.js";
import { Status } from "../assembly/layout/status.js";
import { checkWhole } from "./error.js";
import { finishChange, invalidateAndFree } from "./space.js";
import { checkThread, type Thread } from "./thread.js";

/**
 * Buries the threads in the slots `indexes`; `thread` is the caller's own. Only threads that cannot run again: in Node, after the
 * worker's `exit` event; a browser gives no such proof after `terminate()`. Answers how many slots it freed: one that nobody was in, or
 * that another thread freed meanwhile, does not count. It may be called twice, and from two threads at once, as long as nobody
 * registers before all have returned: a slot is free as soon as one of them is done. Call it outside any section.
 * A dead thread's change waits for threads inside sections, dead ones too: bury all who died together in one call. Whoever dies
 * while it waits must be buried by somebody else.
 */
export function bury(thread: Thread, ...indexes: number[]): number {
  checkThread(thread);
  const { engine, me } = thread, { wasm } = engine;
  engine.needs("buryThread");
  for (const index of indexes) checkWhole("index", index, 0, engine.header(Header.THREADS) - 1);
  const dead = indexes.map((index) => ({ index, status: wasm.buryThread(me, index), space: thread.count })); // closes all their sections
  for (const { index, status, space } of dead) if (status === Status.MORE) finishItsChange(thread, index, space);
  return dead.filter(({ index, status }) => status !== Status.NONE && wasm.buryEnd(me, index)).length;
}

/** The munmap or mprotect that it was in: entries conform to the areas as they are now, and orphans are freed. */
function finishItsChange(thread: Thread, index: number, space: number): void {
  const { engine, me } = thread, { wasm } = engine, slot = engine.handle.arena + Arena.SLOTS_AT + index * Slot.BYTES;
  const first = Number(engine.u64(slot + Slot.CHANGE_FIRST)), end = Number(engine.u64(slot + Slot.CHANGE_END));
  wasm.spaceQuiesceBegin(me);
  finishChange(thread, space, first, end, 0, (from) => wasm.buryConform(me, space, from, end));
  while (wasm.buryOrphans(me, space, first, end) === Status.MORE) invalidateAndFree(thread, space, first, end, 0);
}
