// What a replay found: the JSON that `--json` prints, and the timeline that the report draws.

/** A number for each side. */
export interface Sides { cpu: number; device: number }
/** A number for each direction of migration. */
export interface Directions { to_device: number; to_system: number }

/** One process of a replay. */
export interface ProcessResult {
  process: number;
  /** Accesses made (a modify is one). */
  accesses: Sides;
  faults: Sides;
  /** Faults by kind: `fill` a page touched first, `right` a missing right, `back` a CPU touch of a page on the device,
   * `map` a device entry made for memory where it lies, `migrate` a device fault that moved the page. */
  fault_kinds: Record<FaultKind, number>;
  /** Pages moved for this process, evictions of its pages included. */
  migrations: Directions;
  /** Pages of this process that left the device because somebody needed room. */
  evictions: number;
  /** Bytes loaded that differ from the flat reference (0 without `--verify`). */
  mismatches: number;
  /** Pages that the process has at the end, and how many of them lie on the device. */
  pages: number;
  device_pages: number;
  /** Hash of the pages' numbers and bytes at the end. */
  image_hash: string;
}
export type FaultKind = "fill" | "right" | "back" | "map" | "migrate";

export interface ReplayResult {
  trace: string;
  seed: number;
  policy: "migrate" | "remote";
  workers: number;
  page_bytes: number;
  device_memory_bytes: number;
  /** Instruction ranges that the device plays, as given. */
  offload: string[];
  /** Records of the trace by kind: the text counted once, whatever the number of processes. */
  records: { I: number; L: number; S: number; M: number };
  accesses: Sides;
  faults: Sides;
  fault_kinds: Record<FaultKind, number>;
  migrations: Directions;
  bytes_moved: number;
  evictions: number;
  mismatches: number;
  audit: { clean: boolean; leaked_frames: number };
  seconds: number;
  processes: ProcessResult[];
}

/** What happened when, over trace position (accesses from the start of the trace, all processes together). */
export interface Timeline {
  /** Accesses of the trace in one bucket. */
  bucket_accesses: number;
  /** Per bucket; every array has the same length. */
  faults: { cpu: number[]; device: number[] };
  bytes: { to_device: number[]; to_system: number[] };
  /** The most pages that were on the device in the bucket, all processes. */
  device_pages: number[];
  /** Pages (or runs of pages) by rising address; `accesses` of a row: per bucket, by each side. */
  rows: { first_page: number; pages: number; cpu: number[]; device: number[]; moves: number }[];
  /** Fault service times: how many took from 2^i to 2^(i+1) - 1 nanoseconds, by side. */
  service_ns_lg2: { cpu: number[]; device: number[] };
}
