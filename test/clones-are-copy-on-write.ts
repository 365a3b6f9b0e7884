// A clone maps what its source mapped, neither may write there, and who is told so knows of each: between tables of like and unlike
// formats, with memory refused at every allocation, over mapped pages, and while the source changes between the steps.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cloneRange } from "../src/clone.js";
import type { Engine } from "../src/engine.js";
import type { FormatName, GenericFormat } from "../src/formats.js";
import { PartialError, type Mapping } from "../src/mapping.js";
import { Table } from "../src/table.js";
import type { Thread } from "../src/thread.js";
import { SEED, makeEngine } from "./help/engine.js";
import { FLAG_SETS, outcome, type FlagSet } from "./help/model.js";

type Format = FormatName | GenericFormat;
const NARROW: Format = { levels: 4, indexBits: 2, largest: 3 }, WIDE: Format = { levels: 3, indexBits: 3, largest: 1 }, FLAT: Format = { levels: 2, indexBits: 4 };
const PAIRS: { [name: string]: [source: Format, target: Format] } = {
  "alike": [NARROW, NARROW], "leaves of 4, 16 and 64 pages to leaves of 8": [NARROW, WIDE], "the other way": [WIDE, NARROW],
  "leaves of one page to leaves of 4": [FLAT, NARROW], "leaves of 4 to leaves of one page": [NARROW, FLAT],
};
const PAGES = 256;

/** Something that makes, changes or ends mappings of a table; what it refuses does not matter. */
interface Change { kind: number; page: number; pages: number; frame: number; flags: FlagSet }
const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.nat(7), page: fc.nat(PAGES - 1), pages: fc.constantFrom(1, 2, 4, 5, 16, 64), frame: fc.nat(500), flags: fc.constantFrom(...FLAG_SETS),
});
function apply(table: Table, { kind, page, pages, frame, flags }: Change): void {
  const count = Math.min(pages, PAGES - page), first = page - page % pages, { write, execute, user } = flags, even = 512 + first;
  outcome(() => {
    if (kind < 3) table.mapRange(first, Math.min(pages, PAGES - first), kind ? even : frame, flags);
    else if (kind === 3) table.map(page, frame, flags, true);
    else if (kind === 4) table.unmapRange(page, count);
    else if (kind === 5) table.protect(page, count, { write, execute, user });
    else if (kind === 6) table.cut(page, table.sizes[0]);
    else table.merge(page, table.sizes[1] ?? 1);
  });
}
/** What each page is mapped to: all that a lookup notices. */
type Entry = Omit<Mapping, "page" | "pages"> | undefined;
function entriesOf(table: Table): Entry[] {
  return Array.from({ length: PAGES }, (_, page) => {
    const entry = table.entry(page);
    if (!entry) return undefined;
    const { page: _page, pages: _pages, ...rest } = entry;
    return rest;
  });
}
const available = (engine: Engine, thread: Thread): number => {
  const { clean, free, retired } = engine.audit(thread.me);
  assert.ok(clean);
  return free + retired;
};
/** What stands in a clone of the entry. */
const cloned = (entry: Entry): Entry => entry && { ...entry, write: false, accessed: false, dirty: false };
const sealed = (entry: Entry): Entry => entry && { ...entry, write: false };
/** What a list of leaves says of each page. */
const pagesOf = (leaves: readonly Mapping[]): Map<number, Entry> => new Map(leaves.flatMap(({ page, pages, frame, ...rest }) =>
  Array.from({ length: pages }, (_, i) => [page + i, { frame: frame + i, ...rest }] as const)));

const clones = suite("clones are copy-on-write");

const ranges = fc.tuple(fc.nat(PAGES - 1), fc.integer({ min: 1, max: PAGES }), fc.nat(PAGES - 1)).map(([page, most, to]) => {
  const count = Math.min(most, PAGES - page, PAGES - to);
  return { page, count, to };
});
async function pairOf([source, target]: [Format, Format]): Promise<{ engine: Engine; thread: Thread; tables: () => { source: Table; target: Table; end: () => void } }> {
  const { engine, thread } = await makeEngine({ systemFrames: 2048 });
  const tables = (): { source: Table; target: Table; end: () => void } => {
    const pair = { source: Table.create(thread, source), target: Table.create(thread, target) };
    return { ...pair, end: () => { pair.source.destroy(); pair.target.destroy(); } };
  };
  return { engine, thread, tables };
}

for (const [name, formats] of Object.entries(PAIRS)) {
  clones(`${name}: any range of any table (seed ${SEED})`, async () => {
    const { tables } = await pairOf(formats);
    fc.assert(fc.property(fc.array(change, { maxLength: 12 }), ranges, (script, { page, count, to }) => {
      const { source, target, end } = tables();
      try {
        for (const each of script) apply(source, each);
        const before = entriesOf(source), inRange = (i: number): boolean => i >= page && i < page + count;
        const told = pagesOf(cloneRange(source, page, count, target, to));
        assert.equal(entriesOf(target), before.map((_, i) => i >= to && i < to + count ? cloned(before[i - to + page]) : undefined));
        assert.equal(entriesOf(source), before.map((entry, i) => inRange(i) ? sealed(entry) : entry));
        assert.equal([...told], [...before.entries()].filter(([i, entry]) => inRange(i) && entry?.write));
        assert.ok(target.list().every(({ pages, page: at }) => pages <= (source.list(at - to + page, 1)[0]?.pages ?? 0)), "leaves of the target are not larger");
        target.unmapRange(to, count);
        assert.equal(cloneRange(source, page, count, target, to), [], "all is read-only now");
      } finally { end(); }
    }), { seed: SEED, numRuns: 60, includeErrorInReport: true });
  });

  clones(`${name}: without memory nothing has happened (seed ${SEED})`, async () => {
    const { engine, thread, tables } = await pairOf(formats), start = available(engine, thread);
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), ranges, (script, { page, count, to }) => {
      const { source, target, end } = tables();
      try {
        for (const each of script) apply(source, each);
        const before = entriesOf(source);
        for (let quota = 0, status = "ENOMEM"; status !== "OK"; quota++) {
          thread.quota = quota;
          status = outcome(() => void cloneRange(source, page, count, target, to));
          thread.quota = Infinity;
          if (status === "OK") break;
          assert.is(status, "ENOMEM");
          assert.equal(entriesOf(source), before, `quota ${quota}`);
          assert.equal(target.list(), [], `quota ${quota}`);
        }
      } finally { thread.quota = Infinity; end(); }
      assert.is(available(engine, thread), start);
    }), { seed: SEED, numRuns: 30, includeErrorInReport: true });
  });

  clones(`${name}: stops at what the target maps (seed ${SEED})`, async () => {
    const { tables } = await pairOf(formats);
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), ranges, fc.nat(PAGES), (script, { page, count, to }, offset) => {
      const { source, target, end } = tables(), blocked = to + offset % count;
      try {
        for (const each of script) apply(source, each);
        target.map(blocked, 3);
        const before = entriesOf(source);
        let stop = PAGES, done: readonly Mapping[] = [];
        try { done = cloneRange(source, page, count, target, to); } catch (error) {
          if (!(error instanceof PartialError)) throw error;
          assert.is(error.code, "EEXIST");
          ({ done } = error);
          stop = source.list(blocked - to + page, 1)[0]!.page;
        }
        const isCloned = (i: number): boolean => i >= page && i < Math.min(page + count, stop);
        assert.is(stop === PAGES, before[blocked - to + page] === undefined, "it stops if the source has a page for that place");
        assert.equal(entriesOf(source), before.map((entry, i) => isCloned(i) ? sealed(entry) : entry));
        assert.equal(entriesOf(target), before.map((_, i) => {
          const at = i - to + page;
          return i === blocked ? { ...target.entry(blocked)!, page: undefined, pages: undefined } : at >= 0 && isCloned(at) && i < PAGES ? cloned(before[at]) : undefined;
        }).map((entry) => entry && Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined))));
        assert.equal([...pagesOf(done)], [...before.entries()].filter(([i, entry]) => isCloned(i) && entry?.write));
      } finally { end(); }
    }), { seed: SEED, numRuns: 60, includeErrorInReport: true });
  });

  clones(`${name}: the source changes between the steps (seed ${SEED})`, async () => {
    const { tables } = await pairOf(formats), changes = fc.array(change, { maxLength: 6 });
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), changes, changes, ranges, (script, others, later, { page, count, to }) => {
      const { source, target, end } = tables();
      try {
        for (const each of script) apply(source, each);
        let listed: Entry[] | undefined;
        const { mapRange } = target, { writeProtect } = source;
        const meddle = (by: Change[]): void => {
          const next = by.pop();
          if (next) apply(source, { ...next, page: page + next.page % count });
        };
        // What another thread may do after the list, and between two leaves that are made read-only.
        target.mapRange = (...given): void => {
          listed ??= entriesOf(source);
          mapRange.apply(target, given);
          meddle(others);
        };
        source.writeProtect = (...given): Mapping[] => {
          meddle(later);
          const found = writeProtect.apply(source, given), [first, length, frame] = given, standing = entriesOf(source).slice(first, first + length);
          assert.not(standing.some((entry, i) => entry?.write && entry.frame === frame + i), "a shared frame can be written to");
          return found;
        };
        const told = pagesOf(cloneRange(source, page, count, target, to)), copy = entriesOf(target);
        for (let i = 0; i < count && listed; i++) {
          const entry = copy[to + i];
          assert.equal(entry, cloned(listed[page + i]), `page ${i}: what was listed`);
          if (told.has(page + i)) assert.equal([told.get(page + i)!.frame, told.get(page + i)!.write], [entry!.frame, true], `page ${i}: what the swap saw`);
        }
      } finally { end(); }
    }), { seed: SEED, numRuns: 200, includeErrorInReport: true });
  });
}

clones("what is asked for in vain is refused, and nothing has happened", async () => {
  const { engine, thread } = await makeEngine(), source = Table.create(thread, NARROW), target = Table.create(thread, NARROW);
  source.map(0, 7, { write: true });
  source.map(1, 2 ** 38, { write: true });
  const small = Table.create(thread, "riscv-sv32"), other = Table.create((await makeEngine()).thread, NARROW), start = available(engine, thread);
  const cases: { [what: string]: () => unknown } = {
    "a range that is not there": () => cloneRange(source, PAGES - 1, 2, target), "no pages": () => cloneRange(source, 0, 0, target),
    "a target range that is not there": () => cloneRange(source, 0, 2, target, PAGES - 1), "a range over itself": () => cloneRange(source, 0, 4, source, 3),
    "a table of another arena": () => cloneRange(source, 0, 4, other), "a frame that the target's format cannot name": () => cloneRange(source, 0, 2, small),
  };
  for (const [what, call] of Object.entries(cases)) {
    assert.is(outcome(() => void call()), "EINVAL", what);
    assert.equal([source.list().map(({ write }) => write), target.list(), small.list()], [[true, true], [], []], what);
    assert.is(available(engine, thread), start, what);
  }
  assert.is(cloneRange(source, 0, 4, source, 4).length, 2, "beside itself");
  const gone = Table.attach(thread, target.handle);
  target.destroy();
  assert.is(outcome(() => void cloneRange(source, 0, 4, target)), "ESTALE");
  assert.is(outcome(() => void cloneRange(source, 0, 4, gone)), "ESTALE");
});

clones.run();
