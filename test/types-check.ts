// The sources, the tests and the benchmarks pass the type checker. esbuild only strips types: without this nobody would look.
import { spawnSync } from "node:child_process";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("types check");

test("tsc --noEmit finds nothing", () => {
  const words = ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "."];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  assert.ok(status === 0, `tsc ended with ${status}:\n${stdout}${stderr}`);
});

test.run();
