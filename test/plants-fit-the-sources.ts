// Every bug that `npm run plants` plants finds its place: the text that it replaces stands in the sources exactly once.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { EXPLORED_PLANTS } from "./help/plants-explored.js";
import { HMM_PLANTS } from "./help/plants-hmm.js";
import { TABLE_PLANTS } from "./help/plants-table.js";

const plants = suite("plants");

plants("each text to replace stands once in its file", () => {
  const lost = [...TABLE_PLANTS, ...HMM_PLANTS, ...EXPLORED_PLANTS].flatMap((plant) => plant.and ? [plant.and, plant] : [plant])
    .filter(({ file, find }) => readFileSync(`assembly/${file}`, "utf8").split(find).length !== 2)
    .map(({ file, find }) => `${file}: ${find}`);
  // What a bug's first change adds may hold the text of its second once more: only the untouched sources are looked at.
  assert.equal(lost, []);
});

plants.run();
