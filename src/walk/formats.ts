// The formats by name, as the command line knows them: what the hardware's registers would say, from a few words or from the registers themselves.
import { PageMirrorError, hex } from "../error.js";
import { amdTree, armStage2Tree, armTrees, dartTree, riscvTrees, vtdFirstStageTrees, vtdTree, x86Trees, type Tree, type Trees } from "../registers.js";

export interface FormatWords { format: string; levels?: string; root?: string; rootHigh?: string; vaBits?: string; vaBitsHigh?: string; register: string[] }

/** What a name says of a format: guestPhysical, of RISC-V, that hgatp is meant (x4). */
interface Known { family: Family; levels?: number; granule?: number; wide?: boolean; guestPhysical?: boolean }
const ALIASES: { [name: string]: Known } = {
  "x86-64": { family: "x86" },
  "riscv-sv32": { family: "riscv", levels: 2 },
  "riscv-sv39": { family: "riscv", levels: 3 }, "riscv-sv48": { family: "riscv", levels: 4 }, "riscv-sv57": { family: "riscv", levels: 5 },
  ...Object.fromEntries([[32, 2], [39, 3], [48, 4], [57, 5]].map(([bits, levels]) => [`riscv-sv${bits}x4`, { family: "riscv", levels, guestPhysical: true }])),
  "aarch64-4k": { family: "arm", granule: 12 }, "aarch64-16k": { family: "arm", granule: 14 }, "aarch64-64k": { family: "arm", granule: 16 },
  "vtd-ss": { family: "vtd" }, "vtd-fs": { family: "vtd-first" }, "amd-v1": { family: "amd" }, "apple-dart": { family: "dart" },
  "aarch64-4k-lpa2": { family: "arm", granule: 12, wide: true }, "aarch64-16k-lpa2": { family: "arm", granule: 14, wide: true },
  "aarch64-stage2": { family: "arm-stage2" },
};
export type Family = "x86" | "riscv" | "arm" | "arm-stage2" | "vtd" | "vtd-first" | "amd" | "dart";
export const FORMAT_NAMES = Object.keys(ALIASES);
/** The registers that each family takes. */
const REGISTERS: { [family in Family]: string[] } = {
  x86: ["cr0", "cr3", "cr4", "efer"], riscv: ["satp", "hgatp"], arm: ["ttbr0", "ttbr1", "tcr"], "arm-stage2": ["vttbr", "vtcr"], vtd: [], "vtd-first": [], amd: [], dart: [],
};
const single = (tree: Tree): Trees => ({ trees: [{ tree, first: 0n }], select: () => tree });
/** Tables of IOMMUs: a root and so many levels, four where that is left open and possible. */
interface Device { least: number; most: number; trees(root: bigint, levels: number): Trees }
const DEVICES: { [family in Family]?: Device } = {
  vtd: { least: 3, most: 5, trees: (root, levels) => single(vtdTree({ root, levels })) },
  "vtd-first": { least: 4, most: 5, trees: (root, levels) => vtdFirstStageTrees({ root, levels }) },
  amd: { least: 1, most: 6, trees: (root, mode) => single(amdTree({ root, mode })) },
  dart: { least: 2, most: 2, trees: (root) => single(dartTree({ root })) },
};

/** "0x12ab", "12ab0000" with digits only read as decimal, as everywhere: a 64-bit number. */
export function parseAddress(option: string, text: string): bigint {
  const value = /^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(text) ? BigInt(text) : -1n;
  if (value < 0n || value >> 64n) throw new PageMirrorError("EINVAL", `${option} ${JSON.stringify(text)}: expected an address of at most 64 bits, such as 0x7f0012345000`);
  return value;
}

/** The name of a format without what may be left out: x86_64-4level is x86-64 with four levels, aarch64-stage1-4k is aarch64-4k. */
function resolveFormat(format: string): Known {
  const match = /^(.*)-([45])level$/.exec(format.replace("x86_64", "x86-64")), name = match?.[1] ?? format.replace("x86_64", "x86-64").replace("-stage1", "");
  const found = ALIASES[name];
  if (!found || (match && found.family !== "x86")) throw new PageMirrorError("EINVAL", `--format ${format}: expected one of ${FORMAT_NAMES.join(", ")}`);
  return { ...found, ...match && { levels: Number(match[2]) } };
}

export function treesFrom(words: FormatWords): { family: Family; trees: Trees } {
  const { family, granule = 12, wide = false, guestPhysical = false, ...given } = resolveFormat(words.format);
  const registers = readRegisters(family, words.register), chosen = words.levels === undefined ? undefined : Number(words.levels);
  const register = guestPhysical ? "hgatp" : REGISTERS[family].find((name) => /cr3|satp|ttbr0/.test(name));
  const refuse = (message: string): never => { throw new PageMirrorError("EINVAL", message); };
  if (chosen !== undefined && given.levels !== undefined && chosen !== given.levels) refuse(`--levels ${words.levels}: expected ${given.levels}, as --format ${words.format} says`);
  if (family === "arm-stage2") {
    const vttbr = registers.get("vttbr"), vtcr = registers.get("vtcr"), given = [words.root, words.rootHigh, words.levels, words.vaBits, words.vaBitsHigh];
    if (vttbr === undefined || vtcr === undefined || given.some((word) => word !== undefined))
      return refuse(`--format ${words.format}: expected --register vttbr=VALUE and --register vtcr=VALUE, which say where the tables are and how many levels they have`);
    return { family, trees: single(armStage2Tree({ vttbr, vtcr })) };
  }
  if (words.root === undefined && words.rootHigh === undefined && ![register, "ttbr1"].some((name) => name !== undefined && registers.has(name)))
    refuse(`--root is missing: expected the physical address of the top table${register === undefined ? "" : `, or --register ${register}=VALUE`}`);
  if (family !== "arm" && (words.rootHigh ?? words.vaBits ?? words.vaBitsHigh) !== undefined)
    refuse(`--root-high, --va-bits and --va-bits-high are for aarch64: expected none of them with --format ${words.format}`);
  const root = words.root === undefined ? undefined : parseAddress("--root", words.root);
  const device = DEVICES[family];
  if (device) {
    const { least, most } = device, levels = chosen ?? Math.min(4, most);
    if (!Number.isInteger(levels) || levels < least || levels > most) refuse(`--levels ${words.levels}: expected a whole number from ${least} to ${most}`);
    return { family, trees: device.trees(root!, levels) };
  }
  if (family === "x86") {
    const levels = given.levels ?? chosen ?? ((registers.get("cr4") ?? 0n) >> 12n & 1n ? 5 : 4);
    if (levels !== 4 && levels !== 5) refuse(`--levels ${words.levels}: expected 4 or 5`);
    const cr4 = (registers.get("cr4") ?? 0x20n) & ~0x1000n | (levels === 5 ? 0x1000n : 0n);
    return { family, trees: x86Trees({ cr0: registers.get("cr0") ?? 0x80010001n, cr3: root ?? registers.get("cr3")!, cr4, efer: registers.get("efer") ?? 0xd00n }) };
  }
  if (family === "riscv") {
    const levels = given.levels!, isNarrow = levels === 2, aligned = guestPhysical ? 0x4000n : 0x1000n;
    const [modeAt, mode, most] = isNarrow ? [31n, 1n, 34n] : [60n, BigInt(levels + 5), 56n];
    if (root !== undefined && root >> most) refuse(`--root ${hex(root)}: expected at most ${most} bits`);
    if (root !== undefined && root % aligned) refuse(`--root ${hex(root)}: expected a multiple of ${hex(aligned)}`);
    const word = root === undefined ? registers.get(register!)! : mode << modeAt | root >> 12n;
    if (word >> modeAt !== mode) refuse(`--register ${register}=${hex(word)} has mode ${word >> modeAt}: expected ${mode}, as --format ${words.format} says`);
    return { family, trees: riscvTrees(word, { xlen: isNarrow ? 32 : 64, guestPhysical, hardwareAD: true }) };
  }
  return { family, trees: armTrees({ ...armRegisters(words, registers, granule, wide, root, chosen) }) };
}

/** TCR and the two TTBRs, made up where they are not given: 48-bit halves, or 52-bit ones with LPA2. */
function armRegisters(
  words: FormatWords, registers: Map<string, bigint>, granule: number, wide: boolean, root: bigint | undefined, levels: number | undefined,
): { ttbr0: bigint; ttbr1: bigint; tcr: bigint } {
  const most = wide || granule === 16 ? 52 : 48, usual = levels === undefined ? wide ? 52 : 48 : Math.min(most, granule + levels * (granule - 3));
  const size = (option: string, text: string | undefined): bigint => {
    const bits = text === undefined ? usual : Number(text);
    if (Number.isInteger(bits) && bits > granule && bits <= most) return BigInt(64 - bits);
    throw new PageMirrorError("EINVAL", `${option} ${text ?? bits}: expected a whole number from ${granule + 1} to ${most}`);
  };
  const high = words.rootHigh === undefined ? undefined : parseAddress("--root-high", words.rootHigh);
  const table = (address: bigint): bigint => address & (1n << 48n) - 1n | (address >> 48n & 15n) << 2n;
  const low = { 12: 0n, 14: 2n, 16: 1n }[granule]!, upper = { 12: 2n, 14: 1n, 16: 3n }[granule]!;
  const off = (half: boolean, at: bigint): bigint => half ? 0n : 1n << at;
  const made = size("--va-bits", words.vaBits) | low << 14n | size("--va-bits-high", words.vaBitsHigh) << 16n | upper << 30n | 6n << 32n | (wide ? 1n << 59n : 0n)
    | off(root !== undefined || registers.has("ttbr0"), 7n) | off(high !== undefined || registers.has("ttbr1"), 23n);
  const base = (address: bigint | undefined, register: string): bigint => address === undefined ? registers.get(register) ?? 0n : table(address);
  return { ttbr0: base(root, "ttbr0"), ttbr1: base(high, "ttbr1"), tcr: registers.get("tcr") ?? made };
}

function readRegisters(family: Family, texts: string[]): Map<string, bigint> {
  return new Map(texts.map((text) => {
    const [name = "", value] = text.toLowerCase().split("=");
    if (value === undefined || !REGISTERS[family].includes(name))
      throw new PageMirrorError("EINVAL", `--register ${text}: expected NAME=VALUE, where NAME is ${REGISTERS[family].join(", ")}`);
    return [name, parseAddress(`--register ${name}`, value)];
  }));
}
