// Plays a batch of a trace's records in one process, each side's accesses in its own sections, up to the first fault.
// A store writes bytes derived from (seed, process, position, byte index), so that a lost, stale or foreign one shows.
import { Agent, Bound, Side } from "./layout/agent";
import { Player, Record, RecordKind } from "./layout/trace";
import { Slot } from "./layout/arena";
import { Status } from "./layout/status";
import { dataLoad, dataStore, own32, own64, own8, ownFloat, ownStore32, ownStore64, ownStore8 } from "./door";
import { pageBytes, pageLg2 } from "./slot";
import { leave } from "./section";
import { answerFault, hostPage, sideEnter } from "./access";
import { field } from "./format/format";

/** Four bytes of a store: a mix of what names them. Bytes 4w to 4w + 3, lowest first. */
export function pattern(seed: u32, process: u32, position: u32, word: u32): u32 {
  let h = seed ^ process * 0x9e3779b1 ^ word * 0x85ebca6b;
  h = (h ^ h >> 15) * 0x2c1b3c6d + position;
  h = (h ^ h >> 12) * 0x297a2d39;
  return h ^ h >> 15;
}

@inline function minimum(a: u32, b: u32): u32 { return a < b ? a : b; }

function storeBytes(player: usize, position: u32, first: u32, to: usize, bytes: u32): void {
  const seed = own32(player + Player.SEED), process = own32(player + Player.PROCESS);
  for (let i: u32 = 0; i < bytes; i++) {
    const index = first + i;
    ownStore8(to + i, pattern(seed, process, position, index >> 2) >> ((index & 3) << 3));
  }
}

/** Reads bytes into the checksum, and into the witness log when there is one. */
function loadBytes(player: usize, from: usize, bytes: u32): void {
  const log = own32(player + Player.WITNESS);
  let sum = own64(player + Player.CHECKSUM);
  for (let i: u32 = 0; i < bytes; i++) {
    const byte = own8(from + i);
    sum = sum * 31 + byte;
    if (log) ownStore8(own32(player + Player.WITNESS_AT) + i, byte);
  }
  ownStore64(player + Player.CHECKSUM, sum);
  if (log) ownStore32(player + Player.WITNESS_AT, own32(player + Player.WITNESS_AT) + bytes);
}

/** Closes a side's section and counts what was played in it. */
@inline function sideLeave(me: usize, player: usize, side: u32, played: u32): void {
  leave(me);
  const at = player + Player.ACCESSES + (<usize>side << 3);
  ownStore64(at, own64(at) + played);
}

/**
 * Plays records `from` to `count` of a batch. COUNT: the first that was not played. OK: all were; MORE: a fault of the side in
 * ENTRY on PAGE, FLAGS = write; FULL: the witness log has no room; DEAD: the mirror was killed.
 */
export function play(me: usize, agent: usize, batch: usize, from: u32, count: u32): u32 {
  const player = agent + Agent.BYTES, shift = pageLg2(me), mask = pageBytes(me) - 1;
  const seed = own32(player + Player.SEED), process = own32(player + Player.PROCESS), base = <u32><u64>ownFloat(player + Player.POSITION);
  const logs = own32(player + Player.WITNESS) != 0;
  let status: u32 = Status.OK, i = from, opened = from, side: u32 = 2, sum = own64(player + Player.CHECKSUM);
  for (; i < count; i++) {
    const record = own64(batch + (<usize>i << Record.BYTES_LG2));
    const wanted = <u32>field(record, Record.DEVICE, 1);
    if (wanted != side || i - opened == Bound.SECTION_ACCESSES) {
      if (side < 2) sideLeave(me, player, side, i - opened);
      side = 2;
      status = sideEnter(me, agent, wanted);
      if (status != Status.OK) break;
      side = wanted;
      opened = i;
    }
    const address = field(record, 0, Record.ADDRESS_BITS), bytes = <u32>field(record, Record.SIZE, Record.SIZE_BITS);
    const kind = <u32>field(record, Record.KIND, Record.KIND_BITS), write = kind >= <u32>RecordKind.STORE;
    const page = address >> shift, offset = <usize>address & mask;
    const room = <u32>(mask + 1 - offset), head = minimum(bytes, room);
    if (logs && own32(player + Player.WITNESS_AT) + bytes > own32(player + Player.WITNESS_END)) { status = Status.FULL; break; }
    const host = hostPage(me, agent, side, page, write);
    if (!host) { answerFault(me, page, write); status = Status.MORE; break; }
    if (!logs && bytes <= 8 && head == bytes && (bytes & (bytes - 1)) == 0) { // the common case: one power of two within a page
      const at = host + offset;
      if (kind != RecordKind.STORE) sum = sum * 31 + dataLoad(at, bytes);
      if (write) {
        let value = <u64>pattern(seed, process, base + i, 0);
        if (bytes == 8) value |= <u64>pattern(seed, process, base + i, 1) << 32;
        dataStore(at, bytes, value);
      }
      continue;
    }
    let second: usize = 0;
    if (head < bytes) { // both pages before any byte: a modify must not see its own store after a fault
      second = hostPage(me, agent, side, page + 1, write);
      if (!second) { answerFault(me, page + 1, write); status = Status.MORE; break; }
    }
    ownStore64(player + Player.CHECKSUM, sum);
    if (kind != RecordKind.STORE) {
      loadBytes(player, host + offset, head);
      if (head < bytes) loadBytes(player, second, bytes - head);
    }
    if (write) {
      storeBytes(player, base + i, 0, host + offset, head);
      if (head < bytes) storeBytes(player, base + i, head, second, bytes - head);
    }
    sum = own64(player + Player.CHECKSUM);
  }
  if (side < 2) sideLeave(me, player, side, i - opened);
  ownStore64(player + Player.CHECKSUM, sum);
  ownStore64(me + Slot.ENTRY, side == Side.DEVICE ? Side.DEVICE : Side.CPU);
  ownStore32(me + Slot.COUNT, i);
  return status;
}

/** A hash of one page's bytes as the CPU sees them: FNV-1a over 32-bit words. */
export function hashBytes(at: usize, bytes: u32, seed: u32): u32 {
  let h = seed;
  for (let i: u32 = 0; i < bytes; i += 4) h = (h ^ own32(at + i)) * 0x01000193;
  return h;
}
