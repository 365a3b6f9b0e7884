// One workload explored, as plain data that can cross between threads: figures, and of a failure all that there is to print.
import { explore, type ExploreOptions, type Method } from "./explore.js";
import type { Machine } from "./machine.js";
import type { Violation } from "./outcome.js";
import { timeline } from "./replay.js";
import { formatTrace } from "./trace.js";

export interface WorkloadResult {
  name: string; threads: number; method: Method; states: number; transitions: number; ends: number; depth: number; complete: boolean;
  bound?: string; violations: number; seconds: number;
  failure?: Violation & { wasm: string; seed: number; trace: string; timeline: string };
}

export function exploreTask(machine: Machine, options: ExploreOptions): WorkloadResult {
  const { workload: { name, threads }, subject } = machine, { method = "states", seed = 1 } = options;
  const { states, transitions, ends, depth, complete, bound, failure, seconds } = explore(machine, options);
  return {
    name, threads, method, states, transitions, ends, depth, complete, ...bound !== undefined && { bound }, violations: failure ? 1 : 0, seconds: Number(seconds.toFixed(3)),
    ...failure && { failure: {
      kind: failure.kind, message: failure.message, wasm: subject.hash, seed, trace: formatTrace(failure.trace), timeline: timeline(machine, failure.trace, failure.kind),
    } },
  };
}
