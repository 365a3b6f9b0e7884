// Who races with whom. The hooks find that bytes carry a foreign mark; here it is told whose, and whether that is allowed.
import type { Subject } from "./instrument.js";
import { Thread } from "./layout.js";
import { isAtomic } from "./operations.js";
import type { DeclaredRace, Workload } from "./workload.js";

export class Races {
  readonly #atomic: Uint8Array; // by site
  readonly #bytes: Uint8Array; // 0 for a notify, which touches nothing
  readonly #writes: Uint8Array;
  readonly #declared: Uint8Array;
  /** `base`: index of a thread's first control word. */
  constructor(readonly words: Int32Array, readonly subject: Subject, readonly workload: Workload, readonly base: (thread: number) => number) {
    this.#atomic = Uint8Array.from(subject.sites, ({ kind }) => isAtomic(kind) ? 1 : 0);
    this.#bytes = Uint8Array.from(subject.sites, ({ kind, bytes }) => kind === "notify" ? 0 : bytes);
    this.#declared = Uint8Array.from(subject.sites, (_, site) => workload.races?.some((race) => this.#isOf(race, site)) ? 1 : 0);
    this.#writes = Uint8Array.from(subject.sites, ({ kind }) => kind === "store" || kind === "rmw" || kind === "cmpxchg" ? 1 : 0);
  }
  isAtomic(site: number): boolean { return this.#atomic[site] === 1; }
  writes(site: number): boolean { return this.#writes[site] === 1; }

  /** Whether a race of this site is declared, with whatever other. */
  isDeclared(site: number): boolean { return this.#declared[site] === 1; }

  /** What the thread whose words begin at `current` races with when its operation `site` touches these bytes; undefined if that is declared. */
  raceOf(threads: number, current: number, site: number, at: number, bytes: number): string | undefined {
    const { words, subject: { sites } } = this;
    for (let thread = 0; thread < threads; thread++) {
      const base = this.base(thread);
      if (base === current) continue;
      for (let mark = words[base + Thread.MARKS_FROM]! >>> 2; mark < words[base + Thread.MARKS_TO]! >>> 2; mark += 3) {
        const from = words[mark]!, what = words[mark + 1]!, foreign = words[mark + 2]!;
        if (what >>> 8 !== thread || from >= at + bytes || at >= from + (what & 15)) continue;
        if (!(what & 16) && sites[site]!.kind.endsWith("load")) continue; // two readers
        if (this.workload.races?.some((race) => this.#isOf(race, site) && this.#isOf(race, foreign))) continue;
        return [site, foreign].map((each) => this.#describe(each)).sort().join(" races with ");
      }
    }
    return undefined;
  }

  /** Two pending atomics that overlap without being the same word: no order between them is promised. */
  mixedSizes(threads: number, thread: number): string | undefined {
    const { words } = this, base = this.base(thread), site = words[base + Thread.SITE]!, at = words[base + Thread.ADDRESS]! >>> 0, bytes = this.#bytes[site]!;
    if (site < 0 || !this.#atomic[site] || bytes === 0) return undefined;
    for (let other = 0; other < threads; other++) {
      const theirs = this.base(other), foreign = words[theirs + Thread.SITE]!;
      if (other === thread || foreign < 0 || !this.#atomic[foreign] || this.#bytes[foreign] === 0) continue;
      const from = words[theirs + Thread.ADDRESS]! >>> 0, wide = this.#bytes[foreign]!;
      if (at < from + wide && from < at + bytes && (at !== from || bytes !== wide) && (this.#writes[site] || this.#writes[foreign]))
        return [site, foreign].map((each) => this.#describe(each)).sort().join(" overlaps ");
    }
    return undefined;
  }

  #isOf({ functions }: DeclaredRace, site: number): boolean {
    const name = this.subject.sites[site]!.function;
    return functions.some((each) => each === name || each.endsWith(`/${name}`));
  }
  #describe(site: number): string {
    const { name, function: where } = this.subject.sites[site]!;
    return `${name} in ${where}`;
  }
}
