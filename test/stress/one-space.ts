// A worker of the stress on one address space: operations at random, in rounds. Worker 0 looks at everything between rounds,
// while the others wait.
import { Engine, type EngineHandle } from "../../src/engine.js";
import { Thread } from "../../src/thread.js";
import { Ledger } from "../../src/stress/ledger.js";
import { SpaceActor, type SpaceScene } from "../../src/stress/space-actor.js";
import { answer } from "../help/crew.js";

export interface OneSpaceJob extends SpaceScene {
  handle: EngineHandle;
  writer: number; seed: number; seconds: number;
  /** Workers are killed on the way: nobody waits for another, and nobody looks between rounds. */
  kills?: boolean;
}
export interface OneSpaceAnswer { violations: string[]; operations: Record<string, number>; rounds: number }

const ROUND_OPERATIONS = 2000;

answer((job: OneSpaceJob): OneSpaceAnswer => {
  const { writer, writers, kills } = job, until = performance.now() + job.seconds * 1000;
  const thread = Thread.register(Engine.attach(job.handle)), actor = new SpaceActor(thread, job, writer, job.seed), ledger = new Ledger(job.ledger);
  let rounds = 0;
  ledger.setSlot(writer, thread.index);
  if (kills) actor.takeOver();
  for (; !ledger.stopped; rounds++) {
    for (let i = 0; i < ROUND_OPERATIONS && !actor.isDone; i++) actor.operate();
    if (kills) continue;
    ledger.meet(writers);
    if (writer === 0) {
      actor.lookAround();
      if (performance.now() > until || actor.violations.length) ledger.stop();
    }
    ledger.meet(writers);
  }
  const { violations, operations } = actor;
  if (thread.lostWakeUps) violations.push(`thread ${writer}: ${thread.lostWakeUps} wake-ups lost`);
  return { violations, operations, rounds };
});
