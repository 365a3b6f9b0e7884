// Bugs planted in the engine's own sources: each is found in a small workload of two or three threads, made short, and seen again
// whenever it is played. EXPLORE_ALL=1 looks for those as well that the default leaves out to save time; EXPLORE_SHOW=1 prints states,
// seconds and traces.
import process from "node:process";
import { Worker } from "node:worker_threads";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Plant } from "./help/plant.js";
import { EXPLORED_PLANTS } from "./help/plants-explored.js";
import { HMM_PLANTS } from "./help/plants-hmm.js";
import { PIN_PLANTS } from "./help/plants-pins.js";
import { TABLE_PLANTS } from "./help/plants-table.js";
import type { Answer, Found } from "./plants/find.js";

const WORKERS = 2, SWITCHES_MAX = 10;
const all = [...EXPLORED_PLANTS, ...HMM_PLANTS, ...TABLE_PLANTS, ...PIN_PLANTS].filter(({ explored }) => explored);
const chosen = all.filter(({ explored }) => process.env["EXPLORE_ALL"] || !explored!.isExtra);

/** Begins to look for all of them, a few at a time. */
function findAll(plants: readonly Plant[]): Promise<Found>[] {
  const tasks: { plant: Plant; settle: (answer: Answer) => void }[] = [];
  const found = plants.map((plant) => new Promise<Found>((resolve, reject) => {
    tasks.push({ plant, settle: (answer) => { if ("found" in answer) resolve(answer.found); else reject(new Error(answer.error)); } });
  }));
  for (const each of found) each.catch(() => undefined); // the test that waits for it fails
  for (let i = 0; i < WORKERS; i++) {
    const worker = new Worker(new URL("./plants/find.js", import.meta.url));
    let current: typeof tasks[number] | undefined;
    const next = (): void => {
      current = tasks.shift();
      if (current) worker.postMessage(current.plant);
      else void worker.terminate();
    };
    worker.on("message", (answer: Answer) => { current!.settle(answer); next(); });
    worker.on("error", (error) => { for (const task of [current, ...tasks.splice(0)]) task?.settle({ error: String(error) }); });
    next();
  }
  return found;
}

const bugs = suite("bugs of the engine"), begun = findAll(chosen);
chosen.forEach(({ name, explored }, i) => bugs(`${name}: found in "${explored!.workload}"`, async () => {
  const { failure, played, ...figures } = await begun[i]!;
  if (process.env["EXPLORE_SHOW"]) console.log(name, JSON.stringify({ ...figures, ...failure, timeline: undefined }));
  assert.ok(failure, `nothing found: ${JSON.stringify(figures)}`);
  assert.ok(failure.switches <= SWITCHES_MAX, `${failure.trace} has more than ${SWITCHES_MAX} switches`);
  assert.is(played.length, 1, `plays differently: ${played.join("; ")}`);
  assert.ok(played[0]!.startsWith(`${failure.kind}: ${failure.message},`), `${played[0]} is not ${failure.message}`);
  assert.match(failure.timeline, explored!.tells);
}));

bugs.run();
