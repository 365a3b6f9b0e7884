// Dumps of physical memory: a raw image, an ELF64 core with physical addresses (QEMU's dump-guest-memory, kdump), or a set of pages, each of
// them perhaps gzipped. Pages are read when a walk asks for them.
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { PageMirrorError, hex } from "../error.js";

const PAGE_BYTES = 4096, RECORD_BYTES = 8 + PAGE_BYTES;

/** Bytes of a dump, wherever they are. */
interface Dump { readonly length: number; read(at: number, bytes: number): Buffer }
/** The 4096 bytes at a physical address that is a multiple of 4096; undefined when the dump has none. What it has of them is filled up with zeros. */
export interface MemoryDump { readonly kind: string; page(pa: bigint): Uint8Array | undefined; close(): void }

/** Opens a dump. `base`: where a raw image begins; a file that is neither a core nor a set of pages is one. */
export function openDump(file: string, base?: bigint): MemoryDump {
  const { dump, close } = openBytes(file), refuse = (why: string): never => { close(); throw new PageMirrorError("EINVAL", `${file}: ${why}`); };
  if (dump.length === 0) refuse("is empty; expected a raw image, an ELF64 core or a set of pages");
  const isCore = dump.length >= 64 && dump.read(0, 4).toString("latin1") === "\x7fELF";
  if (isCore && base !== undefined) refuse("is an ELF core; expected no --base, since it names its own addresses");
  if (isCore) return coreOf(dump, close, refuse);
  if (base === undefined && isPageSet(dump)) return pageSetOf(dump, close, refuse);
  return { kind: `raw image at ${hex(base ?? 0n)}`, close, page: (pa) => pageAt(dump, [{ pa: base ?? 0n, at: 0, bytes: dump.length }], pa) };
}

function openBytes(file: string): { dump: Dump; close(): void } {
  let fd: number;
  try { fd = openSync(file, "r"); } catch (error) { throw new PageMirrorError("EIO", `cannot open ${file}: ${(error as Error).message}; expected a dump of memory`); }
  const stat = fstatSync(fd), close = (): void => { closeSync(fd); };
  if (!stat.isFile()) { close(); throw new PageMirrorError("EINVAL", `${file} is no file: expected a dump of memory`); }
  const head = Buffer.alloc(2);
  if (readSync(fd, head, 0, 2, 0) === 2 && head.readUInt16BE() === 0x1f8b) {
    close();
    try {
      const bytes = gunzipSync(readFileSync(file));
      return { dump: { length: bytes.length, read: (at, length) => bytes.subarray(at, at + length) }, close: () => { /* nothing is open */ } };
    } catch (error) { throw new PageMirrorError("EIO", `${file} cannot be unpacked: ${(error as Error).message}; expected a whole gzip file`); }
  }
  const read = (at: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, at));
  };
  return { dump: { length: stat.size, read }, close };
}

interface Segment { pa: bigint; at: number; bytes: number }
/** A page from the segments that overlap it. */
function pageAt(dump: Dump, segments: readonly Segment[], pa: bigint): Uint8Array | undefined {
  const page = new Uint8Array(PAGE_BYTES);
  let found = false;
  for (const segment of segments) {
    const from = Math.max(0, Number(segment.pa - pa)), skip = Math.max(0, Number(pa - segment.pa)), bytes = Math.min(PAGE_BYTES - from, segment.bytes - skip);
    if (bytes <= 0) continue;
    page.set(dump.read(segment.at + skip, bytes), from);
    found = true;
  }
  return found ? page : undefined;
}

/** Loadable segments of an ELF64 core. System V ABI, chapter "Program Header". */
function coreOf(dump: Dump, close: () => void, refuse: (why: string) => never): MemoryDump {
  const LOAD = 1, EXTENDED = 0xffff, header = dump.read(0, 64);
  if (header[4] !== 2 || header[5] !== 1) refuse(`is an ELF file of class ${header[4]}, data encoding ${header[5]}; expected 64-bit and little-endian`);
  const at = Number(header.readBigUInt64LE(32)), sections = Number(header.readBigUInt64LE(40)), size = header.readUInt16LE(54);
  const short = header.readUInt16LE(56), isExtended = short === EXTENDED && sections + 64 <= dump.length;
  const count = isExtended ? dump.read(sections, 64).readUInt32LE(44) : short; // too many for 16 bits: the first section header says how many
  if (count === 0 || size < 56 || at + count * size > dump.length)
    refuse(`has ${count} program headers of ${size} bytes at ${hex(at)}; expected them inside its ${dump.length} bytes`);
  const table = dump.read(at, count * size), segments: Segment[] = [];
  for (let i = 0; i < count; i++) {
    const entry = table.subarray(i * size), offset = Number(entry.readBigUInt64LE(8)), bytes = Number(entry.readBigUInt64LE(32));
    if (entry.readUInt32LE(0) !== LOAD || bytes === 0) continue;
    if (offset + bytes > dump.length) refuse(`is cut off: segment ${i} ends at ${offset + bytes}, the file at ${dump.length}`);
    segments.push({ pa: entry.readBigUInt64LE(24), at: offset, bytes });
  }
  if (segments.length === 0) refuse("has no loadable segment; expected a core with memory in it");
  return { kind: `ELF core with ${segments.length} segments`, close, page: (pa) => pageAt(dump, segments, pa) };
}

/** Records of an address and the 4096 bytes there, in order of address. */
function isPageSet(dump: Dump): boolean {
  const isPage = (at: number): boolean => at === dump.length || dump.read(at, 8).readBigUInt64LE() % BigInt(PAGE_BYTES) === 0n;
  return dump.length % RECORD_BYTES === 0 && isPage(0) && isPage(RECORD_BYTES);
}
function pageSetOf(dump: Dump, close: () => void, refuse: (why: string) => never): MemoryDump {
  const places = new Map<bigint, number>();
  for (let at = 0; at < dump.length; at += RECORD_BYTES) {
    const pa = dump.read(at, 8).readBigUInt64LE();
    if (pa % BigInt(PAGE_BYTES)) refuse(`names page ${hex(pa)} at byte ${at}; expected a multiple of ${hex(PAGE_BYTES)}, or --base for a raw image`);
    places.set(pa, at + 8);
  }
  return { kind: `set of ${places.size} pages`, close, page: (pa) => {
    const at = places.get(pa);
    return at === undefined ? undefined : dump.read(at, PAGE_BYTES);
  } };
}
