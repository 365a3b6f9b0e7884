// What people import: the engine, page tables, address spaces, mirrors, agents.
export { Engine, type AuditResult, type EngineHandle, type EngineOptions } from "./engine.js";
export { Thread } from "./thread.js";
export { FORMATS, type Flags, type FormatName, type GenericFormat } from "./formats.js";
export { Table, type Mapping, type TableHandle, PartialError } from "./table.js";
export { cloneRange } from "./clone.js";
export { Pin, type Visitor } from "./pin.js";
export { type Cursor, type Directory, type Seen } from "./cursor.js";
export { Space, Right, type SpaceHandle } from "./space.js";
export { Mirror, type Driver, type MirrorHandle } from "./mirror.js";
export { bury } from "./bury.js";
export { Migrator, Direction, type Observer } from "./migrate.js";
export { Agent, Side } from "./agent.js";
export { PageMirrorError, type ErrorCode } from "./error.js";
export type { Address } from "./address.js";
export { Machine, type LeafRun, type PageSource, type WalkResult, type WalkStep } from "./machine.js";
export { Tlb, type AccessOptions, type CacheStatistics, type TableCacheShape, type TlbAnswers, type TlbHandle, type TlbOptions, type TlbShape, type TlbStatistics } from "./tlb.js";
export { amdTree, armStage2Tree, armTrees, riscvTrees, vtdFirstStageTrees, vtdTree, x86Trees, type Tree, type Trees } from "./registers.js";
export { Allowed, Verdict } from "../assembly/layout/hardware.js";
