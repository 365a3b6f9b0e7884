// A whole arena as bytes, and the arena that comes back from them.
//
// Nothing in an arena but its header, its threads' slots and its workspace holds an address: entries, places and records name frames and numbers. The
// header is made anew, slots come back free, so an arena may come back anywhere, unless somebody took a piece of the workspace.
//
//   kept     epoch, clock hand; generation and last nonce of each slot; descriptors and contents of frames that somebody owns; records of tables,
//            spaces, mirrors, tickets; the part of the workspace that is in use
//   not      what is zero; free and retired frames, which nobody can be in any more, come back free; hints, of which a wrong one costs a look; staging;
//            what a thread had in its slot, its pins too
import { Arena, Descriptor, Header, Owner, OwnerKind, Slot, SlotState } from "../assembly/layout/arena.js";
import { ArenaImage as Image } from "../assembly/layout/checkpoint.js";
import { Mirror } from "../assembly/layout/space.js";
import { Engine, FIRST_ARENA, type EngineOptions } from "./engine.js";
import { PageMirrorError, hex } from "./error.js";
import { seal, unseal, viewOf } from "./sealed.js";
import { checkThread, type Thread } from "./thread.js";

/** Where a restored arena goes: as for `Engine.create`, but in a memory that is given its default place is the one where it was. */
export type RestoreOptions = Pick<EngineOptions, "wasm" | "memory" | "base" | "size">;

/** Bytes of the arena that are not all zero; `at` is from its begin. */
interface Piece { at: number; bytes: Uint8Array }

/** The words of an image that say how large the arena is, and where the header has them. */
const GEOMETRY = [
  [Image.PAGE_LG2, Header.PAGE_LG2], [Image.THREADS, Header.THREADS], [Image.SYSTEM_FRAMES, Header.SYSTEM_FRAMES], [Image.DEVICE_FRAMES, Header.DEVICE_FRAMES],
  [Image.TABLES, Header.TABLES], [Image.SPACES, Header.SPACES], [Image.MIRRORS, Header.MIRRORS], [Image.WORKSPACE_BYTES, Header.WORKSPACE_BYTES],
  [Image.WORKSPACE_USED, Header.WORKSPACE_USED],
] as const;

/**
 * The arena as bytes, for `restore`: call it while no thread is inside a verb, and the dead are buried. The same state gives the same bytes (D1), whichever
 * threads are registered. EBUSY when something is under way: a section, a fault, a change of areas, a migration, a merge; or when the audit is not clean.
 */
export function checkpoint(thread: Thread): Uint8Array {
  checkThread(thread);
  const { engine } = thread, { arena } = engine.handle;
  checkRest(thread);
  const pieces = [...piecesOf(engine)], bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + Image.PIECE_BODY + piece.bytes.length, Image.PIECES));
  const view = viewOf(bytes);
  view.setUint32(Image.BASE, arena, true);
  for (const [word, field] of GEOMETRY) view.setUint32(word, engine.header(field), true);
  let to: number = Image.PIECES;
  for (const piece of pieces) {
    view.setUint32(to + Image.PIECE_AT, piece.at, true);
    view.setUint32(to + Image.PIECE_LENGTH, piece.bytes.length, true);
    bytes.set(piece.bytes, to + Image.PIECE_BODY);
    to += Image.PIECE_BODY + piece.bytes.length;
  }
  return seal(bytes, Image.MAGIC_WORD, Arena.VERSION);
}

function checkRest(thread: Thread): void {
  const { engine } = thread, audit = thread.audit();
  const refuse = (why: string): never => { throw new PageMirrorError("EBUSY", `checkpoint: ${why}; expected no thread inside a verb, and the dead buried`); };
  if (!audit.clean) refuse(`the audit finds ${audit.faults} things under way or wrong, and ${audit.leakedFrames} frames leaked`);
  for (let i = 0; i < engine.header(Header.THREADS); i++) {
    const slot = slotAt(engine, i), isLive = engine.u32(slot + Slot.STATE) & SlotState.LIVE;
    if (isLive && engine.u64(slot + Slot.INTENT)) refuse(`thread ${i} is emptying a directory`);
  }
  for (let i = 0; i < engine.header(Header.MIRRORS); i++) {
    const mirror = engine.header(Header.MIRRORS_AT) + i * Mirror.BYTES, requests = engine.bytes(mirror + Mirror.RING, 8 * Mirror.RING_SIZE);
    const isBusy = engine.u64(mirror + Mirror.SERVICE) !== 0n || requests.some((byte) => byte !== 0);
    if (engine.u32(mirror + Mirror.GENERATION) % 2 && isBusy) refuse(`mirror ${i} has device faults under way`);
  }
}

function slotAt(engine: Engine, thread: number): number { return engine.handle.arena + Arena.SLOTS_AT + thread * Slot.BYTES; }

/** All that is kept, by rising place. */
function* piecesOf(engine: Engine): Generator<Piece> {
  const { arena } = engine.handle, at = (field: Header): number => engine.header(field), pageBytes = 2 ** at(Header.PAGE_LG2);
  const kept = (from: number, length: number): Generator<Piece> => withoutZeros(from - arena, engine.bytes(from, length));
  yield* kept(arena + Header.WORKSPACE_USED, Arena.SLOTS_AT - Header.WORKSPACE_USED);
  for (let i = 0; i < at(Header.THREADS); i++) yield* withoutZeros(slotAt(engine, i) - arena, vacated(engine, slotAt(engine, i)));
  const frames = at(Header.SYSTEM_FRAMES) + at(Header.DEVICE_FRAMES), descriptors = engine.bytes(at(Header.DESCRIPTORS_AT), frames * Descriptor.BYTES), owned: number[] = [];
  for (let frame = 0; frame < frames; frame++) {
    if (isOwned(descriptors[frame * Descriptor.BYTES + Descriptor.OWNER]!)) owned.push(frame);
    else descriptors.fill(0, frame * Descriptor.BYTES, (frame + 1) * Descriptor.BYTES);
  }
  yield* withoutZeros(at(Header.DESCRIPTORS_AT) - arena, descriptors);
  yield* kept(at(Header.TABLES_AT), at(Header.STAGING_AT) - at(Header.TABLES_AT));
  yield* kept(at(Header.WORKSPACE_AT), at(Header.WORKSPACE_USED));
  for (const frame of owned) yield* kept(at(Header.FRAMES_AT) + frame * pageBytes, pageBytes);
}
/** By the lowest byte of a frame's owner word. */
function isOwned(byte: number): boolean {
  const kind = byte & (1 << Owner.KIND_BITS) - 1;
  return kind !== OwnerKind.FREE && kind !== OwnerKind.RETIRED;
}
/** A slot as nobody's: of another generation than that of whoever has it, and what named something once names nothing else ever. */
function vacated(engine: Engine, slot: number): Uint8Array {
  const bytes = new Uint8Array(Slot.BYTES), state = engine.u32(slot + Slot.STATE), generation = (state >>> SlotState.GENERATION) + (state & SlotState.LIVE);
  viewOf(bytes).setUint32(Slot.STATE, generation << SlotState.GENERATION, true);
  viewOf(bytes).setBigUint64(Slot.NONCE, engine.u64(slot + Slot.NONCE), true);
  return bytes;
}
/** The stretches of lines that are not all zero. */
function* withoutZeros(at: number, bytes: Uint8Array): Generator<Piece> {
  const words = new Uint32Array(bytes.buffer), perLine = Image.LINE / 4;
  let begin = -1;
  for (let from = 0; from < words.length; from += perLine) {
    let isZero = true;
    for (let i = from, end = Math.min(from + perLine, words.length); i < end && isZero; i++) isZero = words[i] === 0;
    if (!isZero && begin < 0) begin = from;
    if (!isZero || begin < 0) continue;
    yield { at: at + 4 * begin, bytes: bytes.subarray(4 * begin, 4 * from) };
    begin = -1;
  }
  if (begin >= 0) yield { at: at + 4 * begin, bytes: bytes.subarray(4 * begin) };
}

/**
 * An engine whose arena is as the checkpoint has it, in a memory of its own or in one that is given. Tables, spaces, mirrors and TLB models keep their
 * handles; no thread is registered. Agents and machines are made anew: the old ones' workspace stays taken, as it was. What they had outside the arena is
 * the owner's matter. EINVAL for bytes that are no checkpoint, of another version, cut off or damaged, and for another place when workspace is in use
 * (addresses lie in it); errors of `Engine.create`. Whatever it answers, nothing is half made. The check sum finds damage, not malice.
 */
export async function restore(bytes: Uint8Array, options: RestoreOptions = {}): Promise<Engine> {
  const view = unseal("a checkpoint of an arena", bytes, Image.MAGIC_WORD, Arena.VERSION, Image.PIECES), word = (at: number): number => view.getUint32(at, true);
  const home = word(Image.BASE), { memory, base = memory && home } = options, where = base ?? FIRST_ARENA, used = word(Image.WORKSPACE_USED);
  if (used && where !== home)
    throw new PageMirrorError("EINVAL", `restore at ${hex(where)}: expected base ${hex(home)}, where it was, for the ${used} bytes of workspace in use hold addresses`);
  const engine = await Engine.create({
    ...options, base, pageBytes: 2 ** word(Image.PAGE_LG2), threads: word(Image.THREADS), systemFrames: word(Image.SYSTEM_FRAMES), deviceFrames: word(Image.DEVICE_FRAMES),
    tables: word(Image.TABLES), spaces: word(Image.SPACES), mirrors: word(Image.MIRRORS), workspaceBytes: word(Image.WORKSPACE_BYTES),
  });
  for (let from: number = Image.PIECES; from < bytes.length;) {
    const body = from + Image.PIECE_BODY, end = body + word(from + Image.PIECE_LENGTH);
    engine.setBytes(engine.handle.arena + word(from + Image.PIECE_AT), bytes.subarray(body, end));
    from = end;
  }
  return engine;
}
