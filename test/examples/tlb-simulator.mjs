// A trace-driven TLB simulator: how often a program's accesses hit, and what they cost, with a few TLBs.
//   node test/examples/tlb-simulator.mjs [TRACE]     a trace of valgrind --tool=lackey --trace-mem=yes, perhaps gzipped
import { readFileSync } from "node:fs";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import { Allowed, Engine, Machine, Thread, Tlb, x86Trees } from "pagemirror";

const PAGE = 4096, tlb = (name, sets, ways, more) => ({ name, sets, ways, pageBytes: [PAGE], cycles: 1, ...more });
const split = (sets, ways) => ["fetch", "data"].map((serves) => tlb(`L1 ${serves}`, sets, ways, { serves }));
const CONFIGURATIONS = {
  "8 entries, all ways": { tlbs: [tlb("L1", 1, 8)] },
  "8 entries, FIFO": { tlbs: [tlb("L1", 1, 8, { replacement: "fifo" })] },
  "16 + 16 entries, 4 ways": { tlbs: split(4, 4) },
  "the same, table caches": { tlbs: split(4, 4), tableCaches: [0, 1, 2].map((level) => ({ name: `tables ${level}`, sets: 1, ways: 4, tables: [level], cycles: 1 })) },
  "the same, L2 of 1536": {
    tlbs: [...split(4, 4), tlb("L2", 128, 12, { level: 2, cycles: 8 })],
    tableCaches: [0, 1, 2].map((level) => ({ name: `tables ${level}`, sets: 1, ways: 4, tables: [level], cycles: 1 })),
  },
};

// The trace: an address and what the access wants.
const file = process.argv[2] ?? new URL("../fixtures/ls.lackey.gz", import.meta.url), bytes = readFileSync(file);
const text = (String(file).endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1"), addresses = [], kinds = [];
const WANTS = { I: Allowed.USER_EXECUTE, L: Allowed.USER_READ, S: Allowed.USER_WRITE, M: Allowed.USER_WRITE };
for (const [, kind, address] of text.matchAll(/^ ?([ILSM]) +([0-9a-f]+),/gm)) {
  addresses.push(parseInt(address, 16));
  kinds.push(WANTS[kind]);
}
const trace = Float64Array.from(addresses), wanted = Uint8Array.from(kinds);

// Page tables for every page that it touches, in memory of the simulated machine.
const RAM = 2 ** 20, engine = await Engine.create({ threads: 1, systemFrames: 64, workspaceBytes: 8 * RAM }), thread = Thread.register(engine);
const machine = Machine.create(thread, 16), at = machine.window(0n, RAM), ram = new BigUint64Array(engine.handle.memory.buffer, at, RAM / 8);
let tables = 2, pages = 0; // the root is at 4096
for (const page of new Set(addresses.map((address) => Math.floor(address / PAGE)))) {
  let table = 1;
  for (let level = 3; level >= 0; level--) {
    const item = table * PAGE / 8 + Math.floor(page / 2 ** (9 * level)) % 512;
    if (ram[item] === 0n) ram[item] = BigInt(level ? tables++ : 0x100000 + pages++) << 12n | 7n; // present, writable, the user's
    table = Number(ram[item] >> 12n);
  }
}
const { trees: [{ tree }] } = x86Trees({ cr0: 0x80010001, cr3: PAGE, cr4: 0x20, efer: 0xd00 });

console.log(`${trace.length} accesses to ${pages} pages, ${tables - 1} tables\n`);
console.log("configuration              L1 hits    walks  items read  cycles an access");
for (const [name, options] of Object.entries(CONFIGURATIONS)) {
  const model = Tlb.create(thread, { memoryCycles: 50, ...options });
  model.translate(machine, tree, trace, { wanted });
  const { accesses, walks, memoryAccesses, cycles, caches } = model.statistics;
  const hits = caches.reduce((sum, cache) => cache.name.startsWith("L1") ? sum + cache.hits : sum, 0), percent = (100 * hits / accesses).toFixed(3);
  console.log(name.padEnd(25), `${percent} %`.padStart(9), String(walks).padStart(8), String(memoryAccesses).padStart(11), (cycles / accesses).toFixed(3).padStart(17));
}
