// The fault ring of a mirror: requests of one word each, so that posting is one swap and nobody can die half-way through it.
//
//   0 ──faulter──> POSTED(thread, page, W) ──server──> DONE(status) ──faulter──> 0
//
// Whoever waits and finds the service word free takes it and serves a batch. A waiter sleeps on the service word, not on its
// request: when the server leaves, every waiter looks again, so a request posted after the server's look is not forgotten.
// The service word carries a nonce: it never repeats, so a sleeper cannot miss that the server changed.
import { Slot, Staging } from "./layout/arena";
import { Mirror, Request, RequestStep } from "./layout/space";
import { Status } from "./layout/status";
import { loadAcquire, ownStore32, ownStoreFloat, storeRelease, swap, wake } from "./door";
import { answerWait, mirrorOf, nonce, stagingOf, threadOf } from "./slot";
import { field } from "./format/format";

@inline function requestAt(mirror: usize, i: u32): usize { return mirror + Mirror.RING + (<usize>i << 3); }
@inline function requestStep(word: u64): u32 { return <u32>(word >> Request.STEP); }

@inline function requestWord(page: u64, write: bool, thread: u64): u64 {
  return page | <u64>write << Request.WRITE | thread << Request.THREAD | <u64>RequestStep.POSTED << Request.STEP;
}

/** Posts a fault: its number in COUNT. FULL: the faulter serves itself. Bound: each place is tried once. */
export function faultPost(me: usize, number: u32, page: u64, write: bool): u32 {
  const mirror = mirrorOf(me, number);
  const word = requestWord(page, write, threadOf(me));
  for (let n = 0; n < Mirror.RING_SIZE; n++) {
    const i = (threadOf(me) + n) & (Mirror.RING_SIZE - 1);
    if (loadAcquire(requestAt(mirror, i)) || !swap(requestAt(mirror, i), 0, word)) continue;
    ownStore32(me + Slot.COUNT, i);
    return Status.OK;
  }
  return Status.FULL;
}

/** What became of my request: its status once it is done; MORE: I am the server now; WAIT: somebody else is. */
export function faultPoll(me: usize, number: u32, i: u32): u32 {
  const mirror = mirrorOf(me, number);
  const service = loadAcquire(mirror + Mirror.SERVICE); // before the request: a server that is done by then has left its answer
  const word = loadAcquire(requestAt(mirror, i));
  if (requestStep(word) == RequestStep.DONE) {
    storeRelease(requestAt(mirror, i), 0);
    return <u32>field(word, Request.PAGE, Request.PAGE_BITS);
  }
  if (service) return answerWait(me, mirror + Mirror.SERVICE, service);
  return swap(mirror + Mirror.SERVICE, 0, nonce(me) << Request.THREAD_BITS | threadOf(me)) ? Status.MORE : Status.AGAIN;
}

/** Takes a request of this thread back, whatever has become of it: its faulter gave up. */
export function faultWithdraw(me: usize, number: u32, i: u32): void {
  dropRequest(mirrorOf(me, number), i, threadOf(me));
}
/** Empties a place that holds a request of the thread. Bound: a server answers a request once, and nobody else changes it. */
export function dropRequest(mirror: usize, i: u32, thread: u32): void {
  const at = requestAt(mirror, i);
  while (true) {
    const word = loadAcquire(at);
    if (<u32>field(word, Request.THREAD, Request.THREAD_BITS) != thread) return;
    if (swap(at, word, 0)) return; // an empty place names thread 0, and stays empty
  }
}

/** The server's batch: pages and (thread << 16 | request number << 1 | write) into staging, how many in COUNT. */
export function faultGather(me: usize, number: u32): void {
  const mirror = mirrorOf(me, number), staging = stagingOf(me);
  let n: u32 = 0;
  for (let i = 0; i < Mirror.RING_SIZE; i++) {
    const word = loadAcquire(requestAt(mirror, i));
    if (requestStep(word) != RequestStep.POSTED) continue;
    ownStoreFloat(staging + Staging.PAGES + (<usize>n << 3), <f64>field(word, Request.PAGE, Request.PAGE_BITS));
    ownStore32(staging + Staging.FLAGS + (<usize>n << 2), <u32>field(word, Request.THREAD, Request.THREAD_BITS) << 16 | i << 1 | <u32>field(word, Request.WRITE, 1));
    n++;
  }
  ownStore32(me + Slot.COUNT, n);
}

/**
 * Answers a request of the batch, as `faultGather` described it, unless its faulter took it back meanwhile. The thread stays
 * named, so that bury finds it.
 */
export function faultComplete(me: usize, number: u32, request: u32, page: u64, status: u32): void {
  const faulter = <u64>(request >> 16);
  const word = requestWord(page, (request & 1) != 0, faulter);
  swap(requestAt(mirrorOf(me, number), request >> 1 & 0x7fff), word, <u64>RequestStep.DONE << Request.STEP | faulter << Request.THREAD | status);
}

/** Leaves the service; all who wait look again. */
export function faultRelease(me: usize, number: u32): void {
  const at = mirrorOf(me, number) + Mirror.SERVICE;
  storeRelease(at, 0);
  wake(at);
}
