// Which formats a walk knows. Adding one: its layout file, its file here, and one line below.
import { HardwareId, Setup } from "../layout/hardware";
import { field } from "../format/format";
import { ArmHardware } from "./armv8";
import { RiscvHardware } from "./riscv";
import { X86Hardware } from "./x86";

/** Runs a verb, compiled once per format, as format/all.ts does. */
@inline export function dispatchHardware<V>(verb: V, setup: u32, memory: usize, at: usize, root: u64, va: u64, wanted: u32): u32 {
  const format = <u32>field(setup, Setup.FORMAT, Setup.FORMAT_BITS);
  if (format == HardwareId.ARMV8) return verb.run<ArmHardware>(changetype<ArmHardware>(<usize>setup), memory, at, root, va, wanted);
  if (format == HardwareId.RISCV) return verb.run<RiscvHardware>(changetype<RiscvHardware>(<usize>setup), memory, at, root, va, wanted);
  return verb.run<X86Hardware>(changetype<X86Hardware>(<usize>setup), memory, at, root, va, wanted);
}
