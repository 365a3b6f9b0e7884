// Addresses and page numbers. An address is a number or a bigint; a page number is a plain number, the low 48 address bits
// shifted right by 12 (so the upper half of a canonical address space lies above the lower half).
import { PageMirrorError, checkWhole, hex } from "./error.js";

export type Address = number | bigint;

export const PAGE_BYTES = 4096;
/** Page numbers of a four-level table are below this. */
export const PAGES = 2 ** 36;

/** The low 48 bits of a canonical address, as a number. EINVAL when it is none. */
export function addressBits(address: Address): number {
  if (typeof address === "number" && Number.isSafeInteger(address) && address >= 0 && address < 2 ** 47) return address;
  if (typeof address === "bigint" || Number.isSafeInteger(address)) {
    const wide = BigInt(address), bits = BigInt.asUintN(48, wide);
    if (wide >= 0n && wide < 1n << 64n && BigInt.asUintN(64, BigInt.asIntN(48, bits)) === wide) return Number(bits);
    throw new PageMirrorError("EINVAL", `address ${hex(address)}: expected a canonical 64-bit address (bits 63 to 47 all equal)`);
  }
  throw new PageMirrorError("EINVAL", `address ${String(address)}: expected a whole number or a bigint`);
}

/** The page of an address that must be a multiple of the page size. */
export function pageOf(name: string, address: Address): number {
  const bits = addressBits(address);
  if (bits % PAGE_BYTES) throw new PageMirrorError("EINVAL", `${name} ${hex(address)}: expected a multiple of the page size ${hex(PAGE_BYTES)}`);
  return bits / PAGE_BYTES;
}

/** How many pages `bytes` are, rounded up; from `page` on they must fit below the end of the address space. */
export function pagesIn(name: string, bytes: number | bigint, page = 0): number {
  const pages = Math.ceil(checkWhole(name, bytes, 1, PAGES * PAGE_BYTES) / PAGE_BYTES);
  if (page + pages > PAGES) throw new PageMirrorError("EINVAL", `${name} ${hex(bytes)} at page ${hex(page)}: expected a range that ends within 48 bits`);
  return pages;
}
