// What the wasm exports: every verb once, numbers in and out. Pages and addresses cross as f64 (exact up to 2^53): a BigInt
// would cost more than the verb. `me` is the thread's slot, from `threadRegister`. What a verb answers beside its status is in
// the slot (layout/arena.ts) or in the thread's staging.
import { Entry, EntryKind } from "./layout/entry";
import { createArena, takeWorkspace } from "./arena";
import { registerThread, unregisterThread, answerEntry, flagsIn } from "./slot";
import * as section from "./section";
import * as pins from "./pin";
import * as pinned from "./pinned";
import * as tables from "./table";
import * as spaces from "./space";
import * as areas from "./areas";
import * as mirrors from "./mirror";
import * as ring from "./ring";
import * as migration from "./migrate";
import * as access from "./access";
import * as player from "./play";
import * as trace from "./trace";
import * as burial from "./bury";
import { hostOf, supply } from "./physical";
import { walkHardware } from "./machine";
import { invalidateTlb, translateBatch } from "./tlb";
import { audit as auditFrames } from "./audit";

@inline function entryOf(frame: f64, flags: u32): u64 { return <u64>frame << Entry.PAYLOAD | flags; }

export function arenaCreate(arena: usize, pageLg2: u32, threads: u32, system: u32, device: u32, tableCount: u32, spaceCount: u32, mirrorCount: u32, workspace: u32): f64 { return createArena(arena, pageLg2, threads, system, device, tableCount, spaceCount, mirrorCount, workspace); }
export function threadRegister(arena: usize): usize { return registerThread(arena); }
export function threadUnregister(me: usize): u32 { return unregisterThread(me); }
export function workspaceTake(me: usize, bytes: u32): usize { return takeWorkspace(me, bytes); }
export function audit(me: usize): void { auditFrames(me); }

export function formatDescribe(me: usize): i32 { return tables.formatDescribe(me); }
export function tableCreate(me: usize, format: u32): i32 { return tables.tableCreate(me, format); }
export function tableDestroy(me: usize, table: u32): void { tables.tableDestroy(me, table); }
/** The frame that a page is mapped to (what a software entry says instead, as FLAGS tells), -1 when nothing is mapped (R1); FRAME, FLAGS, ENTRY. */
export function tableLookup(me: usize, table: u32, page: f64): f64 { return answerEntry(me, tables.tableRead(me, table, <u64>page)); }
/** The flags of a page's entry, 0 for none, after a walk as hardware makes it, which sets accessed, and dirty for a write that the entry allows; FRAME, FLAGS, ENTRY. */
export function tableWalk(me: usize, table: u32, page: f64, write: bool): u32 {
  section.enter(me);
  const entry = tables.tableTranslate(me, table, <u64>page, write);
  section.leave(me);
  answerEntry(me, entry);
  return flagsIn(entry);
}
/** Maps a page to a frame. OK, EXIST unless `replace`, NOMEM with nothing done, STALE. */
export function tableMap(me: usize, table: u32, page: f64, frame: f64, flags: u32, replace: bool): u32 { return tables.tableMap(me, table, <u64>page, entryOf(frame, flags), replace); }
/** Unmaps a page. OK with what it was mapped to in FRAME, FLAGS and ENTRY; NONE; NOMEM when a large leaf cannot be cut. */
export function tableUnmap(me: usize, table: u32, page: f64): u32 { return tables.tableUnmap(me, table, <u64>page); }
/**
 * Maps [first, end) to successive frames, COUNT pages of them, by leaves and runs of at most the size in `flags`. `owns`: nobody else maps or unmaps these pages. OK;
 * EXIST, PAGE is mapped; NOMEM with nothing mapped.
 */
export function tableMapRange(me: usize, table: u32, first: f64, end: f64, frame: f64, flags: u32, owns: bool): u32 { return tables.tableMapRange(me, table, <u64>first, <u64>end, entryOf(frame, flags), owns); }
/** Unmaps [first, end), and lists what was mapped as `tableList` does. */
export function tableUnmapRange(me: usize, table: u32, first: f64, end: f64): u32 { return tables.tableUnmapRange(me, table, <u64>first, <u64>end); }
/** Gives what is mapped in [first, end) the rights of `flags`. */
export function tableProtectRange(me: usize, table: u32, first: f64, end: f64, flags: u32): u32 { return tables.tableProtectRange(me, table, <u64>first, <u64>end, flags); }
/** Takes `flags` away from what is mapped in [first, end) and has one of them, and lists that, as it was, as `tableList` does. */
export function tableReadAndClear(me: usize, table: u32, first: f64, end: f64, flags: u32): u32 { return tables.tableReadAndClear(me, table, <u64>first, <u64>end, flags); }
/** Makes read-only what maps [first, end) to `frame` and its successors and can be written, and lists that, as it was, as `tableList` does. */
export function tableWriteProtect(me: usize, table: u32, first: f64, end: f64, frame: f64): u32 { return tables.tableWriteProtect(me, table, <u64>first, <u64>end, <u64>frame); }
/** Lists COUNT mapped pages of [first, end) in PAGES, FRAMES and FLAGS of the staging. MORE: call again from PAGE on. */
export function tableList(me: usize, table: u32, first: f64, end: f64): u32 { return tables.tableList(me, table, <u64>first, <u64>end); }
/** Cuts what covers the page until it is a leaf of `size` or below, log2 of pages. OK, or NOMEM. */
export function tableCut(me: usize, table: u32, page: f64, size: u32): u32 { return tables.tableCut(me, table, <u64>page, size); }
/** Begins to merge what covers the page into one leaf, or one run, of `size`: OK, drain, `tableMergeHold`, drain, `tableMergeFinish`; NONE, nothing to merge; AGAIN. */
export function tableMergeBegin(me: usize, table: u32, page: f64, size: u32): u32 { return tables.tableMergeBegin(me, table, <u64>page, size); }
/** Its middle: holds the way down to what is merged. */
export function tableMergeHold(me: usize, table: u32, page: f64, size: u32): void { tables.tableMergeHold(me, table, <u64>page, size); }
/** Ends it; without `commit` it gives up. OK: one leaf stands there; AGAIN: somebody changed something below. */
export function tableMergeFinish(me: usize, table: u32, page: f64, size: u32, commit: bool): u32 { return tables.tableMergeFinish(me, table, <u64>page, size, commit); }
/** FRAMES of the staging become those of its first `count` PAGES, or -1. COUNT is 0 if one is no page of the format. */
export function tableLookupBatch(me: usize, table: u32, count: u32): void { tables.tableLookupBatch(me, table, count); }
/** The same for the `count` pages from `first` on, at most 1024. PAGES mean nothing then. */
export function tableLookupRange(me: usize, table: u32, first: f64, count: u32): void { tables.tableLookupRange(me, table, first, count); }
/** Maps the first `count` PAGES to FRAMES with FLAGS. COUNT of them are mapped when it answers other than OK. */
export function tableMapBatch(me: usize, table: u32, count: u32): u32 { return tables.tableMapBatch(me, table, count); }
/** Unmaps the first `count` PAGES; FRAMES become what they were mapped to, or -1. COUNT were mapped. */
export function tableUnmapBatch(me: usize, table: u32, count: u32): void { tables.tableUnmapBatch(me, table, count); }

export function pinTake(me: usize): i32 { return pins.pinTake(me); }
export function pinDrop(me: usize, pin: u32): u32 { return pins.pinDrop(me, pin); }
export function tableRoot(me: usize, table: u32): u32 { return pinned.tableRoot(me, table); }
export function directoryScan(me: usize, format: u32, directory: u32, page: f64, end: f64, limit: u32): u32 { return pinned.directoryScan(me, format, directory, <u64>page, <u64>end, limit); }
export function directoryUpdate(me: usize, directory: u32, page: f64, seenFrame: f64, seenFlags: u32, frame: f64, flags: u32): u32 { return pinned.directoryUpdate(me, directory, <u64>page, entryOf(seenFrame, seenFlags), entryOf(frame, flags)); }

export function spaceCreate(me: usize, format: u32): i32 { return spaces.spaceCreate(me, format); }
export function spaceDestroy(me: usize, space: u32): void { spaces.spaceDestroy(me, space); }
/** The rights of the area that covers a page (Right), negative in a hole. */
export function spaceRights(me: usize, space: u32, page: f64): i32 { return areas.rightsAt(me, space, <u64>page); }
export function spaceGap(me: usize, space: u32, from: f64, pages: f64): f64 { return <f64>areas.gapAfter(me, space, <u64>from, <u64>pages); }
export function spacePublish(me: usize, space: u32, op: u32, first: f64, end: f64, rights: u32): u32 { return spaces.spacePublish(me, space, op, <u64>first, <u64>end, rights); }
export function spaceChangeEnd(me: usize): void { spaces.spaceChangeEnd(me); }
export function spaceQuiesce(me: usize, space: u32, first: f64, end: f64): u32 { return spaces.spaceQuiesce(me, space, <u64>first, <u64>end); }
export function spaceEdit(me: usize, space: u32, op: u32, first: f64, end: f64, rights: u32): u32 { return spaces.spaceEdit(me, space, op, <u64>first, <u64>end, rights); }
export function spaceInvalidate(me: usize, space: u32, first: f64, end: f64, lost: u32): void { mirrors.invalidate(me, space, <u64>first, <u64>end, lost); }
export function spaceFreeGathered(me: usize): void { spaces.spaceFreeGathered(me); }
export function cpuFault(me: usize, space: u32, page: f64, write: bool): u32 { return spaces.cpuFault(me, space, <u64>page, write); }
export function drainBegin(me: usize): void { section.drainBegin(me); }
export function drainNext(me: usize, space: u32): u32 { return section.drainNext(me, space); }

export function spaceQuiesceBegin(me: usize): void { spaces.spaceQuiesceBegin(me); }
export function buryThread(me: usize, thread: u32): u32 { return burial.buryThread(me, thread); }
export function buryConform(me: usize, space: u32, first: f64, end: f64): u32 { return burial.buryConform(me, space, <u64>first, <u64>end); }
export function buryOrphans(me: usize, space: u32, first: f64, end: f64): u32 { return burial.buryOrphans(me, space, <u64>first, <u64>end); }
export function buryEnd(me: usize, thread: u32): bool { return burial.buryEnd(me, thread); }

export function mirrorCreate(me: usize, space: u32, format: u32): i32 { return mirrors.mirrorCreate(me, space, format); }
export function mirrorKill(me: usize, mirror: u32): void { mirrors.mirrorKill(me, mirror); }
export function mirrorDestroy(me: usize, mirror: u32): void { mirrors.mirrorDestroy(me, mirror); }
export function deviceFault(me: usize, mirror: u32, page: f64, write: bool, migrate: bool): u32 { return mirrors.deviceFault(me, mirror, <u64>page, write, migrate); }
export function faultPost(me: usize, mirror: u32, page: f64, write: bool): u32 { return ring.faultPost(me, mirror, <u64>page, write); }
export function faultPoll(me: usize, mirror: u32, request: u32): u32 { return ring.faultPoll(me, mirror, request); }
export function faultWithdraw(me: usize, mirror: u32, request: u32): void { ring.faultWithdraw(me, mirror, request); }
export function faultGather(me: usize, mirror: u32): void { ring.faultGather(me, mirror); }
export function faultComplete(me: usize, mirror: u32, request: u32, page: f64, status: u32): void { ring.faultComplete(me, mirror, request, <u64>page, status); }
export function faultRelease(me: usize, mirror: u32): void { ring.faultRelease(me, mirror); }

export function migratePrepare(me: usize, space: u32, page: f64, direction: u32): u32 { return migration.migratePrepare(me, space, <u64>page, direction); }
export function migrateUnmap(me: usize): void { migration.migrateUnmap(me); }
export function migrateFinish(me: usize): void { migration.migrateFinish(me); }
export function migrateAbort(me: usize): void { migration.migrateAbort(me); }
export function evictChoose(me: usize): u32 { return migration.evictChoose(me); }

export function accessLoad(me: usize, agent: usize, side: u32, address: f64, bytes: u32): u32 { return access.accessLoad(me, agent, side, <u64>address, bytes); }
export function accessStore(me: usize, agent: usize, side: u32, address: f64, bytes: u32, lo: u32, hi: u32): u32 { return access.accessStore(me, agent, side, <u64>address, bytes, <u64>hi << 32 | lo); }
export function play(me: usize, agent: usize, batch: usize, from: u32, count: u32): u32 { return player.play(me, agent, batch, from, count); }
export function hashBytes(at: usize, bytes: u32, seed: u32): u32 { return player.hashBytes(at, bytes, seed); }

export function decode(state: usize, batch: usize, text: usize, end: usize): usize { return trace.decode(state, batch, text, end); }
export function ringClaim(me: usize, at: usize, readers: u32): u32 { return trace.ringClaim(me, at, readers); }
export function ringPublish(at: usize, count: u32): void { trace.ringPublish(at, count); }
export function ringEnd(at: usize): void { trace.ringEnd(at); }
export function ringTake(me: usize, at: usize, reader: u32): u32 { return trace.ringTake(me, at, reader); }
export function ringDone(at: usize, reader: u32): void { trace.ringDone(at, reader); }

export function physicalSupply(memory: usize, number: f64, at: usize): bool { return supply(memory, <u64>number, at); }
export function physicalHost(memory: usize, high: u32, low: u32, bytes: u32): usize { return hostOf(memory, <u64>high << 32 | low, bytes); }
/**
 * Walks for an access that wants the low bits of `request` (Allowed; 0: any), and marks what it uses where its next bit says so; the
 * address as two halves. The verdict; the path, and the leaf, at `out` (Walked).
 */
export function machineWalk(memory: usize, setup: u32, root: f64, high: u32, low: u32, request: u32, out: usize): u32 { return walkHardware(memory, setup, <u64>root, <u64>high << 32 | low, request, out); }

export function tlbTranslate(tlb: usize, from: u32, end: u32): u32 { return translateBatch(tlb, from, end); }
export function tlbInvalidate(tlb: usize, scope: u32, asid: u32, high: u32, low: u32): void { invalidateTlb(tlb, scope, asid, <u64>high << 32 | low); }
