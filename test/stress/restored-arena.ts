// Restores an arena from bytes in a worker of its own, looks at it, works on, and answers what it saw.
import { generator } from "../../src/generator.js";
import { restore } from "../../src/checkpoint.js";
import { Thread } from "../../src/thread.js";
import { World, type WorldParts } from "../help/world.js";
import { parentPort, workerData } from "node:worker_threads";

export interface RestoredJob { module: WebAssembly.Module; bytes: Uint8Array; parts: WorldParts; seed: number }
export interface RestoredAnswer { picture: string; later: string; misread: string[] }

const { module, bytes, parts, seed } = workerData as RestoredJob, engine = await restore(bytes, { wasm: module }), world = World.attach(Thread.register(engine), parts);
const picture = world.picture();
world.work(generator(seed), 100);
const later = world.picture();
parentPort!.postMessage({ picture, later, misread: world.misread() } satisfies RestoredAnswer);
