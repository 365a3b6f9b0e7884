// The areas (VMAs) of an address space: an immutable sorted structure of two levels, an index frame and chunk frames, replaced
// whole by one compare-and-swap on the space's areas word and read inside a section. Two changes never wait for each other:
// the loser builds again from what the winner published.
//
//   areas word ──> index │ first, chunk │ first, chunk │ …        a change copies the index and the chunks it touches,
//                            │               └──> chunk │ area │ area │ …      publishes, then retires the old ones
//                            └──> chunk │ area │ area │ …
//
// One change touches at most as many chunks as its range covers; an index holds (page - 16) / 16 chunks of as many areas:
// with 4 KiB pages 255 chunks, at least half full, so 32,000 areas at the least, which answers FULL when exceeded.
import { ChangeWord, OwnerKind, Role, Slot } from "./layout/arena";
import { Areas, Change, Space } from "./layout/space";
import { Status } from "./layout/status";
import { loadAcquire, own32, own64, ownStore32, ownStore64, swap } from "./door";
import { frameAt, pageBytes, slotOf, spaceOf, threadsOf } from "./slot";
import { enter, leave, waitFor } from "./section";
import { confirm, describe, give, homeOf, isMyTransit, ownerOf, placeOf, retire } from "./frames";
import { draw, reserve, reserved, unreserve } from "./reserve";
import { field } from "./format/format";

@inline function wordAt(me: usize, space: u32): usize { return spaceOf(me, space) + Space.AREAS; }
@inline function indexOf(word: u64): u32 { return <u32>word; }
@inline function countAt(me: usize, frame: u32): u32 { return own32(frameAt(me, frame) + Areas.COUNT); } // frame 0 is all zeros
@inline function itemAt(me: usize, frame: u32, i: u32): usize { return frameAt(me, frame) + Areas.ITEMS + (<usize>i << Areas.ITEM_LG2); }
@inline function capacity(me: usize): u32 { return <u32>((pageBytes(me) - Areas.ITEMS) >> Areas.ITEM_LG2); }
@inline function chunkOf(me: usize, index: u32, i: u32): u32 { return own32(itemAt(me, index, i) + Areas.CHUNK); }
@inline function areaFirst(area: usize): u64 { return own64(area + Areas.FIRST) >> Areas.PAGE; }
@inline function areaEnd(area: usize): u64 { return own64(area + Areas.END); }
@inline function areaRights(area: usize): u32 { return own32(area + Areas.FIRST) & ((1 << Areas.RIGHTS_BITS) - 1); }

/** The last of `count` sorted items whose first page is not above `page`; 0 when all are above. */
function search(me: usize, frame: u32, shift: i32, page: u64): u32 {
  let low: u32 = 0, high = countAt(me, frame);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (own64(itemAt(me, frame, middle)) >> shift <= page) low = middle; else high = middle;
  }
  return low;
}

/** The rights of the area that covers the page, -1 in a hole. Inside a section. */
export function rightsInside(me: usize, space: u32, page: u64): i32 {
  const index = indexOf(loadAcquire(wordAt(me, space)));
  const chunk = chunkOf(me, index, search(me, index, 0, page));
  const area = itemAt(me, chunk, search(me, chunk, Areas.PAGE, page));
  return areaFirst(area) <= page && page < areaEnd(area) ? areaRights(area) : -1;
}
/** The same, with a section of its own. */
export function rightsAt(me: usize, space: u32, page: u64): i32 {
  enter(me);
  const rights = rightsInside(me, space, page);
  leave(me);
  return rights;
}

/** Whether the frame is the space's index or one of its chunks. Inside a section. */
export function reachesRecord(me: usize, space: u32, frame: u32): bool {
  const index = indexOf(loadAcquire(wordAt(me, space)));
  if (index == frame) return true;
  for (let i: u32 = 0; i < countAt(me, index); i++) if (chunkOf(me, index, i) == frame) return true;
  return false;
}

/** The lowest page at or above `from` where `pages` pages are free. Opens its own section. */
export function gapAfter(me: usize, space: u32, from: u64, pages: u64): u64 {
  enter(me);
  const index = indexOf(loadAcquire(wordAt(me, space)));
  let page = from;
  for (let i: u32 = 0; i < countAt(me, index); i++) {
    const chunk = chunkOf(me, index, i);
    for (let j: u32 = 0; j < countAt(me, chunk); j++) {
      const area = itemAt(me, chunk, j);
      if (areaEnd(area) > page && areaFirst(area) < page + pages) page = areaEnd(area);
    }
  }
  leave(me);
  return page;
}

/** Appends a chunk to the index under construction. */
function appendChunk(me: usize, index: u32, first: u64, chunk: u32): void {
  const n = countAt(me, index), item = itemAt(me, index, n);
  ownStore64(item + Areas.FIRST, first);
  ownStore64(item + Areas.CHUNK, chunk);
  ownStore32(frameAt(me, index) + Areas.COUNT, n + 1);
}

/**
 * Appends an area to the chunk being filled (0: none yet), or begins another when that holds `limit` areas; joins it with a
 * neighbour of equal rights.
 * Answers the chunk being filled now, 0 when the index is full.
 */
function append(me: usize, index: u32, filling: u32, limit: u32, first: u64, end: u64, rights: u32): u32 {
  const n = countAt(me, filling);
  if (n) {
    const last = itemAt(me, filling, n - 1);
    if (areaEnd(last) == first && areaRights(last) == rights) { ownStore64(last + Areas.END, end); return filling; }
  }
  let chunk = filling;
  if (!chunk || n == limit) {
    if (countAt(me, index) == capacity(me)) return 0;
    chunk = draw(me);
    describe(me, chunk, Role.RECORD, 0, 0, homeOf(placeOf(me, index)));
    appendChunk(me, index, first, chunk);
  }
  const at = countAt(me, chunk), area = itemAt(me, chunk, at);
  ownStore64(area + Areas.FIRST, first << Areas.PAGE | rights);
  ownStore64(area + Areas.END, end);
  ownStore32(frameAt(me, chunk) + Areas.COUNT, at + 1);
  return chunk;
}

/**
 * Writes into `index` what `old` becomes when [first, end) is mapped, unmapped or protected. Chunks `from`..`to` of the old
 * index are written again, the others are shared. OK; EXIST: mapped over an area; HOLE: protected what no area covers; FULL.
 */
function rewrite(me: usize, old: u32, from: u32, to: u32, limit: u32, index: u32, op: u32, first: u64, end: u64, rights: u32): u32 {
  let filling: u32 = 0, covered: u64 = 0, pending = op == Change.MAP;
  for (let i: u32 = 0; i < from; i++) appendChunk(me, index, own64(itemAt(me, old, i)), chunkOf(me, old, i));
  for (let i = from; i < min(to + 1, countAt(me, old)); i++) {
    const chunk = chunkOf(me, old, i);
    for (let j: u32 = 0; j < countAt(me, chunk); j++) {
      const area = itemAt(me, chunk, j), a = areaFirst(area), b = areaEnd(area), has = areaRights(area);
      const inFirst = max(a, first), inEnd = min(b, end);
      if (pending && a >= end) { filling = append(me, index, filling, limit, first, end, rights); if (!filling) return Status.FULL; pending = false; }
      if (a < first) { filling = append(me, index, filling, limit, a, min(b, first), has); if (!filling) return Status.FULL; }
      if (inFirst < inEnd) {
        if (op == Change.MAP) return Status.EXIST;
        covered += inEnd - inFirst;
        if (op == Change.PROTECT) { filling = append(me, index, filling, limit, inFirst, inEnd, rights); if (!filling) return Status.FULL; }
      }
      if (b > end) { filling = append(me, index, filling, limit, max(a, end), b, has); if (!filling) return Status.FULL; }
    }
  }
  if (pending && !append(me, index, filling, limit, first, end, rights)) return Status.FULL;
  if (op == Change.PROTECT && covered != end - first) return Status.HOLE;
  for (let i = to + 1; i < countAt(me, old); i++) {
    if (countAt(me, index) == capacity(me)) return Status.FULL;
    appendChunk(me, index, own64(itemAt(me, old, i)), chunkOf(me, old, i));
  }
  return Status.OK;
}

/** What this thread built but did not publish is freed. Chunks shared with the old index stay. */
function discard(me: usize, index: u32): void {
  for (let i: u32 = 0; i < countAt(me, index); i++) handBack(me, chunkOf(me, index, i));
  handBack(me, index);
}
function handBack(me: usize, frame: u32): void {
  const seen = ownerOf(me, frame);
  if (isMyTransit(me, seen)) give(me, frame, seen); // another thread's may be published already
}

/** After publication: the new frames are records of the space; those shared with the old index are already. */
function settle(me: usize, index: u32): void {
  for (let i: u32 = 0; i < countAt(me, index); i++) confirm(me, chunkOf(me, index, i), OwnerKind.RECORD);
  confirm(me, index, OwnerKind.RECORD);
}

/** After publication: retires the old index and the chunks of it that were written again. */
function supersede(me: usize, old: u32, from: u32, to: u32): void {
  for (let i = from; i < min(to + 1, countAt(me, old)); i++) retireRecord(me, chunkOf(me, old, i));
  if (old) retireRecord(me, old);
}
/** Its publisher may not have confirmed it yet: confirm it first, so that the publisher's own swap cannot make ours fail. */
function retireRecord(me: usize, frame: u32): void {
  confirm(me, frame, OwnerKind.RECORD);
  retire(me, frame, ownerOf(me, frame));
}

/** How many areas of a chunk do not lie wholly in [first, end). */
function countOutside(me: usize, chunk: u32, first: u64, end: u64): u32 {
  let outside: u32 = 0;
  for (let i: u32 = 0; i < countAt(me, chunk); i++) {
    const area = itemAt(me, chunk, i);
    if (areaFirst(area) < first || areaEnd(area) > end) outside++;
  }
  return outside;
}

/** Whether every area lies in [first, end). */
function coversAll(me: usize, index: u32, first: u64, end: u64): bool {
  const chunks = countAt(me, index);
  if (!chunks) return true;
  const last = chunkOf(me, index, chunks - 1);
  return first <= own64(itemAt(me, index, 0)) && areaEnd(itemAt(me, last, countAt(me, last) - 1)) <= end;
}

/**
 * For mmap, after it loaded the areas word: waits for a munmap under way that overlaps, else its pages would still be there, and
 * new ones would be taken with them. The munmap announced itself before it published the hole that we see; if it publishes only
 * now, our own swap of the areas word fails.
 */
function waitForUnmaps(me: usize, space: u32, first: u64, end: u64): u32 {
  for (let i: u32 = 0; i < threadsOf(me); i++) {
    const slot = slotOf(me, i), word = loadAcquire(slot + Slot.CHANGE);
    if (field(word, ChangeWord.OPERATION, ChangeWord.OPERATION_BITS) != Change.UNMAP) continue;
    if (<u32>field(word, ChangeWord.SPACE, ChangeWord.SPACE_BITS) != space) continue;
    if (loadAcquire(slot + Slot.CHANGE_FIRST) >= end || loadAcquire(slot + Slot.CHANGE_END) <= first) continue;
    return waitFor(me, slot + Slot.CHANGE, word);
  }
  return Status.OK;
}

/**
 * Publishes a change of [first, end). OK; NOMEM, EXIST, HOLE, FULL, WAIT: nothing was done. A munmap that leaves no area needs no
 * memory. Outside a section. Bound: it builds again only when another change of this space was published.
 */
export function changeAreas(me: usize, space: u32, op: u32, first: u64, end: u64, rights: u32): u32 {
  const at = wordAt(me, space);
  let status: u32 = Status.AGAIN;
  while (status == Status.AGAIN) {
    enter(me);
    const word = loadAcquire(at), next = (word >> Areas.VERSION) + 1 << Areas.VERSION, old = indexOf(word), chunks = countAt(me, old);
    if (op == Change.MAP) {
      status = waitForUnmaps(me, space, first, end);
      if (status == Status.WAIT) { leave(me); break; }
      status = Status.AGAIN;
    }
    if (op == Change.UNMAP && coversAll(me, old, first, end)) {
      if (swap(at, word, next)) { supersede(me, old, 0, chunks); status = Status.OK; }
      leave(me);
      continue;
    }
    const from = search(me, old, 0, first ? first - 1 : 0);
    let to = search(me, old, 0, end), areas: u32 = 2;
    for (let i = from; i < min(to + 1, chunks); i++) areas += op == Change.UNMAP ? countOutside(me, chunkOf(me, old, i), first, end) : countAt(me, chunkOf(me, old, i));
    // A small remainder is joined with its neighbour, a full chunk is split in equal parts: chunks stay about half full.
    for (; to + 1 < chunks && areas + countAt(me, chunkOf(me, old, to + 1)) <= capacity(me) >> 1; to++) areas += countAt(me, chunkOf(me, old, to + 1));
    const parts: u32 = (areas + capacity(me) - 1) / capacity(me);
    if (reserved(me) < parts + 1) {
      leave(me);
      if (!reserve(me, parts + 1)) status = Status.NOMEM;
      continue;
    }
    const index = draw(me);
    describe(me, index, Role.RECORD, 0, 0, space);
    status = rewrite(me, old, from, to, (areas + parts - 1) / parts, index, op, first, end, rights);
    if (status == Status.OK && swap(at, word, next | index)) {
      settle(me, index);
      supersede(me, old, from, to);
    } else {
      discard(me, index);
      if (status == Status.OK) status = Status.AGAIN;
    }
    leave(me);
  }
  unreserve(me);
  return status;
}
