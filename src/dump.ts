// A table as a tree of plain objects (`JSON.stringify` takes it), and that as text. It is read under a pin: others may change the table meanwhile,
// and what stands in it all the while is in the dump, once; the rest as it was at some moment of the call.
import { EntryKind } from "../assembly/layout/entry.js";
import type { Directory } from "./cursor.js";
import { hex } from "./error.js";
import type { FormatName, GenericFormat } from "./formats.js";
import { Pin } from "./pin.js";
import { addLeaf, isRun, type Run } from "./runs.js";
import type { Table } from "./table.js";

/** A directory: its level, the first page that it covers, its frame; and what is in it, in the order of pages. */
export interface DirectoryDump extends Directory { items: (Run | DirectoryDump)[] }
export interface TableDump { table: number; format: FormatName | GenericFormat; root: DirectoryDump }

/**
 * What a table holds, directory by directory. For the time of the call it takes one of the thread's pins: EAGAIN when that has none left; ESTALE when
 * the table is gone.
 */
export function dump(table: Table): TableDump {
  const pin = Pin.take(table.thread), path: DirectoryDump[] = [];
  let root: DirectoryDump | undefined;
  try {
    pin.walk(table, {
      enter(directory) {
        const entered = { ...directory, items: [] };
        path.at(-1)?.items.push(entered);
        path.push(entered);
        root ??= entered;
      },
      leaf(seen) { addLeaf(path.at(-1)!.items, seen); },
      leave() { path.pop(); },
    });
  } finally { pin.drop(); }
  return { table: table.handle.table, format: table.format, root: root! };
}

/**
 * A dump as text: a line for each directory, a line for each run of alike leaves, indented by depth. Numbers of pages and frames are in hex; flags are
 * read, write, execute, user, accessed, dirty; `x 8 of 0x200` says that they are 8 leaves of 0x200 pages, and nothing that they are of one page;
 * `fused by 0x10` that hardware may take so many pages for one.
 */
export function renderDump({ table, format, root }: TableDump): string {
  const lines = [`table ${table}, ${typeof format === "string" ? format : `${format.levels} levels of ${format.indexBits} bits`}`];
  const render = (item: Run | DirectoryDump, indent: string): void => {
    if (isRun(item)) {
      lines.push(indent + renderRun(item));
      return;
    }
    lines.push(`${indent}level ${item.level} directory in frame ${hex(item.directory)}, from page ${hex(item.page)}`);
    for (const each of item.items) render(each, `${indent}  `);
  };
  render(root, "");
  return `${lines.join("\n")}\n`;
}
/** One line: pages, where they are, what is allowed. A software entry's payload is no frame of theirs: its kind is named. */
function renderRun(run: Run): string {
  const { page, frame, pages, fused, count, kind } = run, last = count * pages - 1, range = (first: number): string => last ? `${hex(first)}-${hex(first + last)}` : hex(first);
  const what = kind === EntryKind.PRESENT ? `frame${last ? "s" : ""} ${range(frame)}` : `${EntryKind[kind]!.toLowerCase()} ${hex(frame)}`;
  const flags = `r${run.write ? "w" : "-"}${run.execute ? "x" : "-"}${run.user ? "u" : "-"}${run.accessed ? "a" : "-"}${run.dirty ? "d" : "-"}`;
  return `${range(page)} -> ${what}  ${flags}${pages > 1 ? `  x ${count} of ${hex(pages)}` : ""}${fused ? `  fused by ${hex(fused)}` : ""}`;
}
