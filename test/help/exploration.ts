// An exploration that never took place: names like the engine's, numbers of the size that it has.
import { WORKLOADS } from "../../src/explore/workloads.js";
import type { ExplorationReport, ExploredFailure, ExploredWorkload } from "../../src/report/exploration.js";

export const NASTY = `</script><script>alert("&")</script><!-- <b>`;

/** From 0 to 1, the same ones each time. */
function numbers(seed: number): () => number {
  return () => { seed = Math.imul(seed, 1664525) + 1013904223 >>> 0; return seed / 2 ** 32; };
}

function failureOf(name: string, message: string): ExploredFailure {
  const left = (line: string): string => line.padEnd(64), trace = "A3 B17 A12";
  const lines = [
    `${left("A")}B`, "tableMap(256, 0, 3, 5, 1, 0)", "  entry of page 3: load 0x0  in directory/walkEntry", `${left("")}tableUnmap(512, 0, 3)`,
    `${left("")}  entry of page 3: cmpxchg 0x501 → 0x0  in directory/swapEntry`, "  entry of page 3: cmpxchg fails, 0x0", `${left("")}  tableUnmap = 0`,
    ...Array.from({ length: 30 }, (_, i) => `${i % 3 ? left("") : ""}  [0x${(4096 + 8 * i).toString(16)}]: store 0x${i.toString(16)} → 0x${(i + 1).toString(16)}`),
    `history: ${message}`,
  ];
  return { kind: "history", message, trace, replay: `pagemirror explore '${name}' --replay "${trace}"`, timeline: lines.join("\n") };
}

/** The engine's workloads, then others of more threads, then one of the user's own; some are bounded, two fail. */
export function madeUpExploration(count: number): ExplorationReport {
  const random = numbers(7);
  const more = Array.from({ length: Math.max(0, count - WORKLOADS.length - 1) }, (_, i) => ({ name: `map | unmap | lookup ${i}, same page, mapped`, threads: 3 }));
  const names = [...WORKLOADS, ...more].slice(0, count - 1).concat({ name: NASTY, threads: 2 } as typeof WORKLOADS[number]);
  const workloads = names.map(({ name, threads }, i): ExploredWorkload => {
    const isCut = random() < 0.004, hasFailed = i === 40 || i === count - 1;
    const size = Math.exp(5 + 6 * random() + (name.includes("death") ? 2 : 0) + (name.includes("range") ? 1.5 : 0) + (name.includes("migrat") ? 1 : 0));
    const states = Math.round(size), transitions = Math.round(size * (1.6 + random())), depth = Math.round(12 * Math.log(size) + 30 * random());
    return {
      name, threads, method: "states", states, transitions, ends: Math.round(size / 40) + 1, depth, complete: !isCut && !hasFailed, ...isCut && { bound: "60 seconds" },
      violations: hasFailed ? 1 : 0, seconds: Number((size / (40_000 + 60_000 * random())).toFixed(3)),
      ...hasFailed && { failure: failureOf(name, `page 3 was 257 and is 0: no order explains ${i === 40 ? "map = 0, unmap = 0" : NASTY}`) },
    };
  });
  const changes = ["made plain", "dropped", "made a load and a store", "made a load", "made a store", "dropped, answering that it succeeded", "always false", "always true"];
  const byChange = Object.fromEntries(changes.map((change, i) => [change, { total: 20 + 9 * i, killed: 20 + 9 * i - (i % 3) }]));
  const survivors = changes.flatMap((change, i) => Array.from({ length: i % 3 }, (_, place) => ({
    site: place ? `atomic load at directory.ts:${80 + i}:9` : `check 2 in Directory<Deep>#prune, ${NASTY}`, change, tried: workloads.slice(0, i * 100).map(({ name }) => name),
    ...place && { note: "a hint: whoever reads an old value looks once more" },
  })));
  const sum = (field: "total" | "killed"): number => Object.values(byChange).reduce((all, of) => all + of[field], 0);
  const killedBy = Object.fromEntries(workloads.slice(0, 60).map(({ name }, i) => [name, 60 - i]));
  const seconds = Math.round(workloads.reduce((all, each) => all + each.seconds, 0));
  return { wasm: "5f3a91c07d2e", seconds, machine: "2 cores", workloads, mutants: { total: sum("total"), killed: sum("killed"), survivors, killedBy, byChange } };
}
