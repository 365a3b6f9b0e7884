// Records and words of what walks a machine's tables, for the rules that no two fields overlap: test/tidy.ts.
import { Walked, WalkRequest } from "../../assembly/layout/hardware.js";
import { Tlb, TlbCache, TlbEntry, TlbKey } from "../../assembly/layout/tlb.js";

export const MACHINE_RECORDS = {
  Tlb: {
    layout: Tlb, bytes: Tlb.BYTES, wide: "ACCESSES WALKS READS FAULTS CYCLES CLOCK ROOT", numbers: "CACHES_MAX ITEMS MAGIC_WORD",
    arrays: {
      WALKED: Walked.BYTES, CACHE: Tlb.CACHES_MAX * TlbCache.BYTES, ADDRESSES: 8 * Tlb.ITEMS, WANTED: Tlb.ITEMS, CYCLES_EACH: 4 * Tlb.ITEMS, VERDICTS: Tlb.ITEMS,
    },
  },
  TlbCache: { layout: TlbCache, bytes: TlbCache.BYTES, wide: "SPANS RANDOM HITS MISSES FILLS EVICTIONS" },
  TlbEntry: { layout: TlbEntry, bytes: TlbEntry.BYTES, wide: "TAG OUTPUT STAMP" },
};
/** Fields from the lowest bit up. */
export const MACHINE_WORDS: [name: string, layout: object, fields: string][] = [
  ["WalkRequest", WalkRequest, "WANTED UPDATE GLOBAL ALLOWED LEVEL"], ["TlbKey", TlbKey, "VALID GLOBAL ASID SPAN LEVEL"],
];
export const MACHINE_POWERS: [name: string, bytes: number, lg2: number][] = [
  ["TlbCache", TlbCache.BYTES, TlbCache.BYTES_LG2], ["TlbEntry", TlbEntry.BYTES, TlbEntry.BYTES_LG2],
];
