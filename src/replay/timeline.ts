// What happened when: buckets of trace position that double in width when there are too many, so that a long trace costs no
// more memory than a short one. A player's lane counts its own events; the canvas joins them with what the decoder saw.
import type { Timeline } from "./result.js";

const BUCKETS_MAX = 256;
const FIRST_WIDTH = 256;
const ROWS_MAX = 256;
const NS_BUCKETS = 40;

/** Named counters by bucket of trace position. */
export class Buckets<Name extends string> {
  width = FIRST_WIDTH;
  readonly series: Record<Name, number[]>;

  constructor(readonly names: readonly Name[]) {
    this.series = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  }
  add(name: Name, position: number, n: number): void {
    while (position >= this.width * BUCKETS_MAX) this.widen();
    const values = this.series[name], bucket = Math.floor(position / this.width);
    while (values.length <= bucket) values.push(0);
    values[bucket]! += n;
  }
  widen(): void {
    this.width *= 2;
    for (const name of this.names) this.series[name] = halved(this.series[name]);
  }
}
function halved(values: number[]): number[] {
  return Array.from({ length: Math.ceil(values.length / 2) }, (_, i) => values[2 * i]! + (values[2 * i + 1] ?? 0));
}

function added(a: number[], b: number[]): number[] { return a.map((n, i) => n + b[i]!); }

/** The largest of what was seen, by bucket. */
class Peaks {
  #width = FIRST_WIDTH;
  #values: (number | undefined)[] = [];

  see(position: number, value: number): void {
    for (; position >= this.#width * BUCKETS_MAX; this.#width *= 2) this.#values = halvedPeaks(this.#values);
    const bucket = Math.floor(position / this.#width);
    this.#values[bucket] = peak(this.#values[bucket], value);
  }
  get data(): LaneData["resident"] { return { width: this.#width, values: Array.from(this.#values) }; }
}
function peak(a: number | undefined, b: number | undefined): number | undefined { return a === undefined ? b : b === undefined ? a : Math.max(a, b); }
function halvedPeaks(values: (number | undefined)[]): (number | undefined)[] {
  return Array.from({ length: Math.ceil(values.length / 2) }, (_, i) => peak(values[2 * i], values[2 * i + 1]));
}

export type LaneEvent = "cpu" | "device" | "to_device" | "to_system";
/** What one worker saw, as it is posted to the main thread. */
export interface LaneData {
  width: number;
  series: Record<LaneEvent, number[]>;
  /** The most pages that were on the device in each bucket of this width; undefined where the lane saw no move. */
  resident: { width: number; values: (number | undefined)[] };
  service: { cpu: number[]; device: number[] };
  moves: [page: number, moves: number][];
}

/** Counts one worker's faults and moves. */
export class Lane {
  /** Trace position of the access being played. */
  position = 0;
  readonly #resident: Peaks = new Peaks();
  readonly #buckets = new Buckets<LaneEvent>(["cpu", "device", "to_device", "to_system"]);
  readonly #service = { cpu: new Array<number>(NS_BUCKETS).fill(0), device: new Array<number>(NS_BUCKETS).fill(0) };
  readonly #moves = new Map<number, number>();

  fault(side: "cpu" | "device", ns: number): void {
    this.#buckets.add(side, this.position, 1);
    this.#service[side][Math.min(NS_BUCKETS - 1, Math.floor(Math.log2(Math.max(1, ns))))]!++;
  }
  /** A page moved; `resident` pages of all processes are on the device now. */
  moved(page: number, to: "to_device" | "to_system", resident: number): void {
    this.#resident.see(this.position, resident);
    this.#buckets.add(to, this.position, 1);
    this.#moves.set(page, (this.#moves.get(page) ?? 0) + 1);
  }
  get data(): LaneData {
    return { width: this.#buckets.width, series: this.#buckets.series, resident: this.#resident.data, service: this.#service, moves: [...this.#moves] };
  }
}

/** The most pages on the device in each bucket; where nothing moved, what there was before. */
function residents(lanes: LaneData[], width: number, length: number): number[] {
  const fitted = lanes.map(({ resident }) => {
    let { values } = resident;
    for (let from = resident.width; from < width; from *= 2) values = halvedPeaks(values);
    return values;
  });
  let last = 0;
  return Array.from({ length }, (_, i) => last = fitted.map((values) => values[i]).reduce(peak, undefined) ?? last);
}

type Heat = { cpu: number[]; device: number[] };

/** Counts who touches which page when, from the decoded batches, and joins it with the lanes. */
export class Canvas {
  #width = FIRST_WIDTH;
  #pages = new Map<number, Heat>();

  touch(page: number, device: boolean, position: number): void {
    while (position >= this.#width * BUCKETS_MAX) {
      this.#width *= 2;
      for (const [at, heat] of this.#pages) this.#pages.set(at, { cpu: halved(heat.cpu), device: halved(heat.device) });
    }
    let heat = this.#pages.get(page);
    if (!heat) this.#pages.set(page, heat = { cpu: [], device: [] });
    const values = device ? heat.device : heat.cpu, bucket = Math.floor(position / this.#width);
    while (values.length <= bucket) values.push(0);
    values[bucket]!++;
  }

  /** The timeline of the whole replay; `accesses` is the trace's length. */
  join(lanes: LaneData[], accesses: number, pageBytes: number, processes: number): Timeline {
    const width = Math.max(this.#width, ...lanes.flatMap((lane) => [lane.width, lane.resident.width])), length = Math.ceil(accesses / width);
    const fit = (values: number[], from: number): number[] => {
      for (; from < width; from *= 2) values = halved(values);
      return Array.from({ length }, (_, i) => values[i] ?? 0);
    };
    const sum = (name: LaneEvent): number[] => lanes.map((lane) => fit(lane.series[name], lane.width)).reduce(added, fit([], width));
    const service = (side: "cpu" | "device"): number[] =>
      lanes.map((lane) => lane.service[side]).reduce(added, new Array<number>(NS_BUCKETS).fill(0));
    const [toDevice, toSystem] = [sum("to_device"), sum("to_system")];
    return {
      bucket_accesses: width,
      faults: { cpu: sum("cpu"), device: sum("device") },
      bytes: { to_device: toDevice.map((n) => n * pageBytes), to_system: toSystem.map((n) => n * pageBytes) },
      device_pages: residents(lanes, width, length),
      rows: this.#rows(lanes, (values) => fit(values, this.#width).map((n) => n * processes)), // every copy makes the same accesses
      service_ns_lg2: { cpu: service("cpu"), device: service("device") },
    };
  }

  /** Pages by rising address; neighbours share a row when there are more than fit. */
  #rows(lanes: LaneData[], fit: (values: number[]) => number[]): Timeline["rows"] {
    const moves = new Map<number, number>();
    for (const lane of lanes) for (const [page, n] of lane.moves) moves.set(page, (moves.get(page) ?? 0) + n);
    const pages = [...this.#pages.keys()].sort((a, b) => a - b), share = Math.ceil(pages.length / ROWS_MAX);
    const rows: Timeline["rows"] = [];
    for (let i = 0; i < pages.length; i += share) {
      const group = pages.slice(i, i + share);
      rows.push({
        first_page: group[0]!, pages: group.length,
        cpu: group.map((page) => fit(this.#pages.get(page)!.cpu)).reduce(added),
        device: group.map((page) => fit(this.#pages.get(page)!.device)).reduce(added),
        moves: group.reduce((n, page) => n + (moves.get(page) ?? 0), 0),
      });
    }
    return rows;
  }
}
