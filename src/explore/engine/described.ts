// Formats that are described: describing them, tables of narrow items, and a directory that can be given back no more.
import { Arena, Descriptor, Owner, OwnerKind, Place, Role, Slot } from "../../../assembly/layout/arena.js";
import { Entry } from "../../../assembly/layout/entry.js";
import { Description, GenericWord } from "../../../assembly/layout/generic.js";
import { Status } from "../../../assembly/layout/status.js";
import { Table } from "../../../assembly/layout/table.js";
import { describe } from "../../described.js";
import type { GenericFormat } from "../../formats.js";
import type { End, Memory, View, Workload } from "../workload.js";
import { ARENA, DESCRIPTIONS, FLAT_OF_2, LARGE_OF_2, SETUP, SUBJECT_BYTES, Stage, TREE_OF_1, TREE_OF_4 } from "./stage.js";
import { TROUBLED, burial, tableWorkload, type TableCase, type Trouble } from "./table-pairs.js";
import { BURIAL_ENTRIES, WRITABLE, flagsAt, tableVerb } from "./table-verbs.js";

const VERBS = ["lookup", "map", "replace", "unmap", "unmap range"].map(tableVerb);
const PLACES: { where: string; pages: [number, number]; states: number[][] }[] = [
  { where: "same page", pages: [0, 0], states: [[0, 1], []] }, { where: "side by side", pages: [0, 2], states: [[0, 1, 2, 3]] },
  { where: "another leaf", pages: [0, 4], states: [[0, 1, 4, 5]] },
];
const TABLES = [{ table: "a flat table of 2 bytes", format: FLAT_OF_2, places: PLACES.slice(0, 2) }, { table: "a tree of 1 byte", format: TREE_OF_1, places: PLACES },
  { table: "a tree of 4 bytes", format: TREE_OF_4, places: PLACES }];
const TROUBLES: Trouble[] = ["none", "death", "no frames", "stop"];
const narrow = TROUBLES.flatMap((trouble) => TABLES.flatMap(({ table, format, places }) => VERBS.flatMap((a, i) => VERBS.slice(i).flatMap((b) => {
  if (trouble !== "none" && format === TREE_OF_4) return [];
  if (trouble === "no frames" && (format === FLAT_OF_2 || !(a.takes || b.takes))) return [];
  return places.flatMap(({ where, pages: [first, second], states }) => states.map((mapped): TableCase => ({
    name: `${a.name} | ${b.name}, ${where}, ${mapped.length ? "mapped" : "empty"}, ${table}${trouble === "none" ? "" : `, ${trouble}`}`,
    format, pageLg2: 6, systemFrames: 12, trouble, mapped, threads: [[{ verb: a, page: first }], [{ verb: b, page: second }]], ...trouble !== "none" && { beyond: TROUBLED },
  })));
}))));

/** Two threads describe a format each; `free`: records that are left; `deaths`: one may stop half-way. */
function describing(name: string, formats: [GenericFormat, GenericFormat], free: number, deaths = 0): Workload {
  const isSame = formats[0] === formats[1];
  return {
    name: `${name}, described`, threads: 2, deaths, entries: ["formatDescribe"], setup: SETUP, subjectBytes: SUBJECT_BYTES,
    begin: (run, arena) => {
      const stage = new Stage(run, arena, { slots: 2, systemFrames: 2 }), used = Arena.FORMATS - free, all = formats.map((format) => describe(format).words);
      for (let i = DESCRIPTIONS.length; i < used; i++) arena.setU32(ARENA + Arena.FORMATS_AT + i * Description.BYTES, Description.BUSY); // as who died there leaves it
      all.forEach((words, thread) => words.forEach((word, i) => { arena.setU32(arena.u32(stage.slots[thread]! + Slot.STAGING) + 4 * i, word); }));
      const recordOf = (word: number): number => ARENA + Arena.FORMATS_AT + (word >>> GenericWord.RECORD) * Description.BYTES;
      return {
        threads: stage.slots.map((me) => [{ entry: "formatDescribe", values: [me] }]),
        checkEnd: ({ view, completed, dead }) => {
          for (const { thread, result } of completed) {
            if (result < 0 && free > 1) return `thread ${thread} is told ${result}: expected a format word`;
            const isAsDescribed = (): boolean => all[thread]!.every((word, i) => view.u32(recordOf(result) + 4 * i) === (i ? word : result));
            if (result > 0 && !isAsDescribed()) return `format ${result} is not as thread ${thread} described it`;
          }
          const given = completed.filter(({ result }) => result > 0).map(({ result }) => result);
          if (!isSame && new Set(given).size < given.length) return `two formats have the word ${given[0]}`;
          return given.length || dead.length ? undefined : "nobody is told a word, although a record was free";
        },
      };
    },
  };
}
const ONE: GenericFormat = { levels: 1, indexBits: 3 }, OTHER: GenericFormat = { levels: 2, indexBits: 3 };
const descriptions = [
  describing("two formats", [ONE, OTHER], 3), describing("two formats, one record is left", [ONE, OTHER], 1), describing("one format twice", [ONE, ONE], 3),
  describing("two formats, one stops", [ONE, OTHER], 3, 1), describing("one format twice, one stops", [ONE, ONE], 3, 1),
];

/** A leaf whose freezes were called off so often that it cannot be frozen again, or only once more; and who wants a large leaf in its place. */
const GENERATIONS = 2 ** 15;
function stuck(name: string, left: number, threads: ("unmap" | "map large" | "map" | "destroy")[], deaths = 0): Workload {
  const isBuried = deaths > 0;
  return {
    name: `${name}, generations are used up, described${isBuried ? ", death" : ""}`,
    threads: threads.length, deaths, subjectBytes: SUBJECT_BYTES, ...isBuried && { beyond: TROUBLED },
    entries: ["tableUnmap", "tableMapRange", "tableMap", "tableDestroy", ...isBuried ? BURIAL_ENTRIES : []],
    setup: [...SETUP, "tableCreate", "tableMap", "tableLookup", "tableDestroy"],
    begin: (run, arena) => {
      const stage = new Stage(run, arena, { slots: threads.length + deaths, systemFrames: 8 }), [first] = stage.slots as [number];
      const table = stage.number("tableCreate", first, LARGE_OF_2);
      stage.succeed("tableMap", first, table, 0, 5, WRITABLE, 0);
      age(arena, first, GENERATIONS - 1 - left);
      const calls = {
        "unmap": (me: number) => ({ entry: "tableUnmap", values: [me, table, 0] }),
        "destroy": (me: number) => ({ entry: "tableDestroy", values: [me, table] }),
        "map": (me: number) => ({ entry: "tableMap", values: [me, table, 1, 9, WRITABLE, 0] }),
        "map large": (me: number) => ({ entry: "tableMapRange", values: [me, table, 0, 2, 16, WRITABLE | 1 << Entry.SIZE, 0] }),
      };
      if (threads.includes("destroy")) stage.succeed("tableUnmap", first, table, 0); // the directory stays
      const mapped = (view: View): number[] => [0, 1].map((page) => flagsAt(run, view, first, table, page));
      const whatEnds = ({ view, completed }: End): string | undefined => {
        const [large, one] = ["tableMapRange", "tableMap"].map((entry) => completed.find((call) => call.entry === entry)?.result);
        const found = mapped(view);
        if (large === Status.OK && found.some((flags) => flags === 0)) return `the range is mapped, and its pages are ${found.join()}`;
        if (large !== undefined && large !== Status.OK && large !== Status.EXIST) return `the range is answered ${Status[large]}`;
        if (one !== undefined && large === undefined && (one !== Status.OK || !found[1])) return `page 1 is answered ${Status[one]}, and its flags are ${found[1]!}`;
        return stage.audit(view);
      };
      return {
        threads: threads.map((what, i) => [calls[what](stage.slots[i]!)]),
        ...isBuried && { recover: (dead, by) => burial(stage.slots[by]!, dead) },
        checkEnd: (end) => whatEnds(end) ?? (threads.includes("destroy") ? 0 : run("tableDestroy", first, table), stage.audit(end.view)),
        nameAddress: (at) => stage.nameOf(at, arena),
      };
    },
  };
}
/** A table whose end somebody began, who took its root out: what lies behind frame 0 is no directory of it. */
const ENDED_TWICE: Workload = {
  name: "a table is ended whose root is gone, described", threads: 1, subjectBytes: SUBJECT_BYTES, entries: ["tableDestroy"],
  setup: [...SETUP, "tableCreate", "tableMap", "tableDestroy"],
  begin: (run, arena) => {
    const stage = new Stage(run, arena, { slots: 1, systemFrames: 16, pageLg2: 3 }), [me] = stage.slots as [number];
    stage.hint(arena, 0, [13, 3, 2, 1]); // frame 1, a root that points to frames 2 and 3: as items of four bytes, the second half of a root that points to frame 13
    const table = stage.number("tableCreate", me, TREE_OF_1);
    for (const page of [0, 4]) stage.succeed("tableMap", me, table, page, 1, WRITABLE, 0);
    stage.number("tableCreate", me, TREE_OF_1);
    const ended = stage.number("tableCreate", me, TREE_OF_4);
    run("tableDestroy", me, ended);
    const at = arena.u32(me + Slot.TABLES) + ended * Table.BYTES + Table.GENERATION;
    arena.setU32(at, arena.u32(at) - 1);
    return { threads: [[{ entry: "tableDestroy", values: [me, ended] }]], checkEnd: ({ view }) => stage.audit(view) };
  },
};

/** Makes the one leaf directory that there is of that generation. */
function age(arena: Memory, me: number, generation: number): void {
  for (let frame = 1; ; frame++) {
    const at = arena.u32(me + Slot.DESCRIPTORS) + frame * Descriptor.BYTES, place = arena.u32(at + Descriptor.PLACE);
    if ((place & (1 << Place.ROLE_BITS) - 1) !== Role.DIRECTORY || place >>> Place.LEVEL & (1 << Place.LEVEL_BITS) - 1) continue;
    arena.setU32(at + Descriptor.OWNER, generation << Owner.ARGUMENT | OwnerKind.LIVE);
    return;
  }
}
const ends = [
  stuck("unmap | map large", 0, ["unmap", "map large"]), stuck("unmap | map", 0, ["unmap", "map"]), stuck("unmap | map, one is left", 1, ["unmap", "map"]),
  stuck("unmap | map large, one is left", 1, ["unmap", "map large"]), stuck("unmap | map | map large, one is left", 1, ["unmap", "map", "map large"]),
  stuck("unmap | map large", 0, ["unmap", "map large"], 1), stuck("destroy", 0, ["destroy"]),
];

export const DESCRIBED_WORKLOADS: Workload[] = [...narrow.map(tableWorkload), ...descriptions, ...ends, ENDED_TWICE];
