// The table of the engine's workloads.
import { ALONE_WORKLOADS } from "./engine/alone.js";
import { CHOSEN_WORKLOADS } from "./engine/chosen.js";
import { FUSED_WORKLOADS } from "./engine/fused.js";
import { DESCRIBED_WORKLOADS } from "./engine/described.js";
import { GHOST_WORKLOADS } from "./engine/ghosts.js";
import { GROWTH_WORKLOADS } from "./engine/growth.js";
import { GUEST_WORKLOADS } from "./engine/guests.js";
import { HARDWARE_WALK_WORKLOADS } from "./engine/hardware-walks.js";
import { IN_TURN_WORKLOADS } from "./engine/in-turn.js";
import { LARGE_WORKLOADS } from "./engine/large.js";
import { MACHINE_WORKLOADS } from "./engine/machines.js";
import { RANGE_WORKLOADS } from "./engine/ranges.js";
import { PIN_WORKLOADS } from "./engine/pins.js";
import { RECORD_WORKLOADS } from "./engine/records.js";
import { RING_WORKLOADS } from "./engine/rings.js";
import { RUN_WORKLOADS } from "./engine/runs.js";
import { SEVERAL_WORKLOADS } from "./engine/several.js";
import { SKIP_WORKLOADS } from "./engine/skips.js";
import { spacePairs, spaceWorkload } from "./engine/space-pairs.js";
import { tablePairs, tableWorkload, type Trouble } from "./engine/table-pairs.js";
import type { Workload } from "./workload.js";

const TROUBLES: Trouble[] = ["none", "death", "no frames"];

export const WORKLOADS: Workload[] = [
  ...[...TROUBLES, "stop" as const].flatMap(tablePairs).map(tableWorkload), // those of a space may wait for one that stopped
  ...TROUBLES.flatMap(spacePairs).map(spaceWorkload),
  ...IN_TURN_WORKLOADS, ...ALONE_WORKLOADS, ...CHOSEN_WORKLOADS, ...LARGE_WORKLOADS, ...FUSED_WORKLOADS, ...SEVERAL_WORKLOADS, ...RUN_WORKLOADS,
  ...GROWTH_WORKLOADS, ...SKIP_WORKLOADS, ...RANGE_WORKLOADS,
  ...RECORD_WORKLOADS, ...PIN_WORKLOADS, ...GHOST_WORKLOADS, ...MACHINE_WORKLOADS, ...GUEST_WORKLOADS, ...HARDWARE_WALK_WORKLOADS, ...RING_WORKLOADS, ...DESCRIBED_WORKLOADS,
];
