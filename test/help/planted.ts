// An engine with a bug in it, for the explorer: compiled with the flags of the release, for the formats that its workload uses, in this
// process (the compiler is quick once it is warm), and kept under build/ by what went in.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FormatClass } from "../../assembly/layout/table.js";
import { compileEngine } from "../../src/explore/compile.js";
import { changedFiles, type Plant } from "./plant.js";

const FOLDER = "build/planted";
const CLASSES = { "x86-64": FormatClass.X86_64, "amd-v1": FormatClass.AMD_V1 };
/** The classes of formats that a workload uses: a fraction of the code compiles in a fraction of the time. */
const formatsOf = ({ explored }: Plant): number =>
  Object.entries(CLASSES).reduce((formats, [name, kind]) => explored?.workload.includes(name) ? formats | 1 << kind : formats, 1 << FormatClass.GENERIC);

/** The wasm, and the text that has the names of its functions. */
export interface Planted { wasm: Uint8Array<ArrayBuffer>; names: string }

function hashOf(changed: Map<string, string>, formats: number): string {
  const { version } = JSON.parse(readFileSync("node_modules/assemblyscript/package.json", "utf8")) as { version: string };
  const hash = createHash("sha256").update(`${version} ${formats}`).update(readFileSync("asconfig.json")).update(readFileSync("assembly/asconfig.json"));
  for (const name of (readdirSync("assembly", { recursive: true }) as string[]).filter((each) => each.endsWith(".ts")).sort())
    hash.update(`\n${name}\n`).update(changed.get(name) ?? readFileSync(join("assembly", name)));
  return hash.digest("hex").slice(0, 16);
}

export async function plantedEngine(plant: Plant): Promise<Planted> {
  const changed = changedFiles(plant), formats = formatsOf(plant), file = `${FOLDER}/${hashOf(changed, formats)}`;
  if (!existsSync(`${file}.wasm`)) {
    const { wasm, names } = await compileEngine(".", formats, changed).catch((error: unknown) => { throw new Error(`"${plant.name}": ${String(error)}`); });
    mkdirSync(FOLDER, { recursive: true });
    for (const [ending, contents] of [["wat", names], ["wasm", wasm]] as const) { // the wasm last: where it is, all is
      writeFileSync(`${file}.${ending}.part`, contents);
      renameSync(`${file}.${ending}.part`, `${file}.${ending}`);
    }
  }
  return { wasm: new Uint8Array(readFileSync(`${file}.wasm`)), names: readFileSync(`${file}.wat`, "utf8") };
}
