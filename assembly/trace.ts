// Reads lackey's text into packed records, and the ring that carries batches of them to the players.
//
//   I  0401ab70,3       an instruction fetch decides the side of the accesses after it
//    S 1fff000758,8     store     L load     M modify (load, then store)
//   ==16954== …         chatter
//
// Eight hex digits are read at once: lackey prints no fewer. Ring: the decoder writes a batch with plain stores and publishes
// it by storing PRODUCED; a reader loads PRODUCED first, and the decoder re-uses a place when every reader has counted past it.
import { Decoder, Problem, Record, RecordKind, Ring } from "./layout/trace";
import { Slot } from "./layout/arena";
import { Status } from "./layout/status";
import { loadAcquire, own32, own64, own8, ownStore32, ownStore64, storeRelease, wake } from "./door";
import { answerWait } from "./slot";

/** Whether all eight bytes are hex digits, either case: a range check per byte lane, none of which carries into the next. */
@inline function areHex(text: u64): bool {
  const high: u64 = 0x8080808080808080, one: u64 = 0x0101010101010101;
  const lower = text | one * 0x20;
  const decimal = (text + one * (0x80 - 0x30)) & ~(text + one * (0x80 - 0x3a));
  const letter = (lower + one * (0x80 - 0x61)) & ~(lower + one * (0x80 - 0x67));
  return ((decimal | letter) & ~text & high) == high;
}
/** The value of eight hex digits, first digit highest. */
@inline function hexValue(text: u64): u64 {
  let v = (text & 0x0f0f0f0f0f0f0f0f) + (text >> 6 & 0x0101010101010101) * 9;
  v = (v << 4 | v >> 8) & 0x00ff00ff00ff00ff;
  v = (v << 8 | v >> 16) & 0x0000ffff0000ffff;
  return (v << 16 | v >> 32) & 0xffffffff;
}
@inline function digit(byte: u32): i32 {
  if (byte - 0x30 < 10) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : -1;
}

/** Whether an instruction at that address belongs to the device. */
function isOffloaded(state: usize, address: u64): u32 {
  const ranges = own32(state + Decoder.RANGES);
  for (let i: u32 = 0; i < ranges; i++) {
    const at = state + Decoder.RANGE_LO + (<usize>i << 4);
    if (address >= own64(at) && address <= own64(at + 8)) return 1;
  }
  return 0;
}

/**
 * Decodes the lines of [text, end), the last of which is whole, into the batch until it is full. Answers where it stopped: behind
 * the last line that it used. It may read, but does not use, up to 32 bytes behind `end`. FILLED counts the batch's records.
 * When a line cannot be read PROBLEM says why, LINE which, and the answer is where it begins.
 */
export function decode(state: usize, batch: usize, text: usize, end: usize): usize {
  let at = text, filled = own32(state + Decoder.FILLED), line = own64(state + Decoder.LINE);
  let side = <u64>own32(state + Decoder.DEVICE);
  const fetches = own32(state + Decoder.FETCHES) != 0, ranges = own32(state + Decoder.RANGES);
  let problem: u32 = Problem.NONE, start = at;
  while (at < end && filled < <u32>Ring.RECORDS) {
    start = at;
    const first = own8(at), second = own8(at + 1);
    let kind: u32 = RecordKind.FETCH;
    if (first == 0x49 && second == 0x20) { /* "I ": a fetch */ }
    else if (first == 0x20 && second == 0x4c) kind = RecordKind.LOAD; // " L"
    else if (first == 0x20 && second == 0x53) kind = RecordKind.STORE; // " S"
    else if (first == 0x20 && second == 0x4d) kind = RecordKind.MODIFY; // " M"
    else {
      let stop = at;
      while (stop < end && own8(stop) != 0x0a) stop++;
      line++;
      at = stop + 1;
      if (first == second && (first == 0x3d || first == 0x2d || first == 0x2a)) continue; // "==", "--", "**"
      problem = Problem.KIND;
      break;
    }
    let next = at + 3, address: u64 = 0, digits = 0;
    if (own8(at + 2) != 0x20) { problem = Problem.KIND; line++; break; }
    const eight = own64(next);
    if (areHex(eight)) { address = hexValue(eight); next += 8; digits = 8; }
    for (let d = digit(own8(next)); d >= 0; d = digit(own8(++next))) { address = address << 4 | d; digits++; }
    let bytes: u32 = 0, decimals = 0;
    const comma = own8(next) == 0x2c;
    if (comma) for (next++; own8(next) - 0x30 < 10 && decimals < 6; next++, decimals++) bytes = bytes * 10 + own8(next) - 0x30;
    line++;
    if (own8(next) == 0x0d) next++; // a file that went through Windows
    if (!digits || !comma || !decimals || own8(next) != 0x0a) { problem = Problem.TRUNCATED; break; }
    if (digits > 16 && !isPadded(at + 3, digits)) { problem = Problem.TOO_WIDE; break; }
    at = next + 1;
    const counts = state + Decoder.COUNTS + (<usize>kind << 3);
    ownStore64(counts, own64(counts) + 1);
    if (kind == RecordKind.FETCH) {
      if (ranges) side = isOffloaded(state, address);
      if (!fetches) continue;
    }
    if (bytes == 0 || bytes >= <u32>1 << Record.SIZE_BITS) { problem = Problem.SIZE; break; }
    const sign = address >> (Record.ADDRESS_BITS - 1);
    if ((sign != 0 && sign != 0x1ffff) || address + bytes - 1 >> (Record.ADDRESS_BITS - 1) != sign) { problem = Problem.NOT_CANONICAL; break; }
    const record = address & ((<u64>1 << Record.ADDRESS_BITS) - 1) | <u64>bytes << Record.SIZE | <u64>kind << Record.KIND | side << Record.DEVICE;
    ownStore64(batch + (<usize>filled << Record.BYTES_LG2), record);
    filled++;
  }
  ownStore32(state + Decoder.PROBLEM, problem);
  ownStore32(state + Decoder.FILLED, filled);
  ownStore64(state + Decoder.LINE, line);
  ownStore32(state + Decoder.DEVICE, <u32>side);
  return problem ? start : at;
}

/** Whether all but the last sixteen digits are zeros. */
function isPadded(at: usize, digits: i32): bool {
  for (let i: usize = 0; i < <usize>(digits - 16); i++) if (own8(at + i) != 0x30) return false;
  return true;
}

@inline export function batchAt(ring: usize, k: u64): usize { return ring + Ring.BATCHES + (<usize>(k & (Ring.PLACES - 1))) * Ring.BATCH_BYTES; }
@inline function countAt(ring: usize, k: u64): usize { return ring + Ring.COUNTS + (<usize>(k & (Ring.PLACES - 1)) << 2); }
@inline function readerAt(ring: usize, reader: u32): usize { return ring + Ring.READERS + (<usize>reader << 6); }

@inline function endedBit(word: u64): bool { return (word & 1) != 0; }

/** The writer: OK when the place of the next batch is free (its address in WAIT_ADDRESS); WAIT for the slowest reader. */
export function ringClaim(me: usize, ring: usize, readers: u32): u32 {
  const k = own64(ring + Ring.PRODUCED) >> 1; // only the writer changes it
  for (let r: u32 = 0; r < readers; r++) {
    const done = loadAcquire(readerAt(ring, r));
    if (k - done >= <u64>Ring.PLACES) return answerWait(me, readerAt(ring, r), done);
  }
  ownStore32(me + Slot.WAIT_ADDRESS, <u32>batchAt(ring, k));
  return Status.OK;
}

/** Publishes the batch just filled with `count` records. */
export function ringPublish(ring: usize, count: u32): void {
  const word = own64(ring + Ring.PRODUCED);
  ownStore32(countAt(ring, word >> 1), count);
  storeRelease(ring + Ring.PRODUCED, word + 2);
  wake(ring + Ring.PRODUCED);
}

/** No batch comes after those published: changes the word that readers sleep on. */
export function ringEnd(ring: usize): void {
  storeRelease(ring + Ring.PRODUCED, own64(ring + Ring.PRODUCED) | 1);
  wake(ring + Ring.PRODUCED);
}

/** A reader: OK with the next batch's address in WAIT_ADDRESS and its length in COUNT; END; WAIT. */
export function ringTake(me: usize, ring: usize, reader: u32): u32 {
  const k = own64(readerAt(ring, reader)), produced = loadAcquire(ring + Ring.PRODUCED);
  if (k == produced >> 1) return endedBit(produced) ? <u32>Status.END : answerWait(me, ring + Ring.PRODUCED, produced);
  ownStore32(me + Slot.WAIT_ADDRESS, <u32>batchAt(ring, k));
  ownStore32(me + Slot.COUNT, own32(countAt(ring, k)));
  return Status.OK;
}

/** The reader is done with its batch: the writer may use the place again. */
export function ringDone(ring: usize, reader: u32): void {
  const at = readerAt(ring, reader);
  storeRelease(at, own64(at) + 1);
  wake(at);
}
