// The bench in its smallest form: every row is measured and agrees with its peer, the JSON has its shape, the page needs nothing else.
// How fast anything is, is no test.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("the bench runs through");
const folder = mkdtempSync(join(tmpdir(), "pagemirror-bench-")), json = join(folder, "rows.json"), report = join(folder, "page.html");

interface Run { status: number | null; stdout: string; stderr: string }
function bench(words: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
  return spawnSync(process.execPath, ["build/bench/run.js", ...words], { encoding: "utf8", env: { ...process.env, ...env } });
}
const row = { case: "string", runtime: "string", ours_ns: "number", peer: "string", peer_ns: "number", ratio: "number", spread: "number" };
type Row = { [field in keyof typeof row]: unknown };
/** Fields that are null where nothing is compared. */
const LONELY = new Set(["peer", "peer_ns", "ratio"]);

test.before(() => {
  const { status, stderr } = spawnSync(process.execPath, ["build.mjs", "--bench"], { encoding: "utf8" });
  assert.is(status, 0, stderr);
});
test.after(() => rmSync(folder, { recursive: true }));

let all: Run, rows: Row[] = [], page = "";
test("--quick measures every row, with whatever compilers there are", () => {
  all = bench(["--quick", "--json", json, "--report", report]);
  assert.is(all.status, 0, all.stderr);
  rows = JSON.parse(readFileSync(json, "utf8")) as Row[];
  page = readFileSync(report, "utf8");
  for (const part of ["translate, batch, random", "map one page a call", "riscv-sv48", "generic", "memory", "size of the wasm", "instantiate"])
    assert.ok(rows.some((each) => String(each.case).includes(part)), part);
  assert.ok(rows.some(({ peer }) => peer === "JS Map, bigint"));
});

test("rows have the fields that they should have, and no others", () => {
  for (const each of rows) {
    assert.equal(Object.keys(each), Object.keys(row));
    const isLonely = each.peer === null;
    for (const [field, value] of Object.entries(each))
      if (isLonely && LONELY.has(field)) assert.is(value, null, `${String(each.case)}: ${field}`);
      else assert.is(typeof value, row[field as keyof Row], `${String(each.case)}: ${field}`);
    assert.ok(Number(each.ours_ns) > 0, String(each.case));
    if (!isLonely) assert.ok(Number(each.peer_ns) > 0 && Number(each.ratio) > 0, String(each.case));
  }
});

test("every row stands in the table, bars with their verdict", () => {
  for (const each of rows) assert.ok(all.stdout.includes(String(each.case)), String(each.case));
  assert.match(all.stdout, /≤ [\d.]+ +(met|missed)/);
});

test("the page holds every row and fetches nothing", () => {
  const text = page.replace(/<script[^]*?<\/script>|<style>[^]*?<\/style>/g, "");
  for (const each of rows) assert.ok(text.includes(String(each.case)), String(each.case));
  assert.not.match(text, /<link|<img|<iframe|\bsrc=|\bhref=/);
  assert.not.match(page, /@import|url\(\s*["']?(?:https?:)?\/\//);
  assert.match(page, /Content-Security-Policy" content="default-src 'none'/);
  assert.is([...page.matchAll(/<script/g)].length, 2, "one for the data, one for the plots");
});

test("without compilers the rows that need none are measured, and one line says what is missing", () => {
  const missing = { CC: "no-such-compiler", CXX: "no-such-compiler" };
  const { status, stdout, stderr } = bench(["--quick", "--match", "translate, one call", "--json", json, "--report", report], missing);
  assert.is(status, 0, stderr);
  for (const language of ["C", "C\\+\\+"]) assert.is([...stdout.matchAll(new RegExp(`^no ${language} compiler .*no-such-compiler`, "gm"))].length, 1, stdout);
  const peers = (JSON.parse(readFileSync(json, "utf8")) as Row[]).map(({ peer }) => peer);
  assert.equal(peers, ["JS Map", "JS Map, bigint", "JS radix"]);
});

test("bad words get one line and exit code 2", () => {
  for (const words of [["--pages", "5000"], ["--pages", "x"], ["--growth", "30"], ["--nonsense"], ["--json", "/no/such/folder/x"], ["--match", "no such row"]]) {
    const { status, stdout, stderr } = bench(["--quick", ...words]);
    assert.is(status, 2, `${words.join(" ")}: ${stdout}`);
    assert.match(stderr, /^bench: [^\n]+\n$/);
  }
});

test.run();
