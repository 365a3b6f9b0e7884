// Items field by field, as the manuals name the bits: for people who read a walk.
import type { Family } from "./formats.js";

/** A field's name, lowest bit and width; `only`: in leaves or in tables. A single bit is shown when it is set, a wider field when it is not 0. */
interface Field { name: string; at: number; bits?: number; only?: "leaf" | "table" }

const FIELDS: { [family in Family]: Field[] } = {
  x86: [
    { name: "P", at: 0 }, { name: "RW", at: 1 }, { name: "US", at: 2 }, { name: "PWT", at: 3 }, { name: "PCD", at: 4 }, { name: "A", at: 5 }, { name: "D", at: 6, only: "leaf" },
    { name: "PS/PAT", at: 7 }, { name: "G", at: 8, only: "leaf" }, { name: "avail", at: 9, bits: 3 }, { name: "PKE", at: 59, bits: 4, only: "leaf" }, { name: "XD", at: 63 },
  ],
  riscv: [
    { name: "V", at: 0 }, { name: "R", at: 1 }, { name: "W", at: 2 }, { name: "X", at: 3 }, { name: "U", at: 4 }, { name: "G", at: 5 }, { name: "A", at: 6 }, { name: "D", at: 7 },
    { name: "RSW", at: 8, bits: 2 }, { name: "reserved", at: 54, bits: 7 }, { name: "PBMT", at: 61, bits: 2 }, { name: "N", at: 63 },
  ],
  vtd: [
    { name: "R", at: 0 }, { name: "W", at: 1 }, { name: "X", at: 2 }, { name: "EMT", at: 3, bits: 3, only: "leaf" }, { name: "IPAT", at: 6, only: "leaf" }, { name: "PS", at: 7 },
    { name: "A", at: 8 }, { name: "D", at: 9, only: "leaf" }, { name: "SNP", at: 11, only: "leaf" },
  ],
  "vtd-first": [
    { name: "P", at: 0 }, { name: "RW", at: 1 }, { name: "US", at: 2 }, { name: "PWT", at: 3 }, { name: "PCD", at: 4 }, { name: "A", at: 5 }, { name: "D", at: 6, only: "leaf" },
    { name: "PS/PAT", at: 7 }, { name: "EA", at: 10 }, { name: "XD", at: 63 },
  ],
  dart: [
    { name: "V", at: 0 }, { name: "SD", at: 1, only: "leaf" }, { name: "NW", at: 7, only: "leaf" }, { name: "NR", at: 8, only: "leaf" },
    { name: "last part", at: 40, bits: 12, only: "leaf" }, { name: "first part", at: 52, bits: 12, only: "leaf" },
  ],
  amd: [
    { name: "PR", at: 0 }, { name: "A", at: 5 }, { name: "D", at: 6, only: "leaf" }, { name: "next", at: 9, bits: 3 }, { name: "U", at: 59, only: "leaf" },
    { name: "FC", at: 60, only: "leaf" }, { name: "IR", at: 61 }, { name: "IW", at: 62 },
  ],
  arm: [
    { name: "valid", at: 0 }, { name: "table/page", at: 1 }, { name: "AttrIndx", at: 2, bits: 3, only: "leaf" }, { name: "NS", at: 5, only: "leaf" },
    { name: "AP[1]", at: 6, only: "leaf" },
    { name: "AP[2]", at: 7, only: "leaf" }, { name: "SH", at: 8, bits: 2, only: "leaf" }, { name: "AF", at: 10, only: "leaf" }, { name: "nG", at: 11, only: "leaf" },
    { name: "GP", at: 50, only: "leaf" }, { name: "DBM", at: 51, only: "leaf" }, { name: "contiguous", at: 52, only: "leaf" },
    { name: "PXN", at: 53, only: "leaf" }, { name: "UXN", at: 54, only: "leaf" }, { name: "soft", at: 55, bits: 4 }, { name: "PXNTable", at: 59, only: "table" },
    { name: "UXNTable", at: 60, only: "table" }, { name: "APTable", at: 61, bits: 2, only: "table" }, { name: "NSTable", at: 63, only: "table" },
  ],
  "arm-stage2": [
    { name: "valid", at: 0 }, { name: "table/page", at: 1 }, { name: "MemAttr", at: 2, bits: 4, only: "leaf" }, { name: "S2AP", at: 6, bits: 2, only: "leaf" },
    { name: "SH", at: 8, bits: 2, only: "leaf" }, { name: "AF", at: 10, only: "leaf" }, { name: "DBM", at: 51, only: "leaf" },
    { name: "contiguous", at: 52, only: "leaf" }, { name: "XN", at: 53, bits: 2, only: "leaf" }, { name: "soft", at: 55, bits: 4, only: "leaf" },
  ],
};
/** Where each family keeps what JSON calls accessed, dirty and global (on Arm the bit says the opposite). */
const FLAGS: { [family in Family]: { [flag: string]: (item: bigint) => boolean } } = {
  x86: { accessed: (item) => has(item, 5), dirty: (item) => has(item, 6), global: (item) => has(item, 8) },
  riscv: { accessed: (item) => has(item, 6), dirty: (item) => has(item, 7), global: (item) => has(item, 5) },
  vtd: { accessed: (item) => has(item, 8), dirty: (item) => has(item, 9) },
  "vtd-first": { accessed: (item) => has(item, 5), dirty: (item) => has(item, 6) },
  dart: {},
  amd: { accessed: (item) => has(item, 5), dirty: (item) => has(item, 6) },
  arm: { accessed: (item) => has(item, 10), dirty: (item) => has(item, 51) && !has(item, 7), global: (item) => !has(item, 11), contiguous: (item) => has(item, 52) },
  "arm-stage2": { accessed: (item) => has(item, 10), dirty: (item) => has(item, 51) && has(item, 7), contiguous: (item) => has(item, 52) },
};
const has = (item: bigint, at: number): boolean => (item >> BigInt(at) & 1n) === 1n;

export function describeItem(family: Family, item: bigint, isLeaf: boolean): string {
  return FIELDS[family].filter(({ only }) => only === undefined || (only === "leaf") === isLeaf).flatMap(({ name, at, bits = 1 }) => {
    const value = item >> BigInt(at) & ((1n << BigInt(bits)) - 1n);
    return value === 0n ? [] : bits === 1 ? [name] : [`${name}=${value}`];
  }).join(" ");
}
export function flagsOf(family: Family, item: bigint): { [flag: string]: boolean } {
  return Object.fromEntries(Object.entries(FLAGS[family]).map(([name, isSet]) => [name, isSet(item)]));
}
