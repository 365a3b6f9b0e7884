// The questions that a walk asks about a table that hardware, and not this engine, would walk: hostile input. The object is the format word
// itself (layout/hardware.ts), so a class answers from it and from what it is given: u64 in, u64 out, no memory.
import { Allowed, Setup } from "../layout/hardware";
import { field } from "./format";

@unmanaged export abstract class Hardware {
  @inline setup(): u64 { return <u64>changetype<usize>(this); }
  /** How many bits of the address select an item of a table below the root; the root's are those that are left. */
  abstract indexBits(): i32;
  /** Log2 of the smallest page, and of an item. */
  abstract pageLg2(): i32;
  abstract itemLg2(): i32;
  /** Of which the root's address must be a multiple: log2. */
  abstract rootLg2(): i32;
  /** Whether hardware would look at all: LEAF, or NON_CANONICAL. */
  abstract admits(va: u64): u32;
  /** What an item of a level is: LEAF, TABLE or a fault. */
  abstract judge(item: u64, level: i32): u32;
  /** Where the table is that an item points to. */
  abstract table(item: u64): u64;
  /** Of which level that table is: one lower, unless levels are left out. */
  abstract below(item: u64, level: i32): i32;
  /** Where the page is that a leaf maps, and log2 of its size. */
  abstract output(item: u64, level: i32): u64;
  abstract sizeLg2(item: u64, level: i32): i32;
  /** What is left of what the levels above allow, below an item. */
  abstract allows(allowed: u32, item: u64, isLeaf: bool): u32;
  /** What an item is once hardware has used it, for a write or not: accessed, dirty. As it was where software sets them. */
  abstract used(item: u64, isLeaf: bool, writes: bool): u64;
  /** Whether an item makes what it maps global: the same in every address space. */
  abstract isGlobal(item: u64, isLeaf: bool): bool;
}

export const READS: u32 = Allowed.USER_READ | Allowed.READ, WRITES: u32 = Allowed.USER_WRITE | Allowed.WRITE, EXECUTES: u32 = Allowed.USER_EXECUTE | Allowed.EXECUTE;
export const USERS: u32 = Allowed.USER_READ | Allowed.USER_WRITE | Allowed.USER_EXECUTE;
/** What an item that says whether a device reads and writes leaves of what is allowed. */
@inline export function deviceAllows(allowed: u32, reads: bool, writes: bool): u32 {
  if (!reads) allowed &= ~(READS | EXECUTES);
  return writes ? allowed : allowed & ~WRITES;
}

@inline export function levelsOf(setup: u64): i32 { return <i32>field(setup, Setup.LEVELS, Setup.LEVELS_BITS); }
@inline export function vaBitsOf(setup: u64): i32 { return <i32>field(setup, Setup.VA_BITS, Setup.VA_BITS_BITS); }
@inline export function oaBitsOf(setup: u64): i32 { return <i32>field(setup, Setup.OA_BITS, Setup.OA_BITS_BITS); }
/** Whether the address is the sign extension of its low bits. */
@inline export function isSignExtended(va: u64, bits: i32): bool { return <u64>(<i64>(va << (64 - bits)) >> (64 - bits)) == va; }
