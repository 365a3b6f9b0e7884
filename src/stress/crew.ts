// The workers of a run: started, sent into rounds, killed at random moments, buried and replaced.
//
//   seat: STARTING ──ready──> RUNNING ──terminate──> DYING ──exit event──> DEAD ──buried──> EMPTY ──all buried──> STARTING
//
// A slot that was buried is free at once, so nobody registers while a burial is open: whoever buries late, or twice, would bury
// the slot's next tenant.
import { Worker } from "node:worker_threads";
import { bury } from "../bury.js";
import type { Thread } from "../thread.js";
import type { Board } from "./board.js";
import type { Random } from "../generator.js";
import type { WorkerJob, WorkerMessage } from "./worker.js";

const WORKER = new URL("./stress-worker.js", import.meta.url);
const MAIN = -1;
/** How often burials are looked after, and how long another worker may take to begin one. */
const TEND_MS = 4;
const OTHERS_MS = 30;
/** A kill falls into this time after a round's begin. */
const STRIKE_MS = 3;

type State = "starting" | "running" | "dying" | "dead" | "empty";
interface Seat { state: State; worker: Worker | undefined; generation: number; isPlaying: boolean; died: number; diedAt: number }

/** A worker said that something is wrong, or ended by itself. */
export class CrewError extends Error { constructor(message: string, readonly seat: number) { super(message); } }

export class Crew {
  kills = 0;
  buried = 0;
  /** Burials that other workers did. */
  buriedByWorkers = 0;
  /** Pages that left the device because somebody needed room. */
  evictions = 0;
  readonly #seats: Seat[];
  #changed: () => void = () => { /* nobody waits yet */ };
  #error: Error | undefined;
  #ending = false;

  /** `mayWait`: verbs wait for others, so only one may be dead and not buried at a time. */
  constructor(
    readonly thread: Thread, readonly board: Board, readonly random: Random, readonly mayWait: boolean, seats: number,
    readonly job: (seat: number, generation: number) => WorkerJob,
  ) {
    this.#seats = Array.from({ length: seats }, (): Seat => ({ state: "empty", worker: undefined, generation: -1, isPlaying: false, died: 0, diedAt: 0 }));
    this.#fill();
  }

  #with(...states: State[]): number[] { return this.#seats.flatMap(({ state }, seat) => states.includes(state) ? [seat] : []); }
  /** Everybody is there and nobody is dead. */
  get isWhole(): boolean { return this.#with("running").length === this.#seats.length; }
  /** Nobody is dead and not buried: the audit can be clean. */
  get allBuried(): boolean { return this.#with("dying", "dead").length === 0; }
  /** The stamp at which it was certain that the worker of a seat cannot run; 0 while it lives. */
  died(seat: number): number { return this.#seats[seat]!.died; }

  /** Waits until at least one worker, or all of them, can play. */
  async ready(all = false): Promise<void> { await this.#until(() => all ? this.isWhole : this.#with("running").length > 0); }

  /** A round of all who run; answers their seats when each has arrived or is dead. */
  async play(round: number): Promise<number[]> {
    const playing = this.#with("running");
    for (const seat of playing) Object.assign(this.#seats[seat]!, { isPlaying: true, died: 0 });
    for (const seat of this.#seats.keys()) this.board.setUsed(seat, 0); // here: a worker may be killed before it has looked
    this.board.resetClock();
    this.board.startRound(playing, round);
    await this.#until(() => !this.#seats.some(({ isPlaying }) => isPlaying));
    return playing;
  }

  /** Kills one or more of those who play, a moment from now. False when nobody may be killed. */
  strike(): boolean {
    const running = this.#with("running").filter((seat) => this.#seats[seat]!.isPlaying);
    if (!running.length || this.#with("starting").length || (this.mayWait && !this.allBuried)) return false;
    for (let victims = this.mayWait || this.random(4) ? 1 : 2; victims > 0 && running.length; victims--) {
      const [victim] = running.splice(this.random(running.length), 1), until = performance.now() + this.random(1000) / 1000 * STRIKE_MS;
      while (performance.now() < until) { /* a timer would be too coarse */ }
      this.kills++;
      this.#seats[victim!]!.state = "dying";
      void this.#seats[victim!]!.worker!.terminate();
    }
    return true;
  }

  /** Buries who is dead, and ends all. */
  async end(): Promise<void> {
    await this.#until(() => this.allBuried && this.#with("starting").length === 0);
    this.#ending = true;
    this.board.stop();
    await this.#until(() => this.#seats.every(({ worker }) => !worker));
  }
  /** Ends all, whatever they do: after an error. */
  async abandon(): Promise<void> {
    this.#ending = true;
    await Promise.all(this.#seats.map(({ worker }) => worker?.terminate()));
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#error) throw this.#error;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.allBuried ? 1000 : TEND_MS);
        this.#changed = () => { clearTimeout(timer); resolve(); };
      });
      this.#tend();
    }
    if (this.#error) throw this.#error;
  }

  /** Looks after burials; when none is open, fills the seats again. */
  #tend(): void {
    for (const seat of this.#with("dead")) {
      const { diedAt } = this.#seats[seat]!;
      if (this.board.isBuried(seat)) { this.#empty(seat, true); continue; }
      const mine = performance.now() - diedAt > OTHERS_MS && this.board.takeBurial(seat, MAIN);
      const orphaned = this.#with("dead", "empty").some((other) => this.board.isTakenBy(seat, other)); // its burier died as well
      const [busy] = this.#with("running").filter((other) => this.board.isTakenBy(seat, other));
      if (mine || orphaned) {
        bury(this.thread, this.board.slot(seat));
        this.#empty(seat, false);
      } else if (busy !== undefined && !this.mayWait && this.random(2)) bury(this.thread, this.board.slot(seat)); // two at once
    }
    if (this.allBuried && !this.#ending) this.#fill();
  }
  #empty(seat: number, byWorker: boolean): void {
    this.board.forgetBurial(seat);
    this.#seats[seat]!.state = "empty";
    this.buried++;
    if (byWorker) this.buriedByWorkers++;
  }
  #fill(): void { for (const seat of this.#with("empty")) this.#start(seat); }

  #start(number: number): void {
    const seat = this.#seats[number]!, worker = new Worker(WORKER, { workerData: this.job(number, ++seat.generation) });
    Object.assign(seat, { state: "starting", worker });
    worker.on("message", (message: WorkerMessage) => this.#heard(number, message));
    worker.on("error", (error) => this.#fail(`worker ${number}: ${error.stack ?? String(error)}`, number));
    worker.on("exit", () => this.#ended(number));
  }
  #heard(number: number, message: WorkerMessage): void {
    const seat = this.#seats[number]!;
    if (message.kind === "failed") this.#fail(message.message, number);
    else if (message.kind === "ready") seat.state = "running";
    else {
      if (seat.state === "running") seat.isPlaying = false; // one that was killed has arrived when it is dead
      this.evictions += message.evictions;
      for (const violation of message.violations) this.#fail(violation, number);
    }
    this.#changed();
  }
  #ended(number: number): void {
    const seat = this.#seats[number]!;
    seat.worker = undefined;
    if (seat.state === "dying") {
      Object.assign(seat, { state: "dead", isPlaying: false, died: this.board.stamp(), diedAt: performance.now() });
      if (this.random(3) === 0) seat.diedAt = -Infinity; // the main thread does it, unless somebody is quicker
      this.board.wantBurial(number);
      this.#tend();
    } else if (!this.#ending) this.#fail(`worker ${number} ended by itself`, number);
    this.#changed();
  }
  #fail(message: string, seat: number): void {
    this.#error ??= new CrewError(message, seat);
    this.#changed();
  }
}
