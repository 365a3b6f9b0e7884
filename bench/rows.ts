// The rows of the bench: what is measured, against whom, and the bar that it shall meet.
import type { Bar } from "../src/report/measurements.js";
import type { Runtime } from "./runtimes.js";
import type { Case } from "./workload.js";

export interface Peer { name: string; bar?: (runtime: Runtime) => Bar | undefined }
export interface RowPlan { case: Case; title: string; peers: readonly Peer[] }

const atMost = (value: number): Peer["bar"] => () => ({ atMost: value });
/** Bars that differ between compilers are set for Node alone, from 24 on and before. */
const onNode = (from24: number, before: number): Peer["bar"] => ({ name }) => {
  const major = /^Node (\d+)/.exec(name)?.[1];
  return major === undefined ? undefined : { atMost: Number(major) >= 24 ? from24 : before };
};
const beside = (...names: string[]): Peer[] => names.map((name) => ({ name }));

export const ROWS: readonly RowPlan[] = [
  { case: "translate-random", title: "translate, batch, random", peers: [
    { name: "C, plain", bar: onNode(1, 1.3) }, ...beside("C, 8 walks in flight", "C, same protocol"),
  ] },
  { case: "translate-sequential", title: "translate, batch, sequential", peers: [{ name: "C, plain", bar: atMost(0.7) }, ...beside("C, same protocol")] },
  { case: "translate-range", title: "translate, ranges", peers: [{ name: "C, plain", bar: atMost(0.7) }] },
  { case: "translate-single", title: "translate, one call each", peers: [
    { name: "C, plain", bar: onNode(2, 3) }, { name: "JS Map", bar: atMost(1 / 5) }, { name: "JS Map, bigint", bar: atMost(1 / 12) },
    ...beside("JS radix", "C++ unordered_map", "C++ map", "C, same protocol"),
  ] },
  { case: "map-single", title: "map one page a call", peers: [
    { name: "C, same protocol", bar: onNode(3, 4) }, ...beside("C, plain", "JS Map", "JS Map, bigint", "JS radix", "C++ unordered_map", "C++ map"),
  ] },
  { case: "unmap-single", title: "unmap one page a call", peers: [
    { name: "C, same protocol", bar: onNode(3, 4) }, ...beside("C, plain", "JS Map", "JS Map, bigint", "JS radix", "C++ unordered_map", "C++ map"),
  ] },
  { case: "map-new", title: "map 256 pages a call, new directories", peers: [{ name: "C, plain", bar: atMost(2) }, ...beside("C, same protocol")] },
  { case: "edit-existing", title: "map and unmap 256 pages a call, existing directories", peers: [
    { name: "C, compare-and-swap", bar: atMost(1.3) }, ...beside("C, plain"),
  ] },
  { case: "edit-owned", title: "map and unmap 256 pages a call, existing directories, owned", peers: [{ name: "C, atomic exchange", bar: atMost(1.5) }] },
];

/** Two threads: the ratio is that of the speed-ups. */
export const SCALING_ROWS: readonly { case: Case; title: string; bar: Bar }[] = [
  { case: "two-disjoint", title: "2 workers, disjoint ranges (ratio of speed-ups)", bar: { atLeast: 0.9 } },
  { case: "two-same", title: "2 workers, translating the same (ratio of speed-ups)", bar: { atLeast: 0.9 } },
];
/** What a curve of growth is compared with, and how near it stays everywhere. */
export const SCALING_PEER = "C, plain";
export const GROWTH_BAR: Bar = { atMost: 1.3 };

/** Our other formats against x86-64, in the same run. */
export const FORMAT_BASE = "x86-64";
export const FORMAT_ROWS: readonly { case: Case; title: string }[] = [
  { case: "translate-random", title: "translate, batch, random" }, { case: "map-single", title: "map one page a call" },
];
export const formatBar = (format: string): Bar => ({ atMost: format === "generic" ? 2.5 : 1.3 });

/** Values that are held against nothing but a bar. */
export const VALUE_ROWS: readonly { case: Case; title: string; unit: "ns" | "bytes"; bar?: Bar }[] = [
  { case: "bytes", title: "memory: bytes of directories and descriptors, a page", unit: "bytes", bar: { atMost: 8.15 } },
  { case: "compile", title: "compile the wasm", unit: "ns" },
  { case: "instantiate", title: "instantiate the wasm and attach", unit: "ns", bar: { atMost: 10e6 } },
];
export const SIZE_ROW = { title: "size of the wasm, bytes", bar: { atMost: 256 * 1024 } } as const;
