// Compiles the C and C++ programs of native/, when there are compilers.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// The bundle lies in build/bench.
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SOURCES = join(ROOT, "bench/native");
const BINARIES = join(ROOT, "build/bench");

const COMPILERS = {
  c: { variable: "CC", names: ["cc", "gcc", "clang"], language: "C" },
  "c++": { variable: "CXX", names: ["c++", "g++", "clang++"], language: "C++" },
} as const;
type Language = keyof typeof COMPILERS;

/** The compiler of a language, or one line that says what was looked for. */
export function findCompiler(language: Language): { command: string } | { missing: string } {
  const { variable, names, language: spelled } = COMPILERS[language];
  const wanted = process.env[variable];
  for (const command of wanted ? [wanted] : names)
    if (spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0) return { command };
  return { missing: `no ${spelled} compiler (${wanted ?? names.join(", ")}; ${variable} names another): what needs it is left out` };
}

/** Compiles a source to build/bench/NAME and answers its path. */
export function compile(compiler: string, source: string, name: string, flags: readonly string[] = []): string {
  mkdirSync(BINARIES, { recursive: true });
  const from = join(SOURCES, source), to = join(BINARIES, name);
  if (!existsSync(from)) throw new Error(`${from}: not found`);
  const { status, stderr, error } = spawnSync(compiler, ["-O3", "-march=native", ...flags, "-o", to, from], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${compiler} cannot compile ${source}: ${(error?.message ?? stderr).trim().split("\n")[0]}`);
  return to;
}
