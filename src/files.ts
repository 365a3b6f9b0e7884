// The files of a verb. Those that it writes are refused before the work begins, and written whole.
import { accessSync, constants, existsSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PageMirrorError } from "./error.js";

/** A file that the build leaves beside the command, or in the folder of a checkout where it is made. */
export function ownFile(name: string): string | undefined {
  return [`./${name}`, `../build/${name}`].map((path) => new URL(path, import.meta.url)).map((url) => fileURLToPath(url)).find((path) => existsSync(path));
}
export function readInput(file: string): Buffer<ArrayBuffer> {
  try { return readFileSync(file) as Buffer<ArrayBuffer>; }
  catch (error) { throw new PageMirrorError("EINVAL", `${file}: ${(error as Error).message}; expected a file to read`); }
}

/** Refuses an output that cannot be written, or that is an input or the other output. `inputs`: files, by what they are. */
export function checkOutputs(inputs: { [what: string]: string | undefined }, flags: { history?: string; json?: string; report?: string }): void {
  const taken = new Map<string, string>(Object.entries(inputs).flatMap(([what, file]) => file === undefined || file === "-" ? [] : [[realPath(file), `the ${what}`] as const]));
  for (const [option, file] of [["--history", flags.history], ["--json", flags.json], ["--report", flags.report]] as const) {
    if (file === undefined || (option === "--json" && file === "-")) continue;
    const refuse = (why: string): never => { throw new PageMirrorError("EINVAL", `${option} ${file || '""'}: ${why}; expected a file that can be written`); };
    if (!file || file === "-") refuse("is no file name");
    const path = realPath(file), folder = dirname(path), other = taken.get(path);
    if (other) refuse(`is ${other} too`);
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) refuse("its folder does not exist");
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) refuse("is a directory");
    try { accessSync(found ? path : folder, constants.W_OK); } catch { refuse("is not writable"); }
    taken.set(path, option);
  }
}
function realPath(file: string): string {
  try { return realpathSync(file); } catch { return resolve(file); }
}

/** From now on the job goes on when nobody reads standard output any more: its files and its exit code matter. */
export function outlivePipe(): void {
  process.stdout.removeAllListeners("error").on("error", (error: NodeJS.ErrnoException) => { if (error.code === "ENOSPC") throw error; });
}

/** The whole file or nothing: a name beside it first. */
export function writeWhole(file: string, text: string): void {
  const path = realPath(file), part = `${path}.part`;
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) return writeFileSync(path, text); // a device such as /dev/null
    writeFileSync(part, text);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}
