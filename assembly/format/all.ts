// Which formats this build has. Adding one: its layout file, its format file, and one line in `dispatch`, in `dispatchHardware`, or in both.
import { HardwareId, Setup } from "../layout/hardware";
import { FormatClass, FormatWord } from "../layout/table";
import { AmdHardware, AmdV1 } from "./amdv1";
import { ArmHardware, Armv8, Armv8Large } from "./armv8";
import { Dart, DartHardware } from "./dart";
import { descriptionOf } from "../description";
import { field } from "./format";
import { Generic } from "./generic";
import { Riscv, RiscvHardware, RiscvShaped } from "./riscv";
import { VtdHardware, VtdSecondStage } from "./vtd";
import { X86Hardware, X86Shaped, X86_64 } from "./x86_64";

const CLASS: u32 = (1 << FormatWord.CLASS_BITS) - 1;
/** The classes that are compiled in, bit n for number n of FormatClass: `asc --use FORMATS=3` for the first two; all unless told. */
const CHOSEN: u32 = isDefined(FORMATS) ? FORMATS : u32.MAX_VALUE;
@inline export function isChosen(word: u32): bool { return (CHOSEN >> (word & CLASS) & 1) != 0; }
/** Whether a table is of the class `id`, or that is the last one to ask: in a table of another class it then finds nothing. */
@inline function isOf(format: u32, id: u32): bool { return isChosen(id) && (format == id || !(CHOSEN & (1 << id) - 1)); }
/** The word of a table of that class: no table's, where the last one to ask is asked about another class. */
@inline function wordFor(word: u32, id: u32): usize { return CHOSEN & (1 << id) - 1 ? word : word & ~CLASS | id; }

/**
 * Runs a verb, compiled once per format: V is a class whose only method `run` is generic over the format,
 * so that inside it every shift is a constant and no format is asked for again.
 */
@inline export function dispatch<V>(verb: V, word: u32, me: usize, table: usize, page: u64, a: u64, b: u64): u64 {
  const format = word & CLASS;
  if (isOf(format, FormatClass.DART)) return verb.run<Dart>(changetype<Dart>(wordFor(word, FormatClass.DART)), me, table, page, a, b);
  if (isOf(format, FormatClass.ARMV8_LARGE)) return verb.run<Armv8Large>(changetype<Armv8Large>(wordFor(word, FormatClass.ARMV8_LARGE)), me, table, page, a, b);
  if (isOf(format, FormatClass.RISCV_SHAPED)) return verb.run<RiscvShaped>(changetype<RiscvShaped>(wordFor(word, FormatClass.RISCV_SHAPED)), me, table, page, a, b);
  if (isOf(format, FormatClass.GENERIC)) return verb.run<Generic>(changetype<Generic>(descriptionOf(me, word)), me, table, page, a, b);
  if (isOf(format, FormatClass.AMD_V1)) return verb.run<AmdV1>(changetype<AmdV1>(wordFor(word, FormatClass.AMD_V1)), me, table, page, a, b);
  if (isOf(format, FormatClass.ARMV8)) return verb.run<Armv8>(changetype<Armv8>(wordFor(word, FormatClass.ARMV8)), me, table, page, a, b);
  if (isOf(format, FormatClass.VTD)) return verb.run<VtdSecondStage>(changetype<VtdSecondStage>(wordFor(word, FormatClass.VTD)), me, table, page, a, b);
  if (isOf(format, FormatClass.RISCV)) return verb.run<Riscv>(changetype<Riscv>(wordFor(word, FormatClass.RISCV)), me, table, page, a, b);
  if (isOf(format, FormatClass.X86_SHAPED)) return verb.run<X86Shaped>(changetype<X86Shaped>(wordFor(word, FormatClass.X86_SHAPED)), me, table, page, a, b);
  return verb.run<X86_64>(changetype<X86_64>(wordFor(word, FormatClass.X86_64)), me, table, page, a, b);
}

/** The same for the table of an address space, which is of one of these two: what only spaces ask is not compiled for the others. */
@inline export function dispatchSpace<V>(verb: V, word: u32, me: usize, table: usize, page: u64, a: u64, b: u64): u64 {
  if (isOf(word & CLASS, FormatClass.GENERIC)) return verb.run<Generic>(changetype<Generic>(descriptionOf(me, word)), me, table, page, a, b);
  return verb.run<X86_64>(changetype<X86_64>(wordFor(word, FormatClass.X86_64)), me, table, page, a, b);
}

/** The same for tables that somebody else wrote: `setup` says how hardware reads them, `request` what for (layout/hardware.ts). */
@inline export function dispatchHardware<V>(verb: V, setup: u32, memory: usize, at: usize, table: u64, va: u64, request: u32): u32 {
  const format = <u32>field(setup, Setup.FORMAT, Setup.FORMAT_BITS);
  if (format == HardwareId.DART) return verb.run<DartHardware>(changetype<DartHardware>(<usize>setup), memory, at, table, va, request);
  if (format == HardwareId.VTD) return verb.run<VtdHardware>(changetype<VtdHardware>(<usize>setup), memory, at, table, va, request);
  if (format == HardwareId.AMD_V1) return verb.run<AmdHardware>(changetype<AmdHardware>(<usize>setup), memory, at, table, va, request);
  if (format == HardwareId.ARMV8) return verb.run<ArmHardware>(changetype<ArmHardware>(<usize>setup), memory, at, table, va, request);
  if (format == HardwareId.RISCV) return verb.run<RiscvHardware>(changetype<RiscvHardware>(<usize>setup), memory, at, table, va, request);
  return verb.run<X86Hardware>(changetype<X86Hardware>(<usize>setup), memory, at, table, va, request);
}
