// Loads and stores of a program, by the CPU or by a device, on the bytes of frames. Only inside a section.
//
// A TLB keeps translations over sections. It is empty unless the side's sequence, loaded inside this section, is the one that
// was loaded before its entries were filled in:
//   access: open the section, THEN load the sequence          invalidation: clear, move the sequence, THEN look at sections
// Either we see the new sequence and drop what we kept, or the invalidation sees our section and waits for it (H1).
// Dirty is set by the walk before the first store through a translation: a TLB item that allows stores has it set already.
import { Agent, Side } from "./layout/agent";
import { Entry, EntryKind } from "./layout/entry";
import { Mirror, Space } from "./layout/space";
import { Slot } from "./layout/arena";
import { Status } from "./layout/status";
import { dataClear, dataLoad, dataStore, loadAcquire, loadAcquire32, own32, own64, ownStore32, ownStore64, ownStoreFloat } from "./door";
import { frameAt, mirrorOf, pageBytes, pageLg2, spaceOf } from "./slot";
import { attach, enter, leave } from "./section";
import { mirrorTable, spaceTable, tableTranslate } from "./table";
import { isDead } from "./mirror";
import { domainFrame, domainSequence } from "./domain";
import { bit, kindOf, payloadOf } from "./format/format";

const TLB_BYTES: usize = 1 << (Agent.TLB_LG2 + Agent.TLB_ITEM_LG2);

@inline export function sideAt(agent: usize, side: u32): usize { return agent + (side == Side.DEVICE ? Agent.DEVICE : Agent.CPU); }
@inline export function agentSpace(agent: usize): u32 { return own32(agent + Agent.SPACE); }
@inline function agentMirror(agent: usize): u32 { return own32(agent + Agent.MIRROR) - 1; }

/** Opens a section to act for one side. DEAD: the mirror was killed; STALE: mirror or space are gone; the section is closed again. */
export function sideEnter(me: usize, agent: usize, side: u32): u32 {
  attach(me, agentSpace(agent));
  enter(me);
  const at = sideAt(agent, side);
  const space = spaceOf(me, agentSpace(agent));
  let sequence: u64, status: u32 = own32(space + Space.GENERATION) == own32(agent + Agent.SPACE_GENERATION) ? Status.OK : Status.STALE;
  if (side == Side.DEVICE) {
    const mirror = mirrorOf(me, agentMirror(agent));
    if (loadAcquire32(mirror + Mirror.GENERATION) != own32(agent + Agent.MIRROR_GENERATION)) status = Status.STALE;
    else if (isDead(mirror)) status = Status.DEAD;
    sequence = domainSequence(mirror);
  } else sequence = loadAcquire(space + Space.SEQUENCE);
  if (status != Status.OK) { leave(me); return status; }
  if (own64(at + Agent.SEQUENCE) != sequence) {
    dataClear(at + Agent.TLB, TLB_BYTES);
    ownStore64(at + Agent.SEQUENCE, sequence);
  }
  return Status.OK;
}

/** Where the bytes of a page are, 0 for a fault. Inside the side's section; good until it ends. */
@inline export function hostPage(me: usize, agent: usize, side: u32, page: u64, write: bool): usize {
  const item = sideAt(agent, side) + Agent.TLB + ((<usize>page & ((1 << Agent.TLB_LG2) - 1)) << Agent.TLB_ITEM_LG2);
  const tag = own64(item + Agent.TAG);
  if (tag >> 1 == page + 1 && (!write || tag & 1)) return own32(item + Agent.HOST);
  return hostPageMiss(me, agent, side, page, write, item);
}

function hostPageMiss(me: usize, agent: usize, side: u32, page: u64, write: bool, item: usize): usize {
  const device = side == Side.DEVICE;
  const table = device ? mirrorTable(me, agentMirror(agent)) : spaceTable(me, agentSpace(agent)), entry = tableTranslate(me, table, page, write);
  if (kindOf(entry) != EntryKind.PRESENT || (write && !bit(entry, Entry.WRITE))) return 0;
  const host = frameAt(me, device ? domainFrame(mirrorOf(me, agentMirror(agent)), payloadOf(entry)) : payloadOf(entry));
  const writable = bit(entry, Entry.WRITE) && bit(entry, Entry.DIRTY);
  ownStore64(item + Agent.TAG, page + 1 << 1 | <u64>writable);
  ownStore32(item + Agent.HOST, <u32>host);
  return host;
}

/** Answers the page that faulted. */
@inline export function answerFault(me: usize, page: u64, write: bool): void {
  ownStoreFloat(me + Slot.PAGE, <f64>page);
  ownStore32(me + Slot.FLAGS, <u32>write);
}

/** Loads 1, 2, 4 or 8 aligned bytes; the value is in ENTRY. OK, DEAD, STALE, or MORE for a fault on PAGE. */
export function accessLoad(me: usize, agent: usize, side: u32, address: u64, bytes: u32): u32 {
  const opened = sideEnter(me, agent, side);
  if (opened != Status.OK) return opened;
  const page = address >> pageLg2(me), host = hostPage(me, agent, side, page, false);
  if (host) ownStore64(me + Slot.ENTRY, dataLoad(host + (<usize>address & (pageBytes(me) - 1)), bytes));
  leave(me);
  if (!host) answerFault(me, page, false);
  return host ? Status.OK : Status.MORE;
}

/** Stores 1, 2, 4 or 8 aligned bytes. Answers as `accessLoad`. */
export function accessStore(me: usize, agent: usize, side: u32, address: u64, bytes: u32, value: u64): u32 {
  const opened = sideEnter(me, agent, side);
  if (opened != Status.OK) return opened;
  const page = address >> pageLg2(me), host = hostPage(me, agent, side, page, true);
  if (host) dataStore(host + (<usize>address & (pageBytes(me) - 1)), bytes, value);
  leave(me);
  if (!host) answerFault(me, page, true);
  return host ? Status.OK : Status.MORE;
}
