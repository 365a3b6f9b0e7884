// The table of the engine's workloads.
import type { Workload } from "./workload.js";

export const WORKLOADS: Workload[] = [];
