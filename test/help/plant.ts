// A bug planted on purpose: pieces of assembly files replaced by others, and who must notice.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Method } from "../../src/explore/explore.js";

export interface Edit {
  /** File in assembly/, and a text that stands in it exactly once. */
  file: string;
  find: string;
  replace: string;
}
/** How the explorer must find a plant. */
export interface Explored {
  /** In which workload. */
  workload: string;
  /** Where states are too many to visit them in their order: drawn by this seed. */
  method?: Method;
  seed?: number;
  /** Found in the timeline, which names functions of the source. */
  tells: RegExp;
  /** Not by default: another plant of the same kind is quicker to find, or easier to understand. */
  isExtra?: true;
}
export interface Plant extends Edit {
  name: string;
  /** Name of the test file that must fail. */
  test?: string;
  explored?: Explored;
  /** Another place that the bug needs; changed first. */
  and?: Edit;
}

/** The texts of the files that a plant changes, by their names in assembly/. */
export function changedFiles(plant: Plant): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of plant.and ? [plant.and, plant] : [plant]) {
    const parts = (texts.get(file) ?? readFileSync(join("assembly", file), "utf8")).split(find);
    if (parts.length !== 2) throw new Error(`"${plant.name}": assembly/${file} holds the text to replace ${parts.length - 1} times, expected once`);
    texts.set(file, parts.join(replace));
  }
  return texts;
}

/** The wasm with the bug in it, compiled in a folder that is made anew. */
export function compilePlant(plant: Plant, folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync("assembly", join(folder, "assembly"), { recursive: true });
  cpSync("asconfig.json", join(folder, "asconfig.json"));
  for (const [file, text] of changedFiles(plant)) writeFileSync(join(folder, "assembly", file), text);
  const asc = resolve("node_modules/assemblyscript/bin/asc.js");
  const { status, stderr } = spawnSync(process.execPath, [asc, "--target", "release"], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`"${plant.name}" does not compile:\n${stderr}`);
  return join(folder, "build/pagemirror.wasm");
}
