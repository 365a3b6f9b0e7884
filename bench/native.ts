// Compiles the C and C++ programs of native/, when there are compilers.
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

// The bundle lies in build/bench.
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SOURCES = join(ROOT, "bench/native");
const BINARIES = join(ROOT, "build/bench");

const COMPILERS = {
  c: { variable: "CC", names: ["cc", "gcc", "clang"], language: "C" },
  "c++": { variable: "CXX", names: ["c++", "g++", "clang++"], language: "C++" },
} as const;
type Language = keyof typeof COMPILERS;
interface Program { language: Language; source: string; file: string; flags: readonly string[] }

/** The tables in C and C++, by the name that the bench prints. */
export const NATIVE: Readonly<Record<string, Program>> = {
  "C, plain": { language: "c", source: "plain.c", file: "plain", flags: [] },
  "C, 8 walks in flight": { language: "c", source: "plain.c", file: "flight", flags: ["-DIN_FLIGHT=8"] },
  "C, atomic exchange": { language: "c", source: "plain.c", file: "exchange", flags: ["-DEXCHANGE"] },
  "C, compare-and-swap": { language: "c", source: "plain.c", file: "swap", flags: ["-DCOMPARE_AND_SWAP"] },
  "C, same protocol": { language: "c", source: "same.c", file: "same", flags: [] },
  "C++ unordered_map": { language: "c++", source: "standard.cc", file: "unordered", flags: [] },
  "C++ map": { language: "c++", source: "standard.cc", file: "ordered", flags: ["-DORDERED"] },
};
export const TRACE: Program = { language: "c", source: "trace.c", file: "trace", flags: [] };

/** The compiler of a language, or one line that says what was looked for. */
export function findCompiler(language: Language): { command: string } | { missing: string } {
  const { variable, names, language: spelled } = COMPILERS[language];
  const wanted = process.env[variable];
  for (const command of wanted ? [wanted] : names)
    if (spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0) return { command };
  return { missing: `no ${spelled} compiler (${wanted ?? names.join(", ")}; ${variable} names another): rows that need it are left out` };
}

const compilers = new Map<Language, string | undefined>();
/** Where the program of a table is; undefined without a compiler, which is said once. */
export async function program(name: string): Promise<string | undefined> {
  const { language } = NATIVE[name]!;
  if (!compilers.has(language)) {
    const found = findCompiler(language);
    if ("missing" in found) console.log(found.missing);
    compilers.set(language, "command" in found ? found.command : undefined);
  }
  const compiler = compilers.get(language);
  return compiler && compile(compiler, NATIVE[name]!);
}

/** Compiles a program, unless it is newer than everything that it may be made of, and answers its path. */
export async function compile(compiler: string, { source, file, flags }: Program): Promise<string> {
  mkdirSync(BINARIES, { recursive: true });
  const to = join(BINARIES, file), changed = Math.max(...readdirSync(SOURCES).map((name) => statSync(join(SOURCES, name)).mtimeMs));
  if (existsSync(to) && statSync(to).mtimeMs > changed) return to;
  const words = ["-O3", "-march=native", "-pthread", ...flags, "-o", to, join(SOURCES, source)];
  try { await promisify(execFile)(compiler, words); }
  catch (error) { throw new Error(`${compiler} cannot compile ${source}: ${(error as Error & { stderr?: string }).stderr?.trim().split("\n")[0] ?? String(error)}`); }
  return to;
}
