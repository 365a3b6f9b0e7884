// X1: threads are killed at random moments, in the middle of whatever they do, and buried. The others go on; no store of a living
// thread is lost, no load is stale; at the end the audit is clean and every frame is accounted for.
import { Worker } from "node:worker_threads";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bury } from "../src/bury.js";
import { Migrator } from "../src/migrate.js";
import { Mirror } from "../src/mirror.js";
import { Right, Space } from "../src/space.js";
import { Ledger, PAGES } from "../src/stress/ledger.js";
import { SEED, describeThreads, generator, makeEngine } from "./help/engine.js";
import type { OneSpaceAnswer, OneSpaceJob } from "./stress/one-space.js";

const WRITERS = 4;
const SECONDS = Number(process.env["STRESS_SECONDS"] ?? 6);
const dead = suite("dead threads");

dead(`workers are killed and buried (seed ${SEED})`, async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 512, deviceFrames: 32, threads: WRITERS + 1, workspaceBytes: 64 << 20 });
  const space = Space.create(thread), mirror = Mirror.create(space, new Migrator(thread), { place: () => "remote" }, "riscv-sv48");
  const base = Number(space.mmap(PAGES * 4096, Right.READ | Right.WRITE)), random = generator(SEED);
  const shared = new SharedArrayBuffer(Ledger.BYTES), ledger = new Ledger(shared), answers: OneSpaceAnswer[] = [];
  // Those who die together are buried together: this thread is the only burier, and a dead one's change waits for the others' sections.
  const fallen: number[] = [], mourners: (() => void)[] = [];
  let kills = 0, dying = 0, together = 0;

  /** Runs a writer, and its successors, until the ledger says stop. */
  async function life(writer: number): Promise<void> {
    for (let generation = 0; !ledger.stopped; generation++) {
      ledger.setSlot(writer, -1);
      const job: OneSpaceJob = {
        handle: engine.handle, space: space.handle, mirror: mirror.handle, ledger: shared, writer, writers: WRITERS,
        seed: SEED + generation * 31, seconds: SECONDS, basePage: base / 4096, kills: true,
      };
      const worker = new Worker(new URL("./stress/one-space.js", import.meta.url), { workerData: job });
      const ended = new Promise<OneSpaceAnswer | undefined>((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
        worker.once("exit", () => resolve(undefined));
      });
      const gone = new Promise<void>((resolve) => { worker.once("exit", () => resolve()); });
      // A random moment of its life; writer 0 lives to the end, so that somebody always does.
      const kill = (): void => {
        if (isKilled || fallen.length || ledger.stopped || ledger.slot(writer) < 0) return;
        isKilled = true;
        dying++;
        void worker.terminate();
      };
      let isKilled = false;
      const timer = writer ? setInterval(kill, 50 + random(100)) : undefined;
      const answer = await ended;
      clearInterval(timer);
      await gone; // only then is it certain that it cannot run again
      if (answer) answers.push(answer);
      else kills++;
      if (isKilled) dying--;
      if (ledger.slot(writer) >= 0) fallen.push(ledger.slot(writer));
      if (dying) await new Promise<void>((resolve) => { mourners.push(resolve); });
      else {
        if (fallen.length > 1) together++;
        bury(thread, ...fallen.splice(0));
        for (const goOn of mourners.splice(0)) goOn();
      }
    }
  }
  const late = setTimeout(() => { console.error(`not done after ${SECONDS * 3 + 60} s\n${describeThreads(engine)}`); process.exit(1); }, (SECONDS * 3 + 60) * 1000);
  setTimeout(() => ledger.stop(), SECONDS * 1000);
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => life(writer)));
  clearTimeout(late);

  assert.equal(answers.flatMap(({ violations }) => violations), [], `seed ${SEED}`);
  assert.ok(kills > 0, "somebody was killed");
  if (process.env["STRESS_SECONDS"]) console.log(`${kills} killed, ${together} times several`, answers[0]!.operations);
  const audit = engine.audit(thread.me);
  assert.ok(audit.clean, `seed ${SEED}, ${kills} killed: ${JSON.stringify(audit)}`);
  mirror.destroy();
  space.destroy();
  const end = engine.audit(thread.me);
  assert.ok(end.clean && end.directories === 0 && end.pages === 0 && end.records === 0, JSON.stringify(end));
});

dead("nobody in the slot, one's own slot", async () => {
  const { thread } = await makeEngine();
  assert.is(bury(thread, 5), 0);
  assert.is(bury(thread, thread.index), 0);
  assert.throws(() => bury(thread, 99), /expected a whole number from 0 to 7/);
});

dead.run();
