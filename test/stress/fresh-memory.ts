// A worker that maps memory wherever there is room, looks that it is zero, writes, reads, and unmaps it again.
import { Agent, Side } from "../../src/agent.js";
import { Engine, type EngineHandle } from "../../src/engine.js";
import { Migrator } from "../../src/migrate.js";
import { Space, type SpaceHandle } from "../../src/space.js";
import { Thread } from "../../src/thread.js";
import { answer } from "../help/crew.js";
import { generator } from "../help/engine.js";

export interface FreshMemoryJob { handle: EngineHandle; space: SpaceHandle; worker: number; seed: number; rounds: number }
export interface FreshMemoryAnswer { violations: string[] }

const PAGES_MAX = 40;

answer(({ handle, space: spaceHandle, worker, seed, rounds }: FreshMemoryJob): FreshMemoryAnswer => {
  const thread = Thread.register(Engine.attach(handle)), space = Space.attach(thread, spaceHandle), agent = new Agent(space, new Migrator(thread));
  const random = generator(seed + worker), violations: string[] = [];
  for (let round = 0; round < rounds && violations.length < 5; round++) {
    const pages = 1 + random(PAGES_MAX), at = Number(space.mmap(pages * 4096)), value = BigInt(worker * 1_000_000 + round + 1);
    for (let page = 0; page < pages; page++) {
      const fresh = agent.load(Side.CPU, at + page * 4096);
      if (fresh !== 0n) violations.push(`worker ${worker}, round ${round}: fresh memory holds ${fresh}`);
      agent.store(Side.CPU, at + page * 4096, value);
    }
    for (let page = 0; page < pages; page++) {
      const kept = agent.load(Side.CPU, at + page * 4096);
      if (kept !== value) violations.push(`worker ${worker}, round ${round}: stored ${value}, loaded ${kept}`);
    }
    space.munmap(at, pages * 4096);
  }
  return { violations };
});
