// Making an arena: where its regions begin, its header, its first words. Exclusive: nobody else has attached yet.
import { Arena, Descriptor, Header, Slot, Staging } from "./layout/arena";
import { Mirror, Space, Ticket } from "./layout/space";
import { Table } from "./layout/table";
import { loadAcquire32, own32, own64, ownAddress, ownStore32, ownStore64, swap32 } from "./door";
import { arenaOf } from "./slot";

@inline function align(at: u64, bytes: u64): u64 { return (at + bytes - 1) / bytes * bytes; }

/**
 * Writes the header of an arena at `arena`, in zeroed memory. Answers the arena's size in bytes; with `arena` = 0xffffffff it
 * only answers.
 */
export function createArena(arena: usize, pageLg2: u32, threads: u32, system: u32, device: u32, tables: u32, spaces: u32, mirrors: u32, workspace: u32): f64 {
  const base: u64 = arena == u32.MAX_VALUE ? 0 : arena;
  const descriptors = align(base + Arena.SLOTS_AT + <u64>threads * Slot.BYTES, 64);
  const bitmap = descriptors + <u64>(system + device) * Descriptor.BYTES;
  const tablesAt = align(bitmap + (<u64>(system + device + 63) >> 6 << 3), 64);
  const spacesAt = tablesAt + <u64>(tables + spaces + mirrors) * Table.BYTES;
  const mirrorsAt = spacesAt + <u64>spaces * Space.BYTES;
  const ticketsAt = mirrorsAt + <u64>mirrors * Mirror.BYTES;
  const stagingAt = ticketsAt + <u64>threads * Ticket.PER_THREAD * Ticket.BYTES;
  const workspaceAt = stagingAt + <u64>threads * Staging.BYTES;
  const framesAt = align(workspaceAt + workspace, <u64>1 << pageLg2);
  const end = framesAt + (<u64>(system + device) << pageLg2);
  if (arena == u32.MAX_VALUE || end > u32.MAX_VALUE) return <f64>(end - base);
  ownStore32(arena + Header.VERSION, Arena.VERSION);
  ownStore32(arena + Header.PAGE_LG2, pageLg2);
  ownStore32(arena + Header.THREADS, threads);
  ownStore32(arena + Header.SYSTEM_FRAMES, system);
  ownStore32(arena + Header.DEVICE_FRAMES, device);
  ownStore32(arena + Header.TABLES, tables);
  ownStore32(arena + Header.SPACES, spaces);
  ownStore32(arena + Header.MIRRORS, mirrors);
  ownStore32(arena + Header.DESCRIPTORS_AT, <u32>descriptors);
  ownStore32(arena + Header.BITMAP_AT, <u32>bitmap);
  ownStore32(arena + Header.TABLES_AT, <u32>tablesAt);
  ownStore32(arena + Header.SPACES_AT, <u32>spacesAt);
  ownStore32(arena + Header.MIRRORS_AT, <u32>mirrorsAt);
  ownStore32(arena + Header.TICKETS_AT, <u32>ticketsAt);
  ownStore32(arena + Header.STAGING_AT, <u32>stagingAt);
  ownStore32(arena + Header.WORKSPACE_AT, <u32>workspaceAt);
  ownStore32(arena + Header.WORKSPACE_BYTES, workspace);
  ownStore32(arena + Header.FRAMES_AT, <u32>framesAt);
  ownStore64(<usize>bitmap, 1); // frame 0 stays out of circulation, and so do the last word's bits behind the end
  const last = system + device;
  const lastWord = <usize>bitmap + (<usize>last >> 6 << 3);
  if (last & 63) ownStore64(lastWord, own64(lastWord) | ~(<u64>0) << (last & 63));
  ownStore32(arena + Header.MAGIC, Arena.MAGIC);
  return <f64>(end - base);
}

/**
 * A piece of the workspace, 64-byte aligned; 0 when too little is left. Pieces last as long as the arena. One swap decides, so that a
 * request which is refused takes nothing away from a smaller one beside it. Bound: a swap fails only when another piece was taken.
 */
export function takeWorkspace(me: usize, bytes: u32): usize {
  const arena = arenaOf(me), at = arena + Header.WORKSPACE_USED, all = <u64>own32(arena + Header.WORKSPACE_BYTES);
  while (true) {
    const used = loadAcquire32(at), end = <u64>used + bytes + 63 & ~63;
    if (end > all) return 0;
    if (swap32(at, used, <u32>end)) return ownAddress(arena + Header.WORKSPACE_AT) + used;
  }
}
