// The program of the second thread of two.ts.
import { parentPort, workerData } from "node:worker_threads";
import { attach } from "./ours.js";
import { playSecond, type Shared } from "./two.js";
import { Workload } from "./workload.js";

const { engine, table, options, words } = workerData as Shared & { words: Int32Array };
const workload = new Workload(attach(engine, table), options);
parentPort!.postMessage("ready");
playSecond(words, workload);
