// What mutants are made of, part by part: a compile, the places of the source whose mutants are made in it, and the workloads that it can
// play. The shipped wasm has the code of ten formats, nine tenths of which would be mutated in vain: one format is enough, and each part has
// the one that shows its places best. A mutant that several parts make is noticed if one of them notices.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FormatClass } from "../../assembly/layout/table.js";
import { PageMirrorError } from "../error.js";
import { FORMATS } from "../formats.js";
import { compileEngine, type Compiled } from "./compile.js";

/** `plays`: workloads, by their names. */
export interface Part { compile(root: string): Promise<Compiled>; has(site: string): boolean; plays(name: string): boolean }

/** All but pairs with few frames or a death: what only a burier reads is met where one thread dies alone, beside one that raises a table, or in a merge under a walk. */
const isPlayed = (name: string): boolean =>
  !name.endsWith("no frames") && (!/ \| .*, death$/.test(name) || name.endsWith("the table grows, death") || name === "walk for a write | merge, pages 0 and 0, small, death");
const isNarrow = (name: string): boolean => /, a (flat table|tree) of |, described/.test(name);
const isPlain = (name: string): boolean => /^(map|unmap) \| (map|unmap), same /.test(name);
const isForeign = (name: string): boolean => /, machine$|^hardware walk /.test(name);
const isShipped = (name: string): boolean => Object.keys(FORMATS).some((format) => name.includes(format));
const where = (...files: string[]) => (site: string): boolean => files.some((file) => site.includes(` at ${file}`));
const GENERIC = 1 << FormatClass.GENERIC, X86_64 = 1 << FormatClass.X86_64;

/**
 * Left out are formats, which touch no memory that changes: what they make of an item is the same whoever else runs, and other tests' matter;
 * and what runs alone, after the threads, to tell what is wrong with what they left (audit.ts).
 */
export const PARTS: Part[] = [
  { // all verbs of tables and spaces, whose items have eight bytes, so that each access to one is in line, and a place of its own
    compile: (root) => compileEngine(root, GENERIC, ofEightBytes(root)),
    has: (site) => !where("machine.ts", "format/", "audit.ts")(site), plays: (name) => isPlayed(name) && !isNarrow(name) && !isShipped(name) && !isForeign(name),
  },
  { // items of every size, generations that are used up
    compile: (root) => compileEngine(root, GENERIC), has: where("item.ts", "description.ts", "directory.ts", "edit.ts", "range.ts", "table.ts"),
    plays: (name) => isPlayed(name) && (isNarrow(name) || isPlain(name)),
  },
  { // walks as hardware does them; what they make of an item is, again, other tests' matter
    compile: (root) => compileEngine(root, GENERIC | X86_64 | 1 << FormatClass.RISCV), has: (site) => where("machine.ts")(site) && !site.startsWith("check"),
    plays: (name) => isPlayed(name) && isForeign(name) && (/x86-64|riscv/.test(name) || name.startsWith("walks beside a guest")),
  },
];

function ofEightBytes(root: string): Map<string, string> {
  const file = "format/generic.ts", text = readFileSync(join(root, "assembly", file), "utf8");
  const constants = { "hasAnyItem(): bool": "false", "itemLg2(): i32": "3", "generationBits(itemLg2: i32): i32": "64" };
  return new Map([[file, Object.entries(constants).reduce((changed, [question, answer]) => {
    const [before, after, ...more] = changed.split(`${question} { return `);
    if (after === undefined || more.length) throw new PageMirrorError("EIO", `assembly/${file} has no ${question}: this is a fault of the explorer`);
    return `${before}${question} { return ${answer}; }${after.slice(after.indexOf("}") + 1)}`;
  }, text)]]);
}
