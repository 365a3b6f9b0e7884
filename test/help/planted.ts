// An engine with a bug in it, for the explorer: compiled with the flags of the release in this process (the compiler is quick once
// it is warm), and kept under build/ by what went in.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { FormatClass } from "../../assembly/layout/table.js";
import { changedFiles, type Plant } from "./plant.js";

const FOLDER = "build/planted";
/** The classes of formats that their workloads use: a fraction of the code compiles in a fraction of the time. */
const FORMATS = 1 << FormatClass.X86_64 | 1 << FormatClass.GENERIC;

/** The wasm, and the text that has the names of its functions. */
export interface Planted { wasm: Uint8Array<ArrayBuffer>; names: string }

function hashOf(changed: Map<string, string>): string {
  const { version } = JSON.parse(readFileSync("node_modules/assemblyscript/package.json", "utf8")) as { version: string };
  const hash = createHash("sha256").update(`${version} ${FORMATS}`).update(readFileSync("asconfig.json")).update(readFileSync("assembly/asconfig.json"));
  for (const name of (readdirSync("assembly", { recursive: true }) as string[]).filter((each) => each.endsWith(".ts")).sort())
    hash.update(`\n${name}\n`).update(changed.get(name) ?? readFileSync(join("assembly", name)));
  return hash.digest("hex").slice(0, 16);
}

export async function plantedEngine(plant: Plant): Promise<Planted> {
  const changed = changedFiles(plant), file = `${FOLDER}/${hashOf(changed)}`;
  if (!existsSync(`${file}.wasm`)) {
    const asc = (await import("assemblyscript/asc")).default, written = new Map<string, string | Uint8Array>();
    let messages = "";
    const { error } = await asc.main(["--target", "release", "--use", `FORMATS=${FORMATS}`], {
      readFile: (name, folder) => {
        const path = join(folder, name);
        const text = changed.get(relative("assembly", path));
        if (text !== undefined) return text;
        return existsSync(path) ? readFileSync(path, "utf8") : null;
      },
      writeFile: (path, contents) => { written.set(path, contents); },
      listFiles: (folder) => existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".ts")) : null,
      stderr: { write: (text: string | Uint8Array) => { messages += String(text); return true; } },
    });
    if (error) throw new Error(`"${plant.name}" does not compile: ${error.message}\n${messages}`);
    mkdirSync(FOLDER, { recursive: true });
    for (const ending of ["wat", "wasm"]) { // the wasm last: where it is, all is
      writeFileSync(`${file}.${ending}.part`, written.get(`build/pagemirror.${ending}`)!);
      renameSync(`${file}.${ending}.part`, `${file}.${ending}`);
    }
  }
  return { wasm: new Uint8Array(readFileSync(`${file}.wasm`)), names: readFileSync(`${file}.wat`, "utf8") };
}
