// How full a table is, level by level.
import { Header } from "../assembly/layout/arena.js";
import { shapeOf } from "./formats.js";
import { Pin } from "./pin.js";
import type { Table } from "./table.js";

/** Of the directories of one level: how many there are, how many of their items are used, how many of those are leaves, and pages mapped by these. */
export interface LevelStatistics { level: number; directories: number; items: number; leaves: number; pages: number }
export interface TableStatistics {
  /** From level 0 up to the root's. */
  levels: LevelStatistics[];
  /** Of all levels; `directoryBytes`: memory that the directories take. */
  directories: number; leaves: number; pages: number; directoryBytes: number;
}

/** Counts what is in a table. It is read under a pin, as a dump is: others may change the table meanwhile. EAGAIN, ESTALE as `dump`. */
export function statistics(table: Table): TableStatistics {
  const pin = Pin.take(table.thread), levels: LevelStatistics[] = [], above: LevelStatistics[] = [];
  try {
    pin.walk(table, {
      enter({ level }) {
        if (!levels.length) levels.push(...Array.from({ length: level + 1 }, (_, each) => ({ level: each, directories: 0, items: 0, leaves: 0, pages: 0 })));
        else above.at(-1)!.items++;
        above.push(levels[level]!);
        levels[level]!.directories++;
      },
      leave() { above.pop(); },
      leaf({ level, pages }) {
        const counted = levels[level]!;
        counted.items++;
        counted.leaves++;
        counted.pages += pages;
      },
    });
  } finally { pin.drop(); }
  const sum = (what: keyof LevelStatistics): number => levels.reduce((all, each) => all + each[what], 0);
  const directoryBytes = levels.reduce((all, { level, directories }) => all + directories * bytesAt(table, level, levels.length), 0);
  return { levels, directories: sum("directories"), leaves: sum("leaves"), pages: sum("pages"), directoryBytes };
}
/** What a directory takes: a frame, or the run of frames that its items need. */
function bytesAt({ thread, format }: Table, level: number, levels: number): number {
  const { indexBits, rootBits, itemBytes } = shapeOf(format);
  return Math.max(2 ** thread.engine.header(Header.PAGE_LG2), itemBytes * 2 ** (level === levels - 1 ? rootBits : indexBits));
}
