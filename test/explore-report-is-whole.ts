// The page of an exploration: everything that was found is on it, as text, in one file of a bearable size.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WORKLOADS } from "../src/explore/workloads.js";
import { describeFinding, renderExploration } from "../src/report/explore.js";
import { EXPLORATION_ELEMENT, nameParts, type ExploredWorkload } from "../src/report/exploration.js";
import { NASTY, madeUpExploration } from "./help/exploration.js";

const test = suite("an explore report is whole");

const script = readFileSync("dist/report-page.js", "utf8"), report = madeUpExploration(2500), page = renderExploration(report, script);
/** What a browser shows before any script runs. */
const text = page.replace(/<script[^]*?<\/script>|<style>[^]*?<\/style>/g, "");
const escaped = (plain: string): string => plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

test("every workload is in the list's data, as it was given", () => {
  const json = new RegExp(`<script type="application/json" id="${EXPLORATION_ELEMENT}">([^<]*)</script>`).exec(page)?.[1];
  assert.equal(JSON.parse(json ?? ""), report.workloads.map(({ failure: _, ...workload }) => workload));
});

test("failures have their message, their command and their timeline", () => {
  const failures = report.workloads.flatMap(({ name, failure }) => failure ? [{ name, failure }] : []);
  assert.ok(failures.length > 1);
  for (const { name, failure } of failures)
    for (const part of [name, failure.kind, failure.message, failure.replay, failure.timeline]) assert.ok(text.includes(escaped(part)), part);
});

test("survivors have their site, their change and what was tried", () => {
  for (const { site, change, tried, note } of report.mutants.survivors)
    for (const part of [site, change, ...tried.slice(0, 20), ...note === undefined ? [] : [note]]) assert.ok(text.includes(escaped(part)), part);
});

test("what is text stays text", () => {
  assert.ok(text.includes(escaped(NASTY)));
  assert.not.ok(page.includes(NASTY));
  assert.is([...page.matchAll(/<script/g)].length, 2, "one for the data, one for the plots");
});

test("nothing is fetched from elsewhere", () => {
  assert.not.match(text, /<link|<img|<iframe|\bsrc=|\bhref=/);
  assert.not.match(page, /@import|url\(\s*["']?(?:https?:)?\/\//);
  assert.match(page, /Content-Security-Policy" content="default-src 'none'/);
});

test("2,500 workloads fit into 3 MB, also when all of them fail", () => {
  assert.ok(page.length < 3e6, `${page.length} characters`);
  const failure = { ...report.workloads.find((workload) => workload.failure)!.failure!, timeline: "A                B\n".repeat(200) };
  const broken = renderExploration({ ...report, workloads: report.workloads.map((workload) => ({ ...workload, violations: 1, failure })) }, script);
  assert.ok(broken.length < 6e6, `${broken.length} characters`);
});

test("the finding says how far it goes", () => {
  const [whole] = report.workloads.filter(({ complete, bound }) => complete && bound === undefined), mutants = { total: 0, killed: 0, survivors: [], killedBy: {} };
  const finding = (workloads: ExploredWorkload[], score = mutants): string => describeFinding({ ...report, workloads, mutants: score });
  assert.is(finding([]), "No workload was explored.");
  assert.is(finding([whole!]), "1 workload, complete: no violation.");
  assert.is(finding([whole!, whole!], { ...mutants, total: 200, killed: 199 }), "2 workloads, all complete: no violation; 199 of 200 mutants killed (over 99%).");
  assert.is(finding([whole!, { ...whole!, complete: false, bound: "60 seconds" }]), "2 workloads: no violation, 1 complete, 1 bounded (60 seconds).");
  assert.is(finding([whole!, { ...whole!, complete: false, violations: 1 }]), "2 workloads: 1 violation in 1 of them, 1 complete.");
  assert.is(finding([{ ...whole!, complete: false, violations: 1 }]), "1 workload: 1 violation.");
});

test("an empty exploration is a page as well", () => {
  const nothing = { wasm: "0", seconds: 0, workloads: [], mutants: { total: 0, killed: 0, survivors: [], killedBy: {} } };
  assert.match(renderExploration(nothing, script), "No workload was explored.");
});

test("the names of the engine's workloads tell what they are about", () => {
  for (const { name, threads, deaths } of WORKLOADS.filter((workload) => workload.name.includes(" | "))) { // the others have sentences for names
    const { verbs, subject, trouble } = nameParts(name), state = /, (mapped|empty|untouched|in system memory|on the device|hole)(?=,|$)/.exec(name)?.[1];
    assert.is(verbs.length, threads, name);
    if (deaths) assert.ok(trouble === "death" || trouble === "stop", name);
    if (state !== undefined) assert.is(subject, state === "mapped" || state === "empty" ? "tables" : "spaces", name);
  }
  const comma = "CPU load | device store, migrating, same page, untouched, death";
  assert.equal(nameParts(comma), { verbs: ["CPU load", "device store, migrating"], subject: "spaces", trouble: "death" });
  assert.equal(nameParts("ticket"), { verbs: ["ticket"], subject: "others", trouble: "" });
});

test.run();
