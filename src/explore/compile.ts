// Compiles the engine of a checkout in this process: with other formats than the release has, or with other sources.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { PageMirrorError } from "../error.js";

/** `names`: the text that has the names of its functions. */
export interface Compiled { wasm: Uint8Array<ArrayBuffer>; names: string; sourceMap: string }

/** `folder`: the checkout; `formats`: bits of the classes that it is compiled with (assembly/format/all.ts); `changed`: texts of files, by their names in assembly/. */
export async function compileEngine(folder: string, formats: number, changed: ReadonlyMap<string, string> = new Map()): Promise<Compiled> {
  const { default: asc } = await import("assemblyscript/asc"), written = new Map<string, string | Uint8Array>(), root = resolve(folder);
  let messages = "";
  const { error } = await asc.main(["--target", "release", "--use", `FORMATS=${formats}`, "--baseDir", root], {
    readFile: (name, from) => {
      const path = join(from, name);
      return changed.get(relative(join(root, "assembly"), path)) ?? (existsSync(path) ? readFileSync(path, "utf8") : null);
    },
    writeFile: (path, contents) => { written.set(path, contents); },
    listFiles: (of) => existsSync(of) ? readdirSync(of).filter((name) => name.endsWith(".ts")) : null,
    stderr: { write: (text: string | Uint8Array) => { messages += String(text); return true; } },
  });
  if (error) throw new PageMirrorError("EIO", `the engine does not compile: ${error.message}\n${messages}`);
  const get = (ending: string): string | Uint8Array => written.get(join(root, `build/pagemirror.${ending}`))!;
  return { wasm: new Uint8Array(get("wasm") as Uint8Array), names: String(get("wat")), sourceMap: String(get("wasm.map")) };
}
