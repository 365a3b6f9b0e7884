// The table of the engine's workloads.
import { tablePairs, tableWorkload } from "./engine/table-pairs.js";
import type { Workload } from "./workload.js";

export const WORKLOADS: Workload[] = [...tablePairs("none"), ...tablePairs("death"), ...tablePairs("no frames")].map(tableWorkload);
