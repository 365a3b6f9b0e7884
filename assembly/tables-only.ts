// What a build exports that has page tables and nothing on them: the entry file in place of index.ts for whoever wants a small file.
export {
  arenaCreate, audit, formatDescribe, threadRegister, threadUnregister, tableCreate, tableDestroy, tableLookup, tableWalk, tableMap, tableUnmap, tableMapRange,
  tableUnmapRange, tableProtectRange, tableList, tableLookupBatch, tableLookupRange, tableMapBatch, tableUnmapBatch,
} from "./index";
