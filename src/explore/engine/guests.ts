// Tables that a guest changes while they are walked. A walk judges and uses one and the same load of an item, so it answers what it would
// have answered before the change, or after it, and never a mixture: a guest could make one up. Each bit of items of every kind is flipped,
// all at once, between any two steps; the guest's processors are no threads of ours, so an event does it.
import { AmdItem, AmdNext } from "../../../assembly/layout/amdv1.js";
import { ArmFeature, ArmItem } from "../../../assembly/layout/armv8.js";
import { DartItem } from "../../../assembly/layout/dart.js";
import { Allowed, HardwareId, Setup } from "../../../assembly/layout/hardware.js";
import { RiscvFeature, RiscvItem } from "../../../assembly/layout/riscv.js";
import { VtdItem } from "../../../assembly/layout/vtd.js";
import { X86, X86Feature } from "../../../assembly/layout/x86_64.js";
import type { Memory, Workload } from "../workload.js";
import { layMachine, set64, told } from "./machines.js";
import { assemble, type Step } from "./program.js";

/** How tables are read, and what stands in them: words by level, the first of each on the path to all that is below. */
interface Guest {
  format: HardwareId; levels: number; vaBits: number; oaBits: number; pageLg2?: number; indexBits?: number; itemBytes?: 4 | 8; features?: number[];
  wanted?: number;
  /** The path's index in each table; default 0. */
  path?: number;
  words: bigint[][];
}

const RECORD = 4096, OUT = RECORD + 1024, TABLES = 8192, TABLE_BYTES = 4096, OFFSET = 0x9a8n;
/** Tables lie far apart, aligned as any format wants them. */
const tableAt = (level: number): bigint => BigInt(level + 1) << 16n;
const hostAt = (level: number, index: number, { itemBytes = 8 }: Guest): number => TABLES + level * TABLE_BYTES + index * itemBytes;
const word = (...bits: number[]): bigint => bits.reduce((sum, bit) => sum | 1n << BigInt(bit), 0n);

/** An item that is flipped: where it is, what it is before and after. */
interface Flip { level: number; index: number; before: bigint; after: bigint }
/** Each bit of each word, at an index of its own; on the path the words stay as they are. */
function flipsOf(guest: Guest): Flip[] {
  const { words, path = 0, itemBytes = 8 } = guest, items = TABLE_BYTES / itemBytes;
  return words.flatMap((known, level) => [
    { level, index: path, before: known[0]!, after: known[0]! },
    ...known.flatMap((before, nth) => Array.from({ length: 8 * itemBytes }, (_, bit): Flip => (
      { level, index: (path + 1 + 64 * nth + bit) % items, before, after: before ^ word(bit) }))),
  ]);
}

interface Walk { root: bigint; va: bigint }
/** An address whose walk meets each flipped item; the path's with one bit wrong, and a root with one bit wrong. */
function walksOf(guest: Guest): Walk[] {
  const { levels, vaBits, pageLg2 = 12, indexBits = pageLg2 - 3, path = 0, features = [] } = guest, root = tableAt(levels - 1);
  const isUpper = guest.format === HardwareId.ARMV8 && features.includes(ArmFeature.UPPER), above = isUpper ? (1n << 64n) - (1n << BigInt(vaBits)) : 0n;
  const at = (own: number, index: number): bigint => Array.from({ length: levels }, (_, level) => BigInt(level === own ? index : path) << BigInt(pageLg2 + level * indexBits))
    .reduce((sum, part) => sum | part, OFFSET) & ((1n << BigInt(vaBits)) - 1n) | above;
  const bits = Array.from({ length: 64 }, (_, bit) => word(bit)), onPath = at(0, path);
  return [
    ...flipsOf(guest).map(({ level, index }) => ({ root, va: at(level, index) })),
    ...bits.map((bit) => ({ root, va: onPath ^ bit })), ...bits.slice(0, 52).map((bit) => ({ root: root ^ bit, va: onPath })), { root, va: (1n << 64n) - 1n },
  ];
}

const setupOf = ({ format, levels, vaBits, oaBits, features = [] }: Guest): number => Number(
  BigInt(format << Setup.FORMAT | levels << Setup.LEVELS | vaBits << Setup.VA_BITS | oaBits << Setup.OA_BITS) | word(...features));
const valuesOf = (guest: Guest, { root, va }: Walk): number[] =>
  [RECORD, setupOf(guest), Number(root), Number(va >> 32n), Number(va & 0xffffffffn), guest.wanted ?? 0, OUT];

/** All walks, one after the other, by one thread. */
function beside(name: string, guest: Guest): Workload {
  return {
    name: `walks beside a guest: ${name}, machine`, threads: 1, entries: ["machineWalk"], subjectBytes: 65536, ...guest.itemBytes === 4 && { everyAccess: true },
    begin: (run, memory) => {
      const flips = flipsOf(guest), change = (to: "before" | "after") => (each: Memory): void => {
        for (const { level, index, [to]: item } of flips) {
          const at = hostAt(level, index, guest);
          if (guest.itemBytes === 4) each.setU32(at, Number(item)); else set64(each, at, item);
        }
      };
      layMachine(memory, RECORD, guest.words.map((_, level) => ({ pa: tableAt(level), bytes: TABLE_BYTES, at: hostAt(level, 0, guest) })));
      const calls = walksOf(guest).map((walk) => valuesOf(guest, walk)), alone = (): string[] => calls.map((values) => told(run("machineWalk", ...values), memory, OUT));
      change("after")(memory);
      const after = alone();
      change("before")(memory);
      const before = alone(), steps = calls.map((values, i): Step => ({
        entry: "machineWalk", values, choose: (verdict, view) => [before[i], after[i]].includes(told(verdict, view, OUT)) ? i + 1 < calls.length ? undefined : "end" : "wrong",
      }));
      // Asked only when an answer is wrong: a walk as long as none is.
      const wrong: Step = { label: "wrong", entry: "machineWalk", values: calls[0]!, answer: () => WRONG };
      return {
        threads: [assemble([[...steps, wrong]], 0)], events: [{ name: "the guest changes its tables", times: 1, happen: change("after") }],
        checkEnd: ({ completed }) => completed.some(({ result }) => result === WRONG) ? "a walk answers what it would have answered neither before nor after" : undefined,
      };
    },
  };
}
const WRONG = 99;

const x86 = (page: bigint, ...bits: number[]): bigint => page | word(X86.PRESENT, X86.WRITE, X86.USER, ...bits);
const X86_WORDS = [
  [x86(0x1234000n), x86(0x1234000n, X86.EXECUTE_DISABLE), word(X86.PRESENT)],
  [x86(tableAt(0)), x86(0x1200000n, X86.PAGE_SIZE)], [x86(tableAt(1)), x86(0x40000000n, X86.PAGE_SIZE)], [x86(tableAt(2))],
];
const X86_GUEST = { format: HardwareId.X86, levels: 4, vaBits: 48, words: X86_WORDS };

const riscv = (page: bigint, ...bits: number[]): bigint => page >> 2n | word(RiscvItem.VALID, ...bits);
const RWX = [RiscvItem.READ, RiscvItem.WRITE, RiscvItem.EXECUTE, RiscvItem.USER, RiscvItem.ACCESSED, RiscvItem.DIRTY];
const RISCV_LEAVES = [
  riscv(0x1234000n, ...RWX), riscv(0x1234000n, RiscvItem.EXECUTE, RiscvItem.ACCESSED),
  riscv(0x1238000n, ...RWX, RiscvItem.NAPOT),
  riscv(0x1234000n, RiscvItem.READ, RiscvItem.WRITE, RiscvItem.ACCESSED),
];
const RISCV_WORDS = [
  RISCV_LEAVES, [riscv(tableAt(0)), riscv(0x1200000n, ...RWX), riscv(0x1200000n, ...RWX, RiscvItem.NAPOT)],
  [riscv(tableAt(1)), riscv(0x40000000n, ...RWX)], [riscv(tableAt(2))],
];
const SV32_WORDS = [RISCV_LEAVES.slice(0, 2), [riscv(tableAt(0)), riscv(0x1000000n, ...RWX)]];
const RISCV_ALL = [RiscvFeature.NAPOT, RiscvFeature.PBMT, RiscvFeature.SUM, RiscvFeature.MXR, RiscvFeature.HARDWARE_AD];

const arm = (page: bigint, ...bits: number[]): bigint => page | word(ArmItem.VALID, ...bits);
const ARM_PAGE = [ArmItem.TABLE, ArmItem.USER, ArmItem.ACCESSED];
/** Of the leaves on the path, each is of use to other tables above it: what user code may write, the kernel never executes. */
const ARM_LEAVES = [
  arm(0x1230000n, ...ARM_PAGE), arm(0x1230000n, ArmItem.TABLE, ArmItem.USER, ArmItem.READ_ONLY, ArmItem.UXN),
  arm(0x1230000n, ArmItem.TABLE, ArmItem.ACCESSED),
];
const armWords = (levels: number, pageLg2: number): bigint[][] => Array.from({ length: levels }, (_, level) => level === 0
  ? pageLg2 === 14 ? ARM_LEAVES.toReversed() : ARM_LEAVES
  : [arm(tableAt(level - 1), ArmItem.TABLE), ...level < levels - 1 ? [arm(0n, ArmItem.USER, ArmItem.ACCESSED)] : []]);
const granule = (lg2: number): number[] => lg2 === 14 ? [ArmFeature.GRANULE] : lg2 === 16 ? [ArmFeature.GRANULE + 1] : [];
const armGuest = (levels: number, vaBits: number, pageLg2: number, ...features: number[]): Guest => ({
  format: HardwareId.ARMV8, levels, vaBits, oaBits: features.includes(ArmFeature.WIDE) ? 52 : 44,
  pageLg2, features: [...granule(pageLg2), ...features], words: armWords(levels, pageLg2),
});

const vtd = (page: bigint, ...bits: number[]): bigint => page | word(...bits);
const VTD_WORDS = [
  [vtd(0x1234000n, VtdItem.READ, VtdItem.WRITE), vtd(0x1234000n, VtdItem.READ), vtd(0x1234000n, VtdItem.WRITE)],
  ...[0x1200000n, 0x40000000n].map((large, level) => [vtd(tableAt(level), VtdItem.READ, VtdItem.WRITE), vtd(large, VtdItem.READ, VtdItem.PAGE_SIZE)]),
  [vtd(tableAt(2), VtdItem.READ, VtdItem.WRITE)],
];

const amd = (page: bigint, next: number): bigint => page | word(AmdItem.PRESENT, AmdItem.READ, AmdItem.WRITE) | BigInt(next) << BigInt(AmdItem.NEXT_LEVEL);
/** 2^lg2 bytes: ones up to the bit below, and a zero. */
const sized = (page: bigint, lg2: number): bigint => amd(page | (1n << BigInt(lg2 - 1)) - 4096n, AmdNext.SIZED);
const AMD_WORDS = [
  [amd(0x1234000n, AmdNext.PAGE), sized(0x1230000n, 16)], [amd(tableAt(0), 1), amd(0x1200000n, AmdNext.PAGE), sized(0x1000000n, 23), sized(0x1200000n, 16)],
  [amd(tableAt(1), 2), amd(tableAt(0), 1), amd(0x40000000n, AmdNext.PAGE)], [amd(tableAt(2), 3), amd(tableAt(0), 1)],
];
const dart = (page: bigint, ...bits: number[]): bigint => page | word(DartItem.VALID, ...bits);
const DART_WORDS = [[dart(0x1234000n, DartItem.WHOLE), dart(0x1234000n, DartItem.NO_WRITE), dart(0x1234000n, DartItem.NO_READ)], [dart(tableAt(0))]];

const GUESTS: { [name: string]: Guest } = {
  "x86-64": { ...X86_GUEST, oaBits: 52, features: [X86Feature.NO_EXECUTE, X86Feature.PAGES_1G] },
  "x86-64, few bits": { ...X86_GUEST, oaBits: 40, wanted: Allowed.USER_WRITE },
  "x86-64, protected": {
    ...X86_GUEST, oaBits: 52, features: [X86Feature.WRITE_PROTECT, X86Feature.SMEP, X86Feature.SMAP, X86Feature.NO_EXECUTE, X86Feature.PAGES_1G],
  },
  "RISC-V Sv48": { format: HardwareId.RISCV, levels: 4, vaBits: 48, oaBits: 56, words: RISCV_WORDS },
  "RISC-V Sv48, extended": { format: HardwareId.RISCV, levels: 4, vaBits: 48, oaBits: 50, features: RISCV_ALL, words: RISCV_WORDS },
  "RISC-V Sv39x4": {
    format: HardwareId.RISCV, levels: 3, vaBits: 41, oaBits: 56, features: [RiscvFeature.GUEST_PHYSICAL], wanted: Allowed.USER_WRITE,
    words: RISCV_WORDS.slice(0, 3),
  },
  "RISC-V Sv32": { format: HardwareId.RISCV, levels: 2, vaBits: 32, oaBits: 34, indexBits: 10, itemBytes: 4, words: SV32_WORDS },
  "Armv8, 4 KiB": armGuest(4, 48, 12, ArmFeature.FAULT_ON_ACCESS),
  "Armv8, 4 KiB, flat": armGuest(4, 48, 12, ArmFeature.FLAT),
  "Armv8, 4 KiB, wide": armGuest(5, 52, 12, ArmFeature.WIDE, ArmFeature.TOP_BYTE_IGNORED),
  "Armv8, 16 KiB": armGuest(4, 48, 14),
  "Armv8, 64 KiB, wide": armGuest(3, 52, 16, ArmFeature.WIDE),
  "Armv8, 4 KiB, upper half": armGuest(3, 39, 12, ArmFeature.UPPER),
  "VT-d": { format: HardwareId.VTD, levels: 4, vaBits: 48, oaBits: 46, words: VTD_WORDS },
  "AMD v1": { format: HardwareId.AMD_V1, levels: 4, vaBits: 48, oaBits: 48, words: AMD_WORDS },
  "AMD v1, six levels": {
    format: HardwareId.AMD_V1, levels: 6, vaBits: 64, oaBits: 48, words: [...AMD_WORDS, [amd(tableAt(3), 4)], [amd(tableAt(4), 5), sized(0n, 41)]],
  },
  "Apple DART": { format: HardwareId.DART, levels: 2, vaBits: 36, oaBits: 36, pageLg2: 14, words: DART_WORDS },
  "AMD v1, in the middle": { format: HardwareId.AMD_V1, levels: 4, vaBits: 48, oaBits: 52, path: 1, words: AMD_WORDS },
};

export const GUEST_WORKLOADS: Workload[] = Object.entries(GUESTS).map(([name, guest]) => beside(name, guest));
