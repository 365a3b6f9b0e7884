// Every bug that `npm run plants` plants finds its place: the text that it replaces stands in the sources exactly once.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WORKLOADS } from "../src/explore/workloads.js";
import { EXPLORED_PLANTS } from "./help/plants-explored.js";
import { HMM_PLANTS } from "./help/plants-hmm.js";
import { PIN_PLANTS } from "./help/plants-pins.js";
import { TABLE_PLANTS } from "./help/plants-table.js";

const plants = suite("plants"), all = [...TABLE_PLANTS, ...PIN_PLANTS, ...HMM_PLANTS, ...EXPLORED_PLANTS];

plants("each text to replace stands once in its file", () => {
  const lost = all.flatMap((plant) => plant.and ? [plant.and, plant] : [plant])
    .filter(({ file, find }) => readFileSync(`assembly/${file}`, "utf8").split(find).length !== 2)
    .map(({ file, find }) => `${file}: ${find}`);
  // What a bug's first change adds may hold the text of its second once more: only the untouched sources are looked at.
  assert.equal(lost, []);
});

plants("somebody must notice each, in a test or in a workload that there is", () => {
  const names = new Set(WORKLOADS.map(({ name }) => name));
  assert.is(names.size, WORKLOADS.length, "two workloads of one name");
  assert.equal(all.filter(({ test, explored }) => test === undefined && explored === undefined), []);
  assert.equal(all.filter(({ explored }) => explored && !names.has(explored.workload)).map(({ name }) => name), []);
});

plants.run();
