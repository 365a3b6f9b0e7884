// One thread: a walk under a pin calls for each directory and entry what a dull recursion over a Map would call for, in order; a cursor
// goes from one to the next, or to any; an update changes what still stands where it was seen, and nothing else. Then walks during which
// their own callbacks map and unmap.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Seen } from "../src/cursor.js";
import { Pin } from "../src/pin.js";
import type { Mapping } from "../src/mapping.js";
import { Table } from "../src/table.js";
import type { FormatName, GenericFormat } from "../src/formats.js";
import { SEED, makeEngine } from "./help/engine.js";
import { FLAG_SETS, ModelTable, outcome, type FlagSet } from "./help/model.js";

const SHAPES: { [name: string]: { format: FormatName | GenericFormat; levels: number; indexBits: number } } = {
  "x86-64": { format: "x86-64", levels: 4, indexBits: 9 },
  "riscv-sv48": { format: "riscv-sv48", levels: 4, indexBits: 9 },
  "six levels of 2 bits": { format: { levels: 6, indexBits: 2 }, levels: 6, indexBits: 2 },
  "one level of 9 bits": { format: { levels: 1, indexBits: 9 }, levels: 1, indexBits: 9 }, // G13: flat
};
type Shape = typeof SHAPES[string];
const MANY = 12, FEW = 2;

/** Pages lie around the places where a leaf, a level or the address space ends: so many at each. */
function pagesOf({ levels, indexBits }: Shape, cluster: number): fc.Arbitrary<number> {
  const end = 2 ** (levels * indexBits), around = Array.from({ length: levels - 1 }, (_, level) => 2 ** ((level + 1) * indexBits) - cluster / 2);
  const firsts = [0, ...around, Math.floor(end / 2) + 77, end - cluster];
  return fc.tuple(fc.constantFrom(...firsts), fc.nat(cluster - 1)).map(([first, offset]) => Math.min(Math.max(first + offset, 0), end - 1));
}
interface Edit { page: number; frame: number; flags: FlagSet; replace: boolean; isMap: boolean }
function editsOf(shape: Shape, cluster: number): fc.Arbitrary<Edit> {
  return fc.record({ page: pagesOf(shape, cluster), frame: fc.nat(2 ** 40 - 1), flags: fc.constantFrom(...FLAG_SETS), replace: fc.boolean(), isMap: fc.boolean() });
}

/** The model, which also knows how often each leaf directory has died. */
class Model extends ModelTable {
  readonly #deaths = new Map<number, number>();
  constructor(readonly shape: Shape) { super(); }
  leafOf(page: number): number { return Math.floor(page / 2 ** this.shape.indexBits); }
  /** Names the leaf directory of a page: the root of a flat table never dies. */
  place(page: number): string { return this.shape.levels === 1 ? "root" : `${this.leafOf(page)}.${this.#deaths.get(this.leafOf(page)) ?? 0}`; }
  override unmap(page: number): number {
    const frame = super.unmap(page), leaf = this.leafOf(page);
    if (frame >= 0 && !this.list().some((left) => this.leafOf(left.page) === leaf)) this.#deaths.set(leaf, (this.#deaths.get(leaf) ?? 0) + 1);
    return frame;
  }
  /** What a walk calls, as text. */
  events(first: number, end: number): string[] {
    const { levels, indexBits } = this.shape, pages = this.list().map(({ page }) => page), called: string[] = [];
    const visit = (level: number, base: number): void => {
      called.push(`enter ${level} ${base}`);
      const size = 2 ** (level * indexBits), items = new Set(pages.map((page) => Math.floor(page / size) * size).filter((item) =>
        item >= base && item < base + size * 2 ** indexBits && item < end && item + size > first));
      for (const item of items) if (level) visit(level - 1, item); else called.push(`leaf ${item}`);
      called.push(`leave ${level} ${base}`);
    };
    visit(levels - 1, 0);
    return called;
  }
}

function edit(table: Table, model: Model, { page, frame, flags, replace, isMap }: Edit): void {
  if (isMap) assert.is(outcome(() => table.map(page, frame, flags, replace)), model.map(page, frame, flags, replace));
  else assert.is(table.unmap(page), model.unmap(page));
}
/** The mapping alone, without its place. */
function mappingIn(seen: Seen | undefined): Mapping | undefined {
  if (!seen) return undefined;
  const { level, directory, ...mapping } = seen;
  assert.is(level, 0);
  assert.ok(directory > 0);
  return mapping;
}

const walks = suite("walks meet what stands");

for (const [name, shape] of Object.entries(SHAPES)) {
  const page = pagesOf(shape, MANY), end = 2 ** (shape.levels * shape.indexBits);
  const range = fc.tuple(page, page, fc.boolean()).map(([a, b, all]): [number, number] => all ? [0, end] : [Math.min(a, b), Math.max(a, b) + 1]);

  walks(`G14, ${name}: walk and cursor over directories with holes (seed ${SEED})`, async () => {
    const { thread } = await makeEngine({ systemFrames: 2048 });
    fc.assert(fc.property(fc.array(editsOf(shape, MANY), { maxLength: 40, size: "max" }), range, fc.array(page, { maxLength: 6, size: "max" }), (edits, [first, last], places) => {
      const table = Table.create(thread, shape.format), model = new Model(shape), pin = Pin.take(thread);
      try {
        for (const each of edits) edit(table, model, each);
        const called: string[] = [], seen: Seen[] = [], expected = model.list(first, last - first);
        pin.walk(table, {
          enter: ({ level, page: at }) => { called.push(`enter ${level} ${at}`); },
          leaf: (entry) => { called.push(`leaf ${entry.page}`); seen.push(entry); },
          leave: ({ level, page: at }) => { called.push(`leave ${level} ${at}`); },
        }, first, last - first);
        assert.equal(called, model.events(first, last));
        assert.equal(seen.map(mappingIn), expected);
        const cursor = pin.cursor(table, first, last - first);
        assert.equal([...cursor], seen, "the cursor finds what the walk found");
        assert.is(cursor.next(), undefined, "and nothing behind it");
        assert.equal(mappingIn(cursor.first()), expected[0]);
        assert.equal(mappingIn(cursor.next()), expected[1]);
        for (const at of places.filter((each) => each >= first && each < last)) {
          assert.equal(mappingIn(cursor.at(at)), model.entry(at));
          assert.equal(mappingIn(cursor.next()), expected.find((entry) => entry.page > at));
        }
      } finally { pin.drop(); table.destroy(); }
    }), { seed: SEED, numRuns: 200, includeErrorInReport: true });
  });

  walks(`${name}: an update changes what still stands where it was seen (seed ${SEED})`, async () => {
    const { engine, thread } = await makeEngine({ systemFrames: 4096 });
    const step = fc.oneof({ weight: 4, arbitrary: editsOf(shape, FEW) }, { weight: 2, arbitrary: fc.record({ see: pagesOf(shape, FEW) }) },
      { weight: 3, arbitrary: fc.record({ update: fc.nat(9), frame: fc.nat(4096), flags: fc.constantFrom(...FLAG_SETS), isRemoval: fc.boolean() }) });
    let changed = 0, refused = 0, dead = 0;
    fc.assert(fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const table = Table.create(thread, shape.format), model = new Model(shape), pin = Pin.take(thread), cursor = pin.cursor(table);
      const known: { seen: Seen; entry: Mapping; place: string }[] = [];
      try {
        for (const each of steps) {
          if ("isMap" in each) edit(table, model, each);
          else if ("see" in each) {
            const seen = cursor.at(each.see), entry = model.entry(each.see);
            assert.equal(mappingIn(seen), entry);
            if (seen && entry) known.push({ seen, entry, place: model.place(each.see) });
          } else if (known.length) {
            const { seen, entry, place } = known.at(-1 - each.update % known.length)!, at = seen.page, now = JSON.stringify(model.entry(at));
            const stands = now === JSON.stringify(entry) && model.place(at) === place;
            const done = outcome(() => { pin.update(seen, each.isRemoval ? undefined : { frame: each.frame, ...each.flags }); });
            done === "OK" ? changed++ : place === model.place(at) ? refused++ : dead++;
            assert.is(done, stands ? "OK" : "EAGAIN", `page ${at} was ${JSON.stringify(entry)} in ${place}, and is ${now} in ${model.place(at)}`);
            if (stands && each.isRemoval) model.unmap(at);
            else if (stands) model.map(at, each.frame, each.flags, true);
          }
        }
        assert.equal(table.list(), model.list());
        assert.ok(engine.audit(thread.me).clean);
      } finally { pin.drop(); table.destroy(); }
      assert.is(engine.audit(thread.me).directories, 0);
    }), { seed: SEED, numRuns: 300, includeErrorInReport: true });
    assert.ok(Math.min(changed, refused, shape.levels > 1 ? dead : 99) > 50, `${changed} changed, ${refused} refused, ${dead} in dead directories`);
  });

  walks(`${name}: callbacks that map and unmap; what stands all the while is met once (seed ${SEED})`, async () => {
    const { thread } = await makeEngine({ systemFrames: 4096 });
    const changes = fc.array(fc.record({ after: fc.nat(20), change: editsOf(shape, MANY) }), { maxLength: 30, size: "max" });
    for (const how of ["walk", "cursor"] as const) fc.assert(fc.property(fc.array(editsOf(shape, MANY), { minLength: 5, maxLength: 40, size: "max" }), changes, (edits, during) => {
      const table = Table.create(thread, shape.format), model = new Model(shape), pin = Pin.take(thread), met: number[] = [];
      try {
        for (const each of edits) edit(table, model, each);
        const standing = new Set(model.list().map(({ page: at }) => at)), inForce = new Map(model.list().map((mapping) => [mapping.page, [mapping]]));
        const meet = (seen: Seen): void => {
          const found = mappingIn(seen)!, mine = inForce.get(found.page) ?? [];
          assert.ok(mine.some((each) => JSON.stringify(each) === JSON.stringify(found)), `page ${found.page} was never mapped so: ${JSON.stringify(found)}`);
          for (const { change } of during.filter(({ after }) => after === met.length)) {
            edit(table, model, change);
            const now = model.entry(change.page);
            if (now) inForce.set(change.page, [...inForce.get(change.page) ?? [], now]);
            else standing.delete(change.page);
          }
          met.push(found.page);
        };
        if (how === "walk") pin.walk(table, { leaf: meet });
        else for (const seen of pin.cursor(table)) meet(seen);
        assert.equal(met, [...new Set(met)].sort((a, b) => a - b), "each once, in order");
        assert.equal([...standing].filter((at) => !met.includes(at)), []);
      } finally { pin.drop(); table.destroy(); }
    }), { seed: SEED, numRuns: 150, includeErrorInReport: true });
  });
}

walks("G12, G15: what is refused, and by which code", async () => {
  const { engine, thread } = await makeEngine(), other = await makeEngine(), table = Table.create(thread), pin = Pin.take(thread), visitor = {};
  table.map(table.pages - 1, 7, { write: true });
  table.map(8, 9);
  const seen = pin.cursor(table).at(8)!, gone = Table.create(thread);
  const dropped = Pin.take(thread), cursor = pin.cursor(table, 8, 8), late = dropped.cursor(table);
  gone.destroy();
  dropped.drop();
  dropped.drop();
  const before = JSON.stringify([table.list(), engine.audit(thread.me)]);
  for (const [code, call] of [
    ["EINVAL", () => { pin.walk(table, visitor, 8, 0); }], ["EINVAL", () => { pin.walk(table, visitor, -1); }], ["EINVAL", () => { pin.walk(table, visitor, table.pages); }],
    ["EINVAL", () => { pin.walk(table, visitor, 1, table.pages); }], ["EINVAL", () => { pin.cursor(table, 0.5); }],
    ["EINVAL", () => { pin.walk(Table.create(other.thread), visitor); }],
    ["EINVAL", () => { cursor.at(7); }], ["EINVAL", () => { cursor.at(16); }],
    ["EINVAL", () => { pin.update(seen, { frame: 2 ** 40 }); }], ["EINVAL", () => { pin.update(seen, { frame: -1 }); }],
    ["ESTALE", () => { pin.walk(gone, visitor); }], ["ESTALE", () => { pin.cursor(gone); }],
    ["ESTALE", () => { dropped.walk(table, visitor); }], ["ESTALE", () => { dropped.cursor(table); }], ["ESTALE", () => { dropped.update(seen); }],
    ["ESTALE", () => { late.next(); }],
    ["OK", () => { pin.walk(table, visitor, table.pages - 1, 1); }], ["OK", () => { pin.update(seen, { ...seen }); }],
    ["EBUSY", () => { thread.unregister(); }],
  ] as const) assert.is(outcome(call), code, call.toString());
  assert.is(JSON.stringify([table.list(), engine.audit(thread.me)]), before);
  pin.drop();
  assert.is(outcome(() => { thread.unregister(); }), "OK");
});

walks("a walk that its callback ends by an exception leaves the pin as it was", async () => {
  const { thread } = await makeEngine(), table = Table.create(thread), pin = Pin.take(thread);
  table.mapRange(0, 8, 1);
  assert.throws(() => { pin.walk(table, { leaf: () => { throw new Error("enough"); } }); }, "enough");
  assert.is([...pin.cursor(table)].length, 8);
  assert.is(outcome(() => { pin.walk(table, { enter: () => { pin.drop(); } }); }), "ESTALE");
});

walks.run();
