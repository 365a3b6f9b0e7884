// All that an arena can hold: tables of several formats, spaces with pages on both sides of their mirrors, a guarded page in each. Worked on at random,
// and looked at as a whole.
import { Descriptor, Header, Owner, OwnerKind } from "../../assembly/layout/arena.js";
import { EntryKind } from "../../assembly/layout/entry.js";
import { Agent, Side } from "../../src/agent.js";
import type { Random } from "../../src/generator.js";
import { Migrator } from "../../src/migrate.js";
import { Mirror, type Driver, type MirrorHandle } from "../../src/mirror.js";
import { crc32 } from "../../src/sealed.js";
import { Right, Space, type SpaceHandle } from "../../src/space.js";
import { Table, type TableHandle } from "../../src/table.js";
import type { Thread } from "../../src/thread.js";
import { outcome } from "./model.js";

const PAGE = 4096, AREA_PAGES = 24, FORMATS = ["x86-64", "riscv-sv39", { levels: 3, indexBits: 4, largest: 1 }, { levels: 2, indexBits: 11 }] as const;
/** Every other page moves to the device. */
const driver: Driver = { place: (page) => page % 2 ? "migrate" : "remote" };

interface Place { space: SpaceHandle; mirrors: MirrorHandle[]; at: number }
/** Plain, to be posted: what the world is made of, and what was stored where (by space and address). */
export interface WorldParts { tables: TableHandle[]; places: Place[]; stored: [space: number, address: number, value: number][] }

export class World {
  readonly tables: Table[];
  readonly spaces: Space[];
  readonly #agents: Agent[];
  readonly #stored: Map<string, [space: number, address: number, value: number]>;
  private constructor(readonly thread: Thread, readonly places: Place[], tables: TableHandle[], stored: WorldParts["stored"]) {
    const migrator = new Migrator(thread);
    this.tables = tables.map((handle) => Table.attach(thread, handle));
    this.spaces = places.map(({ space }) => Space.attach(thread, space));
    const mirrors = places.map(({ mirrors: handles }, i) => handles.map((handle) => Mirror.attach(this.spaces[i]!, migrator, driver, handle)));
    this.#agents = this.spaces.map((space, i) => new Agent(space, migrator, mirrors[i]![0]));
    this.#stored = new Map(stored.map((each) => [`${each[0]} ${each[1]}`, each]));
  }
  static create(thread: Thread): World {
    const tables = FORMATS.map((format) => Table.create(thread, format).handle), migrator = new Migrator(thread);
    const places = [1, 2].map((count): Place => {
      const space = Space.create(thread), at = Number(space.mmap(AREA_PAGES * PAGE));
      const mirrors = Array.from({ length: count }, (_, i) => Mirror.create(space, migrator, driver, i ? "x86-64" : "riscv-sv48").handle);
      return { space: space.handle, mirrors, at };
    });
    return new World(thread, places, tables, []);
  }
  static attach(thread: Thread, { tables, places, stored }: WorldParts): World { return new World(thread, places, tables, stored); }
  get parts(): WorldParts { return { tables: this.tables.map(({ handle }) => handle), places: this.places, stored: [...this.#stored.values()] }; }

  /** Random maps, unmaps, cuts in the tables; stores from both sides in the spaces; pages that go; and in each a page that nobody may touch. */
  work(random: Random, steps: number): void {
    for (let i = 0; i < steps; i++) {
      const table = this.tables[random(this.tables.length)]!, page = random(3) * table.pages / 4 + random(40), flags = { write: random(2) === 0, dirty: random(2) === 0 };
      const verbs = [() => { table.mapRange(page, 1 + random(20), random(500), flags); }, () => { table.unmapRange(page, 1 + random(10)); }, () => { table.cut(page); }];
      outcome(verbs[random(verbs.length)]!);
      const which = random(this.spaces.length), { at } = this.places[which]!, address = at + random(AREA_PAGES - 1) * PAGE + 8 * random(512), value = random(2 ** 31);
      if (random(20)) this.#store(which, random(2), address, value);
      else this.#forget(which, address - address % PAGE);
    }
    for (const [which, { at }] of this.places.entries()) {
      const address = at + (AREA_PAGES - 1) * PAGE;
      this.spaces[which]!.mprotect(address, PAGE, Right.READ | Right.WRITE);
      this.#store(which, random(2), address, random(2 ** 31));
      this.spaces[which]!.mprotect(address, PAGE, 0);
    }
  }
  #store(which: number, side: Side, address: number, value: number): void {
    this.#agents[which]!.store(side, address, value);
    this.#stored.set(`${which} ${address}`, [which, address, value]);
  }
  #forget(which: number, address: number): void {
    this.spaces[which]!.munmap(address, PAGE);
    this.spaces[which]!.mmap(PAGE, Right.READ | Right.WRITE, address);
    for (let i = 0; i < PAGE; i += 8) this.#stored.delete(`${which} ${address + i}`);
  }
  /** What does not read as it was stored, from either side. Pages move meanwhile. */
  misread(): string[] {
    for (const [which, { at }] of this.places.entries()) this.spaces[which]!.mprotect(at, AREA_PAGES * PAGE, Right.READ | Right.WRITE);
    return [...this.#stored.values()].flatMap(([which, address, value], i) => {
      const found = Number(this.#agents[which]!.load(i % 2, address, 8));
      return found === value ? [] : [`space ${which}, ${address}: ${found}, expected ${value}`];
    });
  }

  /** Everything that can be seen: all entries, areas, contents of pages, which frames have what kind of owner, the audit. */
  picture(): string {
    const { engine } = this.thread, at = (field: Header): number => engine.header(field), frames = at(Header.SYSTEM_FRAMES) + at(Header.DEVICE_FRAMES);
    const mirrors = this.places.flatMap((place) => place.mirrors), devices = mirrors.map(({ mirror }) => Table.view(this.thread, at(Header.TABLES) + at(Header.SPACES) + mirror));
    const tables = [...this.tables, ...this.spaces.map(({ table }) => table), ...devices].map((table) => table.list());
    const bytesOf = (frame: number): number => crc32(engine.bytes(at(Header.FRAMES_AT) + frame * PAGE, PAGE));
    const pages = this.spaces.map(({ table }) => table.list().map(({ kind, frame }) => [EntryKind[kind], frame >= at(Header.SYSTEM_FRAMES), bytesOf(frame)]));
    const rights = this.places.map((place, i) => Array.from({ length: AREA_PAGES + 1 }, (_, page) => this.spaces[i]!.rightsAt(place.at + page * PAGE) ?? null));
    const kindOf = (frame: number): number => engine.u32(at(Header.DESCRIPTORS_AT) + frame * Descriptor.BYTES + Descriptor.OWNER) % 2 ** Owner.KIND_BITS;
    const owners = Array.from({ length: frames }, (_, frame) => kindOf(frame) === OwnerKind.RETIRED ? OwnerKind.FREE : kindOf(frame));
    const { free, retired, ...audit } = this.thread.audit();
    return JSON.stringify({ tables, pages, rights, owners, audit, unused: free + retired });
  }
}
