// One table as bytes, and the table that comes back from them, in this arena or another: what it maps, not where its directories are.
import { EntryKind, Entry } from "../assembly/layout/entry.js";
import { TableImage as Image } from "../assembly/layout/checkpoint.js";
import { PageMirrorError, hex } from "./error.js";
import { formatIn } from "./described.js";
import { descriptionIn, nameOf } from "./formats.js";
import { Pin } from "./pin.js";
import { addLeaf, type Run } from "./runs.js";
import { seal, unseal, viewOf } from "./sealed.js";
import { packFlags } from "./shape.js";
import { mapping } from "./mapping.js";
import { Table } from "./table.js";
import { checkThread, type Thread } from "./thread.js";

/**
 * What a table maps, as bytes for `restoreTable`. It is read under a pin, as a dump is: others may change the table meanwhile. EINVAL for a software entry
 * (of a space's table or a mirror's), which means nothing in another table; EAGAIN, ESTALE as `dump`.
 */
export function checkpointTable(table: Table): Uint8Array {
  const pin = Pin.take(table.thread), runs: Run[] = [];
  try { pin.walk(table, { leaf(seen) { addLeaf(runs, seen); } }); } finally { pin.drop(); }
  const bytes = new Uint8Array(Image.RUNS + runs.length * Image.RUN_BYTES), view = viewOf(bytes);
  view.setUint32(Image.FORMAT, table.word, true);
  bytes.set(new Uint8Array(descriptionIn(table.thread.engine, table.word).buffer), Image.DESCRIPTION);
  for (const [i, { page, frame, pages, fused, count, kind, write, execute, user, accessed, dirty }] of runs.entries()) {
    if (kind !== EntryKind.PRESENT) throw new PageMirrorError("EINVAL", `checkpoint: page ${hex(page)} has an entry of kind ${EntryKind[kind]}: expected frames only`);
    const at = Image.RUNS + i * Image.RUN_BYTES, size = Math.log2(fused ?? pages);
    view.setFloat64(at + Image.PAGE, page, true);
    view.setFloat64(at + Image.FRAME, frame, true);
    view.setUint32(at + Image.COUNT, count, true);
    view.setUint32(at + Image.BITS, packFlags({ write, execute, user, accessed, dirty }) | size << Entry.SIZE, true);
  }
  return seal(bytes, Image.MAGIC_WORD, Image.VERSION_WORD);
}

/**
 * Makes a table that maps what the bytes say, by leaves of the same sizes; they are fused again where `mapRange` fuses. EINVAL for bytes that are no
 * checkpoint of a table, of another version, cut off or damaged, or of a format that this build has not; ENOMEM, ENOSPC. Whatever it answers, nothing
 * is half made.
 */
export function restoreTable(thread: Thread, bytes: Uint8Array): Table {
  checkThread(thread);
  const view = unseal("a checkpoint of a table", bytes, Image.MAGIC_WORD, Image.VERSION_WORD, Image.RUNS), word = view.getUint32(Image.FORMAT, true);
  const words = new Uint32Array(bytes.slice(Image.DESCRIPTION, Image.RUNS).buffer), format = nameOf(word) ?? (words[0] ? formatIn(words) : undefined);
  if (format === undefined) throw new PageMirrorError("EINVAL", `a checkpoint of a table is in format ${hex(word)}: expected one that this build knows`);
  const table = Table.create(thread, format), { indexBits } = table;
  try {
    for (let at: number = Image.RUNS; at < bytes.length; at += Image.RUN_BYTES) {
      const page = view.getFloat64(at + Image.PAGE, true), first = mapping(page, view.getFloat64(at + Image.FRAME, true), view.getUint32(at + Image.BITS, true), indexBits);
      const { frame, pages, fused = pages, write, execute, user, accessed, dirty } = first;
      table.mapRange(page, view.getUint32(at + Image.COUNT, true) * pages, frame, { write, execute, user, accessed, dirty }, fused);
    }
  } catch (error) {
    table.destroy();
    throw error;
  }
  return table;
}
