// A thread that plants a bug, lets the explorer look for it, and plays what it found: for tests that look for many.
import { parentPort } from "node:worker_threads";
import { explore, Subjects } from "../../src/explore/explore.js";
import type { Violation } from "../../src/explore/outcome.js";
import { replay, timeline } from "../../src/explore/replay.js";
import { formatTrace, parseTrace, switches } from "../../src/explore/trace.js";
import { WORKLOADS } from "../../src/explore/workloads.js";
import { plantedEngine } from "../help/planted.js";
import type { Plant } from "../help/plant.js";

const SECONDS = 60, TIMES = 100;

export interface Found {
  states: number; transitions: number; seconds: number;
  failure?: Violation & { trace: string; switches: number; timeline: string };
  /** What playing the trace again led to: each different outcome, and the hash of the last state, as text. */
  played: string[];
}
export type Answer = { found: Found } | { error: string };

export async function find(plant: Plant): Promise<Found> {
  const { workload: name, method = "states", seed = 1 } = plant.explored!, workload = WORKLOADS.find((each) => each.name === name);
  if (!workload) throw new Error(`"${plant.name}": no workload ${JSON.stringify(name)}`);
  const { wasm, names } = await plantedEngine(plant), machine = await new Subjects(wasm, [workload], names).machineFor(workload);
  const { failure, states, transitions, seconds } = explore(machine, { method, seed, seconds: SECONDS });
  if (!failure) return { states, transitions, seconds, played: [] };
  const { kind, message } = failure, trace = formatTrace(failure.trace), played = new Set<string>();
  for (let i = 0; i < TIMES; i++) {
    const { violation, low, high } = replay(machine, parseTrace(trace), { kind });
    played.add(`${violation?.kind}: ${violation?.message}, ${low >>> 0} ${high >>> 0}`);
  }
  const shown = { kind, message, trace, switches: switches(failure.trace), timeline: timeline(machine, failure.trace, kind) };
  return { states, transitions, seconds, failure: shown, played: [...played] };
}

parentPort?.on("message", (plant: Plant) => {
  find(plant).then((found): Answer => ({ found }), (error: unknown): Answer => ({ error: String(error) })).then((answer) => { parentPort!.postMessage(answer); }, () => undefined);
});
