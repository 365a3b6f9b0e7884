// Bytes that leave the engine and may come back damaged: in front of them stands what they are, of which version, how many, and their check sum.
import { Seal } from "../assembly/layout/checkpoint.js";
import { PageMirrorError, hex } from "./error.js";
import { checkInstance } from "./handle.js";

/** Of each byte: what it does to the check sum (CRC-32 of IEEE 802.3: its polynomial, bits reversed). */
const CRC_OF = Int32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? byte >>> 1 ^ 0xedb88320 : byte >>> 1;
  return byte;
});
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = crc >>> 8 ^ CRC_OF[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}

export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView { return new DataView(buffer, byteOffset, byteLength); }

/** Writes the seal in front of a body that is complete. */
export function seal(bytes: Uint8Array, magic: number, version: number): Uint8Array {
  const view = viewOf(bytes);
  view.setUint32(Seal.MAGIC, magic, true);
  view.setUint32(Seal.VERSION, version, true);
  view.setFloat64(Seal.BYTES, bytes.length, true);
  view.setUint32(Seal.CHECK, crc32(bytes.subarray(Seal.BODY)), true);
  return bytes;
}
/** EINVAL for bytes that are no such thing, of another version, cut off, too long, or damaged; `least`: how many there are at least. */
export function unseal(what: string, bytes: Uint8Array, magic: number, version: number, least: number): DataView {
  checkInstance(what, bytes, Uint8Array, "a Uint8Array");
  const view = viewOf(bytes), refuse = (why: string): never => { throw new PageMirrorError("EINVAL", `${what} ${why}`); };
  if (bytes.length < least) refuse(`has ${bytes.length} bytes: expected at least ${least}`);
  const foundMagic = view.getUint32(Seal.MAGIC, true), foundVersion = view.getUint32(Seal.VERSION, true), length = view.getFloat64(Seal.BYTES, true);
  if (foundMagic !== magic) refuse(`begins with ${hex(foundMagic)}: expected ${hex(magic)}`);
  if (foundVersion !== version) refuse(`is of version ${foundVersion}: expected ${version}`);
  if (length !== bytes.length) refuse(`has ${bytes.length} bytes: expected ${length}, as it says`);
  const found = crc32(bytes.subarray(Seal.BODY)), said = view.getUint32(Seal.CHECK, true);
  if (found !== said) refuse(`is damaged: its check sum is ${hex(found)}, expected ${hex(said)}`);
  return view;
}
