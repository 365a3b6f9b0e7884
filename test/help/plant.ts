// A bug planted on purpose: pieces of assembly files replaced by others, and the test that must notice.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export interface Edit {
  /** File in assembly/, and a text that stands in it exactly once. */
  file: string;
  find: string;
  replace: string;
}
export interface Plant extends Edit {
  name: string;
  /** Name of the test file that must fail. */
  test: string;
  /** Another place that the bug needs; changed first. */
  and?: Edit;
}

/** The wasm with the bug in it, compiled in a folder that is made anew. */
export function compilePlant(plant: Plant, folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync("assembly", join(folder, "assembly"), { recursive: true });
  cpSync("asconfig.json", join(folder, "asconfig.json"));
  for (const edit of plant.and ? [plant.and, plant] : [plant]) apply(edit, folder, plant.name);
  const asc = resolve("node_modules/assemblyscript/bin/asc.js");
  const { status, stderr } = spawnSync(process.execPath, [asc, "--target", "release"], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`"${plant.name}" does not compile:\n${stderr}`);
  return join(folder, "build/pagemirror.wasm");
}

function apply({ file, find, replace }: Edit, folder: string, name: string): void {
  const path = join(folder, "assembly", file), text = readFileSync(path, "utf8"), parts = text.split(find);
  if (parts.length !== 2) throw new Error(`"${name}": assembly/${file} holds the text to replace ${parts.length - 1} times, expected once`);
  writeFileSync(path, parts.join(replace));
}
