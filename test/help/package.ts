// The package as somebody else gets it: packed, and installed into an empty project; and the programs that the README shows for it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";

function npm(cwd: string, ...words: string[]): void {
  execFileSync(process.platform === "win32" ? "npm.cmd" : "npm", words, { cwd, stdio: ["ignore", "ignore", "pipe"] });
}

/** Loads the files beside the library by itself, the one for shared memory and the other one. */
const PLAIN = `import { Engine, Table, Thread } from "pagemirror";
for (const options of [{}, { memory: new WebAssembly.Memory({ initial: 1 }) }]) {
  const engine = await Engine.create({ systemFrames: 64, ...options }), table = Table.create(Thread.register(engine));
  table.map(1, 2);
  console.log(table.lookup(1), Object.prototype.toString.call(engine.handle.memory.buffer));
}
`;
/** Programs of the project, and what they print. */
export const PRINTED = { "emulator.mjs": "130 -1", "alone.mjs": "42", "plain.mjs": "2 [object SharedArrayBuffer]\n2 [object ArrayBuffer]" } as const;

/** An empty project with the package in it, and the README's programs beside. Nothing is fetched: the only dependency lies here. */
export function installPackage(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "pagemirror-installed-"));
  npm(".", "pack", "--pack-destination", folder);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  npm(folder, "install", "--offline", "--install-links", "--no-audit", "--no-fund", "--ignore-scripts", `./${tarball}`, resolve("node_modules/@assemblyscript/loader"));
  for (const [name, text] of [...programs(), ["plain.mjs", PLAIN] as const]) writeFileSync(join(folder, name), text);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The blocks of the README's section on embedding that begin with the name of a file. */
export function programs(): Map<string, string> {
  const section = /^## Embedding\n([^]*?)^## /m.exec(readFileSync("README.md", "utf8"))![1]!;
  return new Map([...section.matchAll(/^```\w+\n(?:\/\/|<!--) (\w+\.\w+)[^]*?^```$/gm)].map(([block, name]) => [name!, block.split("\n").slice(1, -1).join("\n") + "\n"]));
}
