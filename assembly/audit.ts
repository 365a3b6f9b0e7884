// Accounts for every frame, while no thread is inside a verb (so that its loads are plain): each one is free, retired, a directory that is hooked where its
// place says, a page that exactly one entry names, or a record of some space's areas. What is left over has leaked.
import { Audit, Header, OwnerKind, Place, Slot, SlotState } from "./layout/arena";
import { EntryKind } from "./layout/entry";
import { Areas, Space, Ticket, TicketStep } from "./layout/space";
import { Table } from "./layout/table";
import { own32, own64, ownStore32 } from "./door";
import { arenaOf, frameAt, isOpen, sectionOf, slotOf, spaceOf, stagingOf, tableOf, threadsOf, ticketOf, totalFrames } from "./slot";
import { homeOf, levelOf, looksFree, ownerKind, ownerOf, placeOf } from "./frames";
import { headOf } from "./run";
import { indexBitsAt, orderAtLevel, ownItem, topLevel } from "./item";
import { announcesItsPins } from "./pin";
import { rootOf, topOf } from "./walk";
import { isStuck } from "./directory";
import { stepOf, ticketWord } from "./ticket";
import { Format, kindOf, payloadOf, unpack } from "./format/format";
import { dispatch } from "./format/all";

@inline function count(me: usize, i: u32, n: u32): void {
  const at = stagingOf(me) + (<usize>i << 2);
  ownStore32(at, own32(at) + n);
}
@inline function counter(me: usize, i: u32): u32 { return own32(stagingOf(me) + (<usize>i << 2)); }

/** Counts a directory and what is below it. */
function auditDirectory<F extends Format>(f: F, me: usize, table: u32, home: u32, frame: u32, level: i32, page: u64): void {
  const kind = ownerKind(ownerOf(me, frame)), place = placeOf(me, frame), isHere = homeOf(place) == table && <i32>levelOf(place) == level && place >> Place.PAGE == page;
  if ((kind != OwnerKind.LIVE && kind != OwnerKind.FREEZING) || !isHere) count(me, Audit.FAULTS, 1);
  count(me, Audit.DIRECTORIES, 1);
  const parts: u32 = (1 << orderAtLevel<F>(f, me, level)) - 1;
  for (let i: u32 = 1; i <= parts; i++) count(me, headOf(frame + i, ownerOf(me, frame + i)) == frame ? Audit.PARTS : Audit.FAULTS, 1);
  let live: u32 = 0;
  for (let i: usize = 0; i < <usize>1 << indexBitsAt<F>(f, level); i++) {
    const item = ownItem<F>(f, frameAt(me, frame) + (i << f.itemLg2()));
    if (f.isEmpty(item)) continue;
    live++;
    if (level && f.isDirectory(item)) auditDirectory<F>(f, me, table, home, <u32>f.directoryFrame(item), f.levelBelow(item, level), page + ((<u64>i) << (level * f.indexBits())));
    else if (home) auditPage(me, home - 1, unpack<F>(f, item));
  }
  if (!live && level < topLevel<F>(f, me) && !isStuck<F>(f, ownerOf(me, frame))) count(me, Audit.FAULTS, 1); // W4: an empty directory was left behind
}
@unmanaged @final class AuditTable {
  @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 {
    const root = rootOf<F>(f, me, <u32>table);
    auditDirectory<F>(f, me, <u32>table, <u32>a, root, topLevel<F>(f, me), 0);
    return 0;
  }
}

/** An entry of a space's own table: its frame must be a page of that space. */
function auditPage(me: usize, space: u32, entry: u64): void {
  const kind = kindOf(entry), frame = <u32>payloadOf(entry);
  if (kind == EntryKind.MIGRATING || kind == EntryKind.RESERVATION) { count(me, Audit.FAULTS, 1); return; }
  const right = ownerKind(ownerOf(me, frame)) == OwnerKind.PAGE && homeOf(placeOf(me, frame)) == space;
  count(me, right ? Audit.PAGES : Audit.FAULTS, 1);
}

function auditAreas(me: usize, space: u32): void {
  const index = own32(spaceOf(me, space) + Space.AREAS);
  if (!index) return;
  auditRecord(me, space, index);
  for (let i: u32 = 0; i < own32(frameAt(me, index) + Areas.COUNT); i++)
    auditRecord(me, space, own32(frameAt(me, index) + Areas.ITEMS + (<usize>i << Areas.ITEM_LG2) + Areas.CHUNK));
}
function auditRecord(me: usize, space: u32, frame: u32): void {
  const right = ownerKind(ownerOf(me, frame)) == OwnerKind.RECORD && homeOf(placeOf(me, frame)) == space;
  count(me, right ? Audit.RECORDS : Audit.FAULTS, 1);
}

/** Fills the counters in staging. Nobody may be inside a verb. */
export function audit(me: usize): void {
  for (let i = 0; i < Audit.COUNTERS; i++) ownStore32(stagingOf(me) + (<usize>i << 2), 0);
  const arena = arenaOf(me);
  const tables = own32(arena + Header.TABLES), spaces = own32(arena + Header.SPACES);
  for (let table: u32 = 0; table < tables + spaces + own32(arena + Header.MIRRORS); table++) {
    if (!(own32(tableOf(me, table) + Table.GENERATION) & 1)) continue;
    const home = table >= tables && table < tables + spaces ? table - tables + 1 : 0; // a space's own table, as space + 1
    dispatch<AuditTable>(changetype<AuditTable>(0), <u32>topOf(me, table), me, table, 0, home, 0);
  }
  for (let space: u32 = 0; space < spaces; space++)
    if (own32(spaceOf(me, space) + Space.GENERATION) & 1) auditAreas(me, space);
  if (ownerOf(me, 0) || looksFree(me, 0)) count(me, Audit.FAULTS, 1); // frame 0 stands for none
  let directories: u32 = 0, pages: u32 = 0, records: u32 = 0, parts: u32 = 0;
  for (let frame: u32 = 1; frame < totalFrames(me); frame++) {
    const seen = ownerOf(me, frame), whole = ownerKind(ownerOf(me, headOf(frame, seen)));
    const kind = whole == OwnerKind.TRANSIT ? whole : ownerKind(seen); // all of a run in transit is
    if ((kind == OwnerKind.FREE || kind == OwnerKind.RETIRED) && !looksFree(me, frame)) count(me, Audit.FAULTS, 1);
    if (kind == OwnerKind.FREE) count(me, Audit.FREE, 1);
    else if (kind == OwnerKind.RETIRED) count(me, Audit.RETIRED, 1);
    else if (kind == OwnerKind.TRANSIT) count(me, Audit.TRANSIT, 1);
    else if (kind == OwnerKind.PAGE) pages++;
    else if (kind == OwnerKind.RECORD) records++;
    else if (kind == OwnerKind.PART) parts++;
    else directories++;
  }
  const found = counter(me, Audit.DIRECTORIES) + counter(me, Audit.PAGES) + counter(me, Audit.RECORDS) + counter(me, Audit.PARTS);
  count(me, Audit.LEAKED, directories + pages + records + parts + counter(me, Audit.TRANSIT) - found);
  for (let thread: u32 = 0; thread < threadsOf(me); thread++) {
    const slot = slotOf(me, thread);
    if (isOpen(sectionOf(slot)) || own64(slot + Slot.ANNOUNCED) || own64(slot + Slot.CHANGE)) count(me, Audit.FAULTS, 1);
    if (!announcesItsPins(slot, <bool>(own32(slot + Slot.STATE) & SlotState.LIVE))) count(me, Audit.FAULTS, 1);
    for (let i = 0; i < Ticket.PER_THREAD; i++)
      if (stepOf(ticketWord(ticketOf(me, thread << Ticket.PER_THREAD_LG2 | i))) != TicketStep.FREE) count(me, Audit.FAULTS, 1);
  }
}
