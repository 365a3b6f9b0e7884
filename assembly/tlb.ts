// What stands between a processor and its tables: TLBs, one behind the other, and caches of tables (paging-structure caches), from which a walk
// begins lower. A model for simulators: which accesses hit, what is evicted, how many cycles it takes. All state is in one piece of the
// workspace, owned by one thread; the tables may be walked, marked and written by others meanwhile.
//
//  address ──> order 0 ──> order 1 ──> …  caches of translations     cycles: for each order asked, its slowest cache
//                 │ a hit fills those before it
//                 └─ none: caches of tables, the lowest hit ──> walk from that table ──> fills them all
//                                                                    + the slowest of them + items read × MEMORY_CYCLES
//
// An entry answers an access only when it allows it. What is refused, or still has a dirty bit to set, is walked again, as hardware does
// before it faults: so no right that was taken away by an invalidation is ever found, and none is missed that was given.
import { Allowed, Verdict, WalkRequest, Walked } from "./layout/hardware";
import { Replacement, Tlb, TlbAccess, TlbBatch, TlbCache, TlbEntry, TlbKey, TlbKind, TlbScope } from "./layout/tlb";
import { own32, own64, own8, ownFloat, ownStore32, ownStore64, ownStore8, ownStoreFloat } from "./door";
import { walkHardware } from "./machine";
import { bit, field } from "./format/format";
import { EXECUTES } from "./format/hardware";

@inline function cacheAt(tlb: usize, i: u32): usize { return tlb + Tlb.CACHE + (<usize>i << TlbCache.BYTES_LG2); }
@inline function count(at: usize, more: u64): void { ownStore64(at, own64(at) + more); }
@inline function lowBits(bits: u32): u64 { return (<u64>1 << bits) - 1; }
@inline function spanOf(key: u32): u32 { return <u32>field(key, TlbKey.SPAN, TlbKey.SPAN_BITS); }
@inline function setBytes(cache: usize): usize { return <usize>own32(cache + TlbCache.WAYS) << TlbEntry.BYTES_LG2; }
@inline function setAt(cache: usize, tag: u64): usize { return <usize>own32(cache + TlbCache.ENTRIES_AT) + <usize>(tag % own32(cache + TlbCache.SETS)) * setBytes(cache); }
/** The bits of a table's span: all that the levels below it translate. */
@inline function tableSpan(pageLg2: u32, indexBits: u32, level: u32): u32 { return pageLg2 + (level + 1) * indexBits; }

/** The entry of one span for an address; it allows what is wanted. 0: none. */
function entryOf(cache: usize, span: u32, va: u64, asid: u32, wanted: u32): usize {
  const tag = va >> span, first = setAt(cache, tag), end = first + setBytes(cache);
  for (let entry = first; entry < end; entry += TlbEntry.BYTES) {
    if (own64(entry + TlbEntry.TAG) != tag) continue;
    const key = own32(entry + TlbEntry.KEY);
    if (!bit(key, TlbKey.VALID) || spanOf(key) != span || (!bit(key, TlbKey.GLOBAL) && <u32>field(key, TlbKey.ASID, TlbKey.ASID_BITS) != asid)) continue;
    if (!(wanted & ~own32(entry + TlbEntry.ALLOWED))) return entry;
  }
  return 0;
}

/** Asks a cache about an address: every span that it holds, the smallest first. The entry, 0 for none. */
function ask(cache: usize, pageLg2: u32, indexBits: u32, va: u64, asid: u32, wanted: u32): usize {
  const ofTables = own32(cache + TlbCache.KIND) == TlbKind.TABLES;
  let entry: usize = 0;
  for (let left = own64(cache + TlbCache.SPANS); left && !entry; left &= left - 1) {
    const at = <u32>ctz(left);
    entry = entryOf(cache, ofTables ? tableSpan(pageLg2, indexBits, at) : at, va, asid, ofTables ? 0 : wanted);
  }
  ownStore32(cache + TlbCache.FOUND, <u32>entry);
  return entry;
}

/** The word of a set's tree; the set is given by the place of one of its entries among all of them. */
@inline function treeAt(cache: usize, inSets: usize): usize { return <usize>own32(cache + TlbCache.STATE_AT) + (inSets / setBytes(cache) << 3); }

/** Tree-PLRU: a bit a node, nodes from 1 on, says on which side the next victim is; a touched way turns the nodes above it away from itself. */
function turnAway(cache: usize, entry: usize): void {
  const inSets = entry - own32(cache + TlbCache.ENTRIES_AT), way = <u32>(inSets % setBytes(cache) >> TlbEntry.BYTES_LG2);
  const at = treeAt(cache, inSets);
  let tree = own64(at), node: u32 = 1;
  for (let side = own32(cache + TlbCache.WAYS) >> 1; side; side >>= 1) {
    const right = (way & side) != 0;
    tree = right ? tree & ~(<u64>1 << node) : tree | <u64>1 << node;
    node = node << 1 | <u32>right;
  }
  ownStore64(at, tree);
}

/** An entry was used, or filled. */
function touch(tlb: usize, cache: usize, entry: usize, isNew: bool): void {
  const replacement = own32(cache + TlbCache.REPLACEMENT);
  if (replacement == Replacement.TREE_PLRU) { turnAway(cache, entry); return; }
  if (replacement == Replacement.RANDOM || (replacement == Replacement.FIFO && !isNew)) return;
  count(tlb + Tlb.CLOCK, 1);
  ownStore64(entry + TlbEntry.STAMP, own64(tlb + Tlb.CLOCK));
}

/** The place for a new entry in the set of a tag: the first that is empty, or the one that the cache gives up. */
function victim(cache: usize, tag: u64): usize {
  const first = setAt(cache, tag), bytes = setBytes(cache), ways = own32(cache + TlbCache.WAYS), replacement = own32(cache + TlbCache.REPLACEMENT);
  let oldest = first;
  for (let entry = first; entry < first + bytes; entry += TlbEntry.BYTES) {
    if (!own32(entry + TlbEntry.KEY)) return entry;
    if (own64(entry + TlbEntry.STAMP) < own64(oldest + TlbEntry.STAMP)) oldest = entry;
  }
  if (replacement == Replacement.RANDOM) {
    let random = own64(cache + TlbCache.RANDOM); // xorshift, 13 7 17
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    ownStore64(cache + TlbCache.RANDOM, random);
    return first + (<usize>(random % ways) << TlbEntry.BYTES_LG2);
  }
  if (replacement != Replacement.TREE_PLRU) return oldest;
  const at = treeAt(cache, first - own32(cache + TlbCache.ENTRIES_AT)), tree = own64(at);
  let node: u32 = 1;
  while (node < ways) node = node << 1 | <u32>(tree >> node & 1);
  return first + (<usize>(node - ways) << TlbEntry.BYTES_LG2);
}

/** `key` without its span. An entry that says the same of less, or allows less, is written over. */
function fill(tlb: usize, cache: usize, span: u32, va: u64, key: u32, allowed: u32, output: u64): void {
  const known = entryOf(cache, span, va, <u32>field(key, TlbKey.ASID, TlbKey.ASID_BITS), 0), entry = known ? known : victim(cache, va >> span);
  if (!known) {
    count(cache + TlbCache.FILLS, 1);
    if (own32(entry + TlbEntry.KEY)) count(cache + TlbCache.EVICTIONS, 1);
  }
  ownStore64(entry + TlbEntry.TAG, va >> span);
  ownStore32(entry + TlbEntry.KEY, key | span << TlbKey.SPAN);
  ownStore32(entry + TlbEntry.ALLOWED, allowed);
  ownStore64(entry + TlbEntry.OUTPUT, output);
  touch(tlb, cache, entry, !known);
}

/** Fills a cache of translations with what is known of a page of 2^size bytes: as a page of the largest size that the cache has and the page fills. */
function fillPage(tlb: usize, cache: usize, size: u32, va: u64, key: u32, allowed: u32, output: u64): void {
  const spans = own64(cache + TlbCache.SPANS) & lowBits(size + 1);
  if (!spans) return;
  const span = 63 - <u32>clz(spans);
  fill(tlb, cache, span, va, key, allowed, (output | va & lowBits(size)) >> span << span);
}

/** Counts what the caches that were asked answered, and touches what they found. */
function settle(tlb: usize, from: u32, end: u32, kind: u32): void {
  for (let i = from; i < end; i++) {
    const cache = cacheAt(tlb, i), found = own32(cache + TlbCache.FOUND);
    if (!(own32(cache + TlbCache.SERVES) & kind)) continue;
    count(cache + (found ? TlbCache.HITS : TlbCache.MISSES), 1);
    if (found) touch(tlb, cache, found, false);
  }
}

/** Keeps what a walk found: each table that it went through; the page, if there is one, in every cache of translations. */
function keep(tlb: usize, va: u64, kind: u32, verdict: u32): void {
  const out = tlb + Tlb.WALKED, steps = own32(out + Walked.STEPS), translations = own32(tlb + Tlb.TRANSLATIONS), caches = own32(tlb + Tlb.CACHES);
  const pageLg2 = own32(tlb + Tlb.PAGE_LG2), indexBits = own32(tlb + Tlb.INDEX_BITS), own = 1 << TlbKey.VALID | own32(tlb + Tlb.ASID) << TlbKey.ASID;
  for (let i: u32 = 1; i < steps; i++) { // the last step ends the walk
    const step = out + Walked.STEP + (i - 1) * Walked.STEP_BYTES, level = own32(step + Walked.NEXT_LEVEL);
    const key = own | own32(step + Walked.STEP_GLOBAL) << TlbKey.GLOBAL | level << TlbKey.LEVEL;
    for (let n = translations; n < caches; n++) {
      const cache = cacheAt(tlb, n);
      if (!(own32(cache + TlbCache.SERVES) & kind) || !bit(own64(cache + TlbCache.SPANS), level)) continue;
      fill(tlb, cache, tableSpan(pageLg2, indexBits, level), va, key, own32(step + Walked.STEP_ALLOWED), own64(step + Walked.NEXT_TABLE));
    }
  }
  if (verdict != Verdict.LEAF) return;
  const key = own | own32(out + Walked.GLOBAL) << TlbKey.GLOBAL;
  for (let n: u32 = 0; n < translations; n++) {
    const cache = cacheAt(tlb, n);
    if (own32(cache + TlbCache.SERVES) & kind) fillPage(tlb, cache, own32(out + Walked.SIZE_LG2), va, key, own32(out + Walked.KEPT), own64(out + Walked.OUTPUT));
  }
}

/** Access `i` of the batch; false where memory is absent and the batch stops there, nothing counted. */
function access(tlb: usize, i: u32): bool {
  const flags = own32(tlb + Tlb.FLAGS), pageLg2 = own32(tlb + Tlb.PAGE_LG2), indexBits = own32(tlb + Tlb.INDEX_BITS), asid = own32(tlb + Tlb.ASID);
  const place = tlb + Tlb.ADDRESSES + (<usize>i << 3), va = flags & TlbBatch.FLOATS ? <u64>ownFloat(place) : own64(place);
  const wanted = own8(tlb + Tlb.WANTED + i) & Allowed.ALL, kind: u32 = wanted & EXECUTES ? TlbAccess.FETCH : TlbAccess.DATA;
  const translations = own32(tlb + Tlb.TRANSLATIONS), caches = own32(tlb + Tlb.CACHES);
  let asked: u32 = 0, order: u32 = 0, hit: usize = 0, latency: u32 = 0, verdict: u32 = Verdict.LEAF, output: u64 = 0;
  while (asked < translations && !hit) {
    let slowest: u32 = 0;
    order = own32(cacheAt(tlb, asked) + TlbCache.ORDER);
    for (; asked < translations && own32(cacheAt(tlb, asked) + TlbCache.ORDER) == order; asked++) {
      const cache = cacheAt(tlb, asked);
      if (!(own32(cache + TlbCache.SERVES) & kind)) continue;
      const entry = ask(cache, pageLg2, indexBits, va, asid, wanted);
      if (!hit) hit = entry;
      slowest = max(slowest, own32(cache + TlbCache.LATENCY));
    }
    latency += slowest;
  }
  if (hit) {
    const key = own32(hit + TlbEntry.KEY), size = spanOf(key), page = own64(hit + TlbEntry.OUTPUT), allowed = own32(hit + TlbEntry.ALLOWED);
    output = page | va & lowBits(size);
    settle(tlb, 0, asked, kind);
    for (let n: u32 = 0; own32(cacheAt(tlb, n) + TlbCache.ORDER) < order; n++) {
      const cache = cacheAt(tlb, n);
      if (own32(cache + TlbCache.SERVES) & kind) fillPage(tlb, cache, size, va, key & ~(<u32>lowBits(TlbKey.SPAN_BITS) << TlbKey.SPAN), allowed, page);
    }
  } else {
    let first: usize = 0, slowest: u32 = 0;
    for (; asked < caches; asked++) {
      const cache = cacheAt(tlb, asked);
      if (!(own32(cache + TlbCache.SERVES) & kind)) continue;
      const entry = ask(cache, pageLg2, indexBits, va, asid, 0);
      if (entry && (!first || levelOf(entry) < levelOf(first))) first = entry;
      slowest = max(slowest, own32(cache + TlbCache.LATENCY));
    }
    const out = tlb + Tlb.WALKED, update = flags & TlbBatch.UPDATE ? 1 << WalkRequest.UPDATE : 0, from = first ? own64(first + TlbEntry.OUTPUT) : own64(tlb + Tlb.ROOT);
    verdict = walkHardware(own32(tlb + Tlb.MEMORY), own32(tlb + Tlb.SETUP), from, va, wanted | update | (first ? goOn(first) : 0), out);
    if (verdict == Verdict.ABSENT && flags & TlbBatch.STOPS) return false;
    const reads = own32(out + Walked.STEPS);
    latency += slowest + reads * own32(tlb + Tlb.MEMORY_CYCLES);
    settle(tlb, 0, caches, kind);
    keep(tlb, va, kind, verdict);
    count(tlb + Tlb.WALKS, 1);
    count(tlb + Tlb.READS, reads);
    if (verdict == Verdict.LEAF) output = own64(out + Walked.OUTPUT);
    else count(tlb + Tlb.FAULTS, 1);
  }
  count(tlb + Tlb.ACCESSES, 1);
  count(tlb + Tlb.CYCLES, latency);
  if (flags & TlbBatch.FLOATS) ownStoreFloat(place, <f64>output);
  else ownStore64(place, output);
  ownStore32(tlb + Tlb.CYCLES_EACH + (<usize>i << 2), latency);
  ownStore8(tlb + Tlb.VERDICTS + i, verdict);
  return true;
}
@inline function levelOf(entry: usize): u32 { return <u32>field(own32(entry + TlbEntry.KEY), TlbKey.LEVEL, TlbKey.LEVEL_BITS); }
/** The part of a walk's request that says from which table it goes on. */
function goOn(entry: usize): u32 {
  const isGlobal = <u32>bit(own32(entry + TlbEntry.KEY), TlbKey.GLOBAL);
  return isGlobal << WalkRequest.GLOBAL | own32(entry + TlbEntry.ALLOWED) << WalkRequest.ALLOWED | levelOf(entry) + 1 << WalkRequest.LEVEL;
}

/**
 * Translates the accesses of the batch from `from` to `end`: outputs come where addresses were, with cycles and verdicts beside them. Answers
 * where it stopped: `end`, or with TlbBatch.STOPS an access whose walk met memory that the machine has not.
 */
export function translateBatch(tlb: usize, from: u32, end: u32): u32 {
  while (from < end && access(tlb, from)) from++;
  return from;
}

/** Empties what `scope` (TlbScope) says of an address and an address space; everything when it is 0. */
export function invalidateTlb(tlb: usize, scope: u32, asid: u32, va: u64): void {
  for (let i: u32 = 0; i < own32(tlb + Tlb.CACHES); i++) {
    const cache = cacheAt(tlb, i), first = <usize>own32(cache + TlbCache.ENTRIES_AT), end = first + <usize>own32(cache + TlbCache.SETS) * setBytes(cache);
    for (let entry = first; entry < end; entry += TlbEntry.BYTES) {
      const key = own32(entry + TlbEntry.KEY);
      if (scope & TlbScope.ASID && (bit(key, TlbKey.GLOBAL) || <u32>field(key, TlbKey.ASID, TlbKey.ASID_BITS) != asid)) continue;
      if (!(scope & TlbScope.ADDRESS) || va >> spanOf(key) == own64(entry + TlbEntry.TAG)) ownStore32(entry + TlbEntry.KEY, 0);
    }
  }
}
