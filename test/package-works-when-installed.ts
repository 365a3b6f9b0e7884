// What `npm pack` makes works in somebody else's project: the programs of the README in Node, alone and bundled, the types in a strict
// TypeScript project, the sources in an AssemblyScript program. `npm run embed` does the same with other runtimes and a browser.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import asc from "assemblyscript/asc";
import { build } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PRINTED, installPackage, programs } from "./help/package.js";

const { folder, remove } = installPackage();

/** Runs a script of Node in the project; answers what it printed. */
function run(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: "utf8" });
  assert.is(status, 0, stdout + stderr);
  return stdout;
}
async function compile(...words: string[]): Promise<void> {
  const { error, stderr } = await asc.main([...words, "--baseDir", folder]);
  assert.is(error, null, stderr.toString());
}

const works = suite("package works when installed");

works("the README's programs are found, and are short", () => {
  const found = programs();
  assert.equal([...found.keys()], ["emulator.mjs", "program.ts", "alone.mjs", "bundled.mjs", "worker.mjs", "index.html"]);
  for (const [name, text] of found) assert.ok(text.split("\n").length <= 18, name);
});

for (const [program, printed] of Object.entries(PRINTED)) works(`Node runs ${program}`, () => assert.is(run(program), `${printed}\n`));

for (const platform of ["browser", "node"] as const) works(`a bundle for platform ${platform}`, async () => {
  const outfile = join(folder, `bundle-${platform}.mjs`);
  const options = { bundle: true, format: "esm", target: "es2022", minify: true, loader: { ".wasm": "binary" }, logLevel: "silent" } as const;
  await build({ ...options, entryPoints: [join(folder, "bundled.mjs")], platform, outfile, absWorkingDir: folder });
  assert.is(run(outfile), "42\n");
});

works("an AssemblyScript program with the engine in it", async () => {
  await compile("program.ts", "-o", "program.wasm", "--use", "UNSHARED=1");
  const { instance } = await WebAssembly.instantiate(readFileSync(join(folder, "program.wasm")), { env: { abort: () => assert.unreachable("abort") } });
  assert.is((instance.exports["run"] as () => number)(), 42);
});

works("a small build of the installed sources", async () => {
  const config = ["--config", "node_modules/pagemirror/assembly/asconfig.json"];
  await compile("node_modules/pagemirror/assembly/tables-only.ts", ...config, "--use", "FORMATS=1", "-o", "tables.wasm");
  assert.not.ok(WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(join(folder, "tables.wasm")))).some(({ name }) => name === "spaceCreate"));
});

works("the types, in a strict TypeScript project that checks declarations too", () => {
  writeFileSync(join(folder, "typed.mts"), `import { Engine, Machine, PageMirrorError, Space, Table, Thread, type EngineOptions, type Mapping } from "pagemirror";
    import type { Verbs } from "pagemirror/engine";
    const options: EngineOptions = { memory: new WebAssembly.Memory({ initial: 1 }), size: 2 ** 20 };
    const engine = await Engine.create(options), thread = Thread.register(engine), table = Table.create(thread, "riscv-sv48");
    const mapped: Mapping[] = table.unmapRange(0, 8), verbs: Pick<Verbs, "tableLookup"> = engine.wasm, frame: number = verbs.tableLookup(thread.me, 0, 1);
    export { mapped, frame, Machine, Space, PageMirrorError };
    // @ts-expect-error: a format that there is not
    Table.create(thread, "sparc");`);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({
    compilerOptions: { target: "es2022", module: "nodenext", lib: ["es2022", "dom"], types: [], strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true },
    files: ["typed.mts"],
  }));
  assert.is(run(resolve("node_modules/typescript/bin/tsc"), "-p", "."), "");
});

works.after(remove);

works.run();
