// Workers that map and unmap pages of their own in a table of their own and in one that all share, so that directories come and go in the
// same few frames: as runs of one size or another, or as frames.
import { Status } from "../../assembly/layout/status.js";
import { Engine, type EngineHandle } from "../../src/engine.js";
import { Table, type TableHandle } from "../../src/table.js";
import { Thread } from "../../src/thread.js";
import { answer } from "../help/crew.js";
import { generator } from "../help/engine.js";

export interface RunsJob { engine: EngineHandle; tables: TableHandle[]; worker: number; rounds: number; seed: number }
export interface RunsAnswer { mapped: number; refused: number }

/** Workers are fewer. Pages of one leaf, and of leaves of each size apart. */
const WORKERS = 8, PLACES = [0, 3 * WORKERS, 2 ** 10, 2 ** 13, 2 ** 14, 3 * 2 ** 13];

answer(({ engine, tables, worker, rounds, seed }: RunsJob): RunsAnswer => {
  const thread = Thread.register(Engine.attach(engine)), views = tables.map((handle) => Table.attach(thread, handle)), random = generator(seed * 7919 + worker);
  const held: { table: Table; page: number; frame: number }[] = [], told: RunsAnswer = { mapped: 0, refused: 0 };
  const fail = (what: string): never => { throw new Error(`violation: ${what} (worker ${worker}, SEED=${seed})`); };
  const unmap = ({ table, page, frame }: typeof held[number]): void => {
    if (table.lookup(page) !== frame) fail(`page ${page} was mapped to ${frame}: a lookup finds ${table.lookup(page)}`);
    if (table.unmap(page) !== frame) fail(`page ${page} was mapped to ${frame}, and unmap returns another`);
  };
  for (let round = 0; round < rounds; round++) {
    const table = views[random(views.length)]!, page = PLACES[random(PLACES.length)]! + worker, frame = worker * 2 ** 20 + round;
    if (held.length === 4) unmap(held.shift()!);
    if (held.some((each) => each.table.handle.table === table.handle.table && each.page === page)) continue;
    const status = thread.engine.wasm.tableMap(thread.me, table.handle.table, page, frame, 1, false) as Status;
    if (status === Status.NOMEM) told.refused++;
    else if (status !== Status.OK) fail(`an own page is not mapped: map answers ${Status[status]}`);
    else { told.mapped++; held.push({ table, page, frame }); }
  }
  for (const each of held) unmap(each);
  return told;
});
