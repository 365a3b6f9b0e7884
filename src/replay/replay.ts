// A replay: makes the arena, starts the workers, feeds them the trace, joins what they report.
import { Worker } from "node:worker_threads";
import { Agent } from "../../assembly/layout/agent.js";
import { Player } from "../../assembly/layout/trace.js";
import { PAGE_BYTES } from "../address.js";
import { Engine } from "../engine.js";
import { PageMirrorError } from "../error.js";
import { Thread } from "../thread.js";
import { Feed, type OffloadRange } from "./feed.js";
import { WITNESS_BYTES } from "./process.js";
import { recordAt } from "./reference.js";
import type { Directions, FaultKind, ProcessResult, ReplayResult, Sides, Timeline } from "./result.js";
import { Canvas } from "./timeline.js";
import type { WorkerJob, WorkerMessage, WorkerReport } from "./worker.js";

export interface ReplayOptions {
  trace: string;
  offload: OffloadRange[];
  /** Instruction fetches touch their pages too. */
  fetch: boolean;
  processes: number;
  /** Number of the first process: its number goes into the bytes that it stores. */
  firstProcess: number;
  workers: number;
  deviceBytes: number;
  systemBytes: number;
  policy: "migrate" | "remote";
  seed: number;
  verify: boolean;
  /** Gather what the report draws. */
  timeline: boolean;
  /** Called now and then with the number of accesses read. */
  onProgress?: (accesses: number) => void;
}

const WORKER = new URL("./worker.js", import.meta.url);

export interface Replayed {
  result: ReplayResult;
  timeline: Timeline | undefined;
  /** What gathering the timeline took, beside the decoding. */
  gatheringMs: number;
  firstMismatch: string | undefined;
}

/** Plays a trace. EINVAL for a trace that cannot be read, ENOMEM for an arena that cannot be had or system memory used up. */
export async function replay(options: ReplayOptions): Promise<Replayed> {
  const began = performance.now();
  const workers = Math.min(options.workers, options.processes);
  const engine = await Engine.create({
    systemFrames: Math.ceil(options.systemBytes / PAGE_BYTES), deviceFrames: Math.ceil(options.deviceBytes / PAGE_BYTES), threads: workers + 1,
    tables: 2 * options.processes, spaces: options.processes, mirrors: options.processes,
    workspaceBytes: Feed.workspaceBytes + workers * WITNESS_BYTES + options.processes * (Agent.BYTES + Player.BYTES + 64),
  });
  let gatheringMs = 0;
  const thread = Thread.register(engine), canvas = options.timeline ? new Canvas() : undefined;
  const feed = new Feed(thread, options.trace, options.offload, options.fetch, workers, (at, count, position) => {
    options.onProgress?.(position);
    if (!canvas) return;
    const started = performance.now();
    for (let i = 0; i < count; i++) {
      const { address, size, device } = recordAt(engine, at, i), first = Math.floor(address / PAGE_BYTES);
      for (let page = first; page * PAGE_BYTES < address + size; page++) canvas.touch(page, device, position + i);
    }
    gatheringMs += performance.now() - started;
  });
  const crew = new Crew(engine, feed, workers, options);
  try {
    await Promise.all([feed.run(crew.signal), crew.played()]);
    const reports = await crew.reports();
    const audit = engine.audit(thread.me);
    const result = join(options, feed.records, reports, audit, (performance.now() - began) / 1000);
    const firstMismatch = reports.flatMap((report) => report.processes).find((process) => process.first_mismatch)?.first_mismatch;
    const lanes = reports.flatMap((report) => report.lane ?? []);
    return { result, timeline: canvas?.join(lanes, feed.position, PAGE_BYTES, options.processes), gatheringMs, firstMismatch };
  } finally { await crew.end(); }
}

/** The workers: an error or an early end of any of them ends all. */
class Crew {
  readonly #workers: Worker[];
  readonly #abort = new AbortController();
  readonly #messages: { played: Promise<void>; report: Promise<WorkerReport> }[];

  constructor(engine: Engine, feed: Feed, count: number, options: ReplayOptions) {
    this.#workers = Array.from({ length: count }, (_, reader) => new Worker(WORKER, { workerData: {
      handle: engine.handle, ring: feed.ring, reader, seed: options.seed, policy: options.policy, verify: options.verify, report: options.timeline, resident: feed.resident,
      processes: Array.from({ length: options.processes }, (_, i) => i).filter((i) => i % count === reader).map((i) => options.firstProcess + i),
    } satisfies WorkerJob }));
    this.#messages = this.#workers.map((worker) => this.#listen(worker));
  }
  get signal(): AbortSignal { return this.#abort.signal; }

  /** When every worker has played the whole trace. */
  async played(): Promise<void> { await Promise.all(this.#messages.map(({ played }) => played)); }
  /** Asks every worker for its report; nobody plays any more. */
  async reports(): Promise<WorkerReport[]> {
    for (const worker of this.#workers) worker.postMessage("report");
    return Promise.all(this.#messages.map(({ report }) => report));
  }
  async end(): Promise<void> { await Promise.all(this.#workers.map((worker) => worker.terminate())); }

  #listen(worker: Worker): { played: Promise<void>; report: Promise<WorkerReport> } {
    let playedNow!: () => void, reportNow!: (report: WorkerReport) => void, failNow!: (error: unknown) => void;
    const failed = new Promise<never>((_, reject) => { failNow = reject; });
    const fail = (error: unknown): void => { failNow(error); this.#abort.abort(error); };
    worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "played") playedNow();
      else if (message.kind === "report") reportNow(message.report);
      else fail(message.code ? new PageMirrorError(message.code, message.message) : Object.assign(new Error(message.message), { stack: message.stack }));
    });
    worker.on("error", fail);
    worker.on("exit", (code) => fail(new PageMirrorError("EIO", `a worker ended early with code ${code}`)));
    const race = <T>(promise: Promise<T>): Promise<T> => {
      const either = Promise.race([promise, failed]);
      either.catch(() => { /* whoever awaits it sees it; one that nobody awaits yet must not end the program */ });
      return either;
    };
    return { played: race(new Promise<void>((resolve) => { playedNow = resolve; })), report: race(new Promise<WorkerReport>((resolve) => { reportNow = resolve; })) };
  }
}

function join(options: ReplayOptions, records: ReplayResult["records"], reports: WorkerReport[], audit: { clean: boolean; leakedFrames: number }, seconds: number): ReplayResult {
  const movesOf = (space: number): Directions & { evictions: number } => reports.flatMap((report) => report.moves).filter((moves) => moves.space === space)
    .reduce((sum, moves) => ({ to_device: sum.to_device + moves.to_device, to_system: sum.to_system + moves.to_system, evictions: sum.evictions + moves.evictions }),
      { to_device: 0, to_system: 0, evictions: 0 });
  const processes = reports.flatMap((report) => report.processes).sort((a, b) => a.process - b.process).map(({ space, first_mismatch: _, ...process }): ProcessResult => {
    const { evictions, ...migrations } = movesOf(space);
    return { ...process, migrations, evictions };
  });
  const total = (of: (process: ProcessResult) => number): number => processes.reduce((sum, process) => sum + of(process), 0);
  const sides = (of: (process: ProcessResult) => Sides): Sides => ({ cpu: total((p) => of(p).cpu), device: total((p) => of(p).device) });
  const migrations = { to_device: total((p) => p.migrations.to_device), to_system: total((p) => p.migrations.to_system) };
  const kinds = ["fill", "right", "back", "map", "migrate"] as FaultKind[];
  return {
    trace: options.trace, seed: options.seed, policy: options.policy, workers: Math.min(options.workers, options.processes), page_bytes: PAGE_BYTES,
    device_memory_bytes: options.deviceBytes, offload: options.offload.map(({ first, last }) => `0x${first.toString(16)}-0x${last.toString(16)}`),
    records, accesses: sides((p) => p.accesses), faults: sides((p) => p.faults),
    fault_kinds: Object.fromEntries(kinds.map((kind) => [kind, total((p) => p.fault_kinds[kind])])) as Record<FaultKind, number>,
    migrations, bytes_moved: (migrations.to_device + migrations.to_system) * PAGE_BYTES, evictions: total((p) => p.evictions),
    mismatches: total((p) => p.mismatches), audit: { clean: audit.clean, leaked_frames: audit.leakedFrames }, seconds: Math.round(seconds * 1000) / 1000, processes,
  };
}
