// Where a machine's page tables are and how its hardware reads them, from its control registers, as an emulator has them.
import { HardwareId, Setup } from "../assembly/layout/hardware.js";
import { AmdFeature } from "../assembly/layout/amdv1.js";
import { ArmFeature } from "../assembly/layout/armv8.js";
import { DartShape } from "../assembly/layout/dart.js";
import { RiscvFeature } from "../assembly/layout/riscv.js";
import { VtdFeature } from "../assembly/layout/vtd.js";
import { X86Feature } from "../assembly/layout/x86_64.js";
import { PageMirrorError, checkWhole, hex } from "./error.js";

/** One tree of tables: the word that says how hardware reads it (layout/hardware.ts), and the physical address of its root. */
export interface Tree {
  readonly setup: number; readonly root: bigint; readonly vaBits: number; readonly levels: number; readonly indexBits: number; readonly pageLg2: number;
  readonly isSignExtended: boolean;
}
/** The trees of a machine, lower half first, each with its first address. */
export interface Trees { readonly trees: readonly { readonly tree: Tree; readonly first: bigint }[]; select(va: bigint): Tree | undefined }

type Register = bigint | number;
const bit = (word: bigint, at: number): boolean => (word >> BigInt(at) & 1n) === 1n;
const bits = (word: bigint, at: number, count: number): number => Number(word >> BigInt(at) & ((1n << BigInt(count)) - 1n));

function treeOf(format: HardwareId, levels: number, vaBits: number, oaBits: number, root: bigint, indexBits: number, pageLg2: number, features: { [bit: number]: boolean }): Tree {
  const word = format << Setup.FORMAT | levels << Setup.LEVELS | vaBits << Setup.VA_BITS | oaBits << Setup.OA_BITS;
  const setup = Object.entries(features).reduce((sum, [at, on]) => on ? sum | 1 << Number(at) : sum, word) >>> 0;
  return { setup, root, vaBits, levels, indexBits, pageLg2, isSignExtended: format !== HardwareId.ARMV8 };
}
/** Both halves of a sign-extended address space are one tree. */
function signExtended(tree: Tree): Trees {
  const half = 1n << BigInt(tree.vaBits - 1);
  return { trees: [{ tree, first: 0n }, { tree, first: (1n << 64n) - half }], select: () => tree };
}

/** One range of addresses from 0 on. */
function zeroExtended(tree: Tree): Trees {
  const only = { ...tree, isSignExtended: false };
  return { trees: [{ tree: only, first: 0n }], select: () => only };
}

/** x86-64: CR0, CR3, CR4, EFER. `physicalBits`: MAXPHYADDR. EINVAL when paging or long mode is off. Intel SDM volume 3A, sections 2.5, 5.1. */
export function x86Trees({ cr0, cr3, cr4, efer, physicalBits = 52 }: { cr0: Register; cr3: Register; cr4: Register; efer: Register; physicalBits?: number }): Trees {
  const [zero, root, four, extended] = [cr0, cr3, cr4, efer].map(BigInt) as [bigint, bigint, bigint, bigint];
  if (!bit(zero, 31) || !bit(four, 5) || !bit(extended, 10))
    throw new PageMirrorError("EINVAL", `CR0 ${hex(zero)}, CR4 ${hex(four)}, EFER ${hex(extended)}: expected paging in long mode (CR0.PG, CR4.PAE, EFER.LMA)`);
  checkWhole("physicalBits", physicalBits, 32, 52);
  const levels = bit(four, 12) ? 5 : 4;
  return signExtended(treeOf(HardwareId.X86, levels, 12 + 9 * levels, physicalBits, root >> 12n << 12n & (1n << 52n) - 1n, 9, 12, {
    [X86Feature.WRITE_PROTECT]: bit(zero, 16), [X86Feature.SMEP]: bit(four, 20), [X86Feature.SMAP]: bit(four, 21),
    [X86Feature.NO_EXECUTE]: bit(extended, 11), [X86Feature.PAGES_1G]: true, [X86Feature.GLOBAL_PAGES]: bit(four, 7),
  }));
}

/**
 * Beside the register: its width; whether it is `hgatp`, which translates guest-physical addresses (x4); extensions and modes. `hardwareAD`:
 * menvcfg.ADUE (Svadu).
 */
export interface RiscvOptions {
  xlen?: 32 | 64; guestPhysical?: boolean; napot?: boolean; memoryTypes?: boolean; sum?: boolean; mxr?: boolean; hardwareAD?: boolean;
}
/** Levels by MODE, which is one bit in a register of 32. */
const RISCV_LEVELS: { [xlen: number]: { [mode: number]: number } } = { 32: { 1: 2 }, 64: { 8: 3, 9: 4, 10: 5 } };
/**
 * RISC-V: `satp`, or `hgatp`. EINVAL for a mode without translation, or one that is reserved. Privileged Architecture, sections "Supervisor
 * Address Translation and Protection (satp) Register", "Hypervisor Guest Address Translation and Protection (hgatp) Register", "Guest Physical
 * Address Translation": Sv32x4 to Sv57x4 take two more bits of address, at a root of four pages.
 */
export function riscvTrees(
  register: Register, { xlen = 64, guestPhysical = false, napot = true, memoryTypes = true, sum = false, mxr = false, hardwareAD = false }: RiscvOptions = {},
): Trees {
  const word = BigInt(register), isNarrow = xlen === 32, mode = isNarrow ? bits(word, 31, 1) : bits(word, 60, 4), levels = RISCV_LEVELS[xlen]?.[mode];
  const expected = isNarrow ? "1 (Sv32)" : "8 (Sv39), 9 (Sv48) or 10 (Sv57)";
  if (levels === undefined || word >> BigInt(xlen))
    throw new PageMirrorError("EINVAL", `${guestPhysical ? "hgatp" : "satp"} ${hex(word)} of ${xlen} bits has mode ${mode}: expected ${expected}`);
  const indexBits = isNarrow ? 10 : 9, numberBits = isNarrow ? 22n : 44n, number = word & (1n << numberBits) - 1n & (guestPhysical ? ~3n : ~0n);
  const tree = treeOf(HardwareId.RISCV, levels, 12 + indexBits * levels + (guestPhysical ? 2 : 0), Number(numberBits) + 12, number << 12n, indexBits, 12, {
    [RiscvFeature.NAPOT]: napot, [RiscvFeature.PBMT]: memoryTypes, [RiscvFeature.SUM]: sum, [RiscvFeature.MXR]: mxr, [RiscvFeature.HARDWARE_AD]: hardwareAD,
    [RiscvFeature.GUEST_PHYSICAL]: guestPhysical,
  });
  return isNarrow || guestPhysical ? zeroExtended(tree) : signExtended(tree);
}

/** A tree that a device's addresses go through: not sign-extended. */
function deviceTree(format: HardwareId, levels: number, vaBits: number, root: Register, oaBits: number, features: { [bit: number]: boolean }): Tree {
  return { ...treeOf(format, levels, vaBits, oaBits, BigInt(root), 9, 12, features), isSignExtended: false };
}
/**
 * Intel VT-d, second stage: the root and levels (3 to 5) of a domain. `addressBits`: the host address width; `accessedDirty`: SSADE of the PASID
 * entry, hardware sets those bits.
 */
export function vtdTree({ root, levels, addressBits = 52, accessedDirty = false }: { root: Register; levels: number; addressBits?: number; accessedDirty?: boolean }): Tree {
  if (![3, 4, 5].includes(levels)) throw new PageMirrorError("EINVAL", `levels ${levels}: expected 3, 4 or 5`);
  return deviceTree(HardwareId.VTD, levels, 12 + 9 * levels, root, addressBits, { [VtdFeature.ACCESSED_DIRTY]: accessedDirty });
}
/**
 * Intel VT-d, first stage: x86-64's tables of 4 or 5 levels, as a device reads them. `writeProtect`: WPE of the PASID entry; `pages1G`: FS1GP of
 * the capabilities. Hardware sets accessed and dirty always; nothing is global, and neither SMEP nor SMAP applies. Intel Virtualization
 * Technology for Directed I/O, sections 3.6 "First-Stage Translation" and 9.7 "First-Stage Paging Entries". The extended-accessed bit is not set.
 */
export function vtdFirstStageTrees(
  { root, levels, addressBits = 52, writeProtect = true, pages1G = true }: { root: Register; levels: number; addressBits?: number; writeProtect?: boolean; pages1G?: boolean },
): Trees {
  if (levels !== 4 && levels !== 5) throw new PageMirrorError("EINVAL", `levels ${levels}: expected 4 or 5`);
  checkWhole("addressBits", addressBits, 32, 52);
  return signExtended(treeOf(HardwareId.X86, levels, 12 + 9 * levels, addressBits, BigInt(root), 9, 12, {
    [X86Feature.WRITE_PROTECT]: writeProtect, [X86Feature.NO_EXECUTE]: true, [X86Feature.PAGES_1G]: pages1G,
  }));
}
/**
 * AMD IOMMU, version 1: the root, the mode (1 to 6, how many levels) and HAD (0; 1: hardware sets accessed; 3: dirty too) of a device table
 * entry.
 */
export function amdTree({ root, mode, addressBits = 52, had = 0 }: { root: Register; mode: number; addressBits?: number; had?: number }): Tree {
  if (!Number.isInteger(mode) || mode < 1 || mode > 6) throw new PageMirrorError("EINVAL", `mode ${mode}: expected a whole number from 1 to 6`);
  if (![0, 1, 3].includes(had)) throw new PageMirrorError("EINVAL", `had ${had}: expected 0, 1 or 3`);
  return deviceTree(HardwareId.AMD_V1, mode, Math.min(64, 12 + 9 * mode), root, addressBits, { [AmdFeature.ACCESSED]: had !== 0, [AmdFeature.DIRTY]: had === 3 });
}
/** Apple DART with the items of t8020: the tables of one of a stream's four registers, which map 2^36 bytes. Limits within a page are not looked at. */
export function dartTree({ root, addressBits = DartShape.ADDRESS_BITS }: { root: Register; addressBits?: number }): Tree {
  const vaBits = DartShape.PAGE_LG2 + DartShape.LEVELS * DartShape.INDEX_BITS;
  return { ...treeOf(HardwareId.DART, DartShape.LEVELS, vaBits, addressBits, BigInt(root), DartShape.INDEX_BITS, DartShape.PAGE_LG2, {}), isSignExtended: false };
}

const ARM_OUTPUT_BITS = [32, 36, 40, 42, 44, 48, 52, 56];
/** TCR.T0SZ and T1SZ are at most 48. */
const LEAST_VA_BITS = 16;
/** Codes of TCR.TG0 and TG1: log2 of the granule. */
const GRANULE_0 = [12, 16, 14], GRANULE_1 = [undefined, 14, 12, 16];
/** Armv8-A stage 1 of EL1: TTBR0, TTBR1, TCR. `accessFaults`: a clear access flag is a fault, unless hardware sets it (TCR.HA). Arm ARM, section "TCR_EL1". */
export function armTrees({ ttbr0, ttbr1, tcr, accessFaults = false }: { ttbr0: Register; ttbr1: Register; tcr: Register; accessFaults?: boolean }): Trees {
  const control = BigInt(tcr), half = (upper: boolean): Tree | undefined => {
    if (bit(control, upper ? 23 : 7)) return undefined; // EPD: no walks here
    const pageLg2 = upper ? GRANULE_1[bits(control, 30, 2)] : GRANULE_0[bits(control, 14, 2)];
    if (pageLg2 === undefined)
      throw new PageMirrorError("EINVAL", `TCR ${hex(control)} has granule code ${bits(control, upper ? 30 : 14, 2)} for TTBR${Number(upper)}: expected one that is not reserved`);
    const outputs = ARM_OUTPUT_BITS[bits(control, 32, 3)]!, isWide = pageLg2 === 16 ? outputs >= 52 : bit(control, 59);
    const vaBits = 64 - bits(control, upper ? 16 : 0, 6), most = isWide ? 52 : 48, indexBits = pageLg2 - 3, levels = Math.ceil((vaBits - pageLg2) / indexBits);
    if (vaBits <= pageLg2 || vaBits < LEAST_VA_BITS || vaBits > most)
      throw new PageMirrorError("EINVAL",
        `TCR ${hex(control)} has T${Number(upper)}SZ ${64 - vaBits}: expected one from ${64 - most} to ${64 - Math.max(LEAST_VA_BITS, pageLg2 + 1)}`);
    // The root is aligned to its own size, and to what the register has bits for.
    const base = BigInt(upper ? ttbr1 : ttbr0), rootBytes = 8n << BigInt(vaBits - pageLg2 - (levels - 1) * indexBits), least = isWide ? 64n : 16n;
    const root = (base & (1n << 48n) - 1n & -(rootBytes > least ? rootBytes : least)) | (isWide ? BigInt(bits(base, 2, 4)) << 48n : 0n);
    return treeOf(HardwareId.ARMV8, levels, vaBits, Math.min(outputs, isWide ? 52 : 48), root, indexBits, pageLg2, {
      [ArmFeature.GRANULE]: pageLg2 === 14, [ArmFeature.GRANULE + 1]: pageLg2 === 16, [ArmFeature.WIDE]: isWide, [ArmFeature.UPPER]: upper,
      [ArmFeature.TOP_BYTE_IGNORED]: bit(control, upper ? 38 : 37), [ArmFeature.FLAT]: bit(control, upper ? 42 : 41), [ArmFeature.FAULT_ON_ACCESS]: accessFaults,
      [ArmFeature.HARDWARE_ACCESSED]: bit(control, 39), [ArmFeature.HARDWARE_DIRTY]: bit(control, 39) && bit(control, 40),
    });
  };
  const lower = half(false), upper = half(true);
  return {
    trees: [...lower ? [{ tree: lower, first: 0n }] : [], ...upper ? [{ tree: upper, first: (1n << 64n) - (1n << BigInt(upper.vaBits)) }] : []],
    select: (va) => bit(va, 55) ? upper : lower,
  };
}

/**
 * Armv8-A stage 2: VTTBR_EL2, VTCR_EL2. The level where it starts is SL0's and SL2's, at up to sixteen tables side by side. EINVAL for a granule or
 * a start that is reserved. Arm ARM, section "VTCR_EL2".
 */
export function armStage2Tree({ vttbr, vtcr }: { vttbr: Register; vtcr: Register }): Tree {
  const control = BigInt(vtcr), pageLg2 = GRANULE_0[bits(control, 14, 2)], vaBits = 64 - bits(control, 0, 6);
  if (pageLg2 === undefined) throw new PageMirrorError("EINVAL", `VTCR ${hex(control)} has granule code 3: expected one that is not reserved`);
  const outputs = ARM_OUTPUT_BITS[bits(control, 16, 3)]!, isWide = pageLg2 === 16 ? outputs >= 52 : bit(control, 32), indexBits = pageLg2 - 3;
  const start = bits(control, 6, 2), levels = bit(control, 33) ? 5 : pageLg2 === 12 ? start + 2 : start + 1, rootBits = vaBits - pageLg2 - (levels - 1) * indexBits;
  if (rootBits < 1 || rootBits > indexBits + 4 || (start === 3 && !(pageLg2 === 14 && isWide)))
    throw new PageMirrorError("EINVAL", `VTCR ${hex(control)} starts with ${levels} levels for ${vaBits} bits: expected a root of 1 to ${indexBits + 4} bits, not ${rootBits}`);
  const base = BigInt(vttbr), root = (base & (1n << 48n) - 1n & -(8n << BigInt(rootBits))) | (isWide ? BigInt(bits(base, 2, 4)) << 48n : 0n);
  return treeOf(HardwareId.ARMV8, levels, vaBits, Math.min(outputs, isWide ? 52 : 48), root, indexBits, pageLg2, {
    [ArmFeature.GRANULE]: pageLg2 === 14, [ArmFeature.GRANULE + 1]: pageLg2 === 16, [ArmFeature.WIDE]: isWide, [ArmFeature.STAGE_2]: true,
  });
}
