// Seeded numbers: whoever draws with the same seed draws the same.

export type Random = (n: number) => number;

/** A seeded generator of whole numbers below `n` (xorshift32). */
export function generator(seed: number): Random {
  let x = seed >>> 0 || 1;
  return (n) => {
    x ^= x << 13; x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5; x >>>= 0;
    return x % n;
  };
}

/** One seed from several numbers: neighbours give seeds that lie far apart. */
export function seedOf(...numbers: number[]): number {
  let hash = 0x9e3779b9;
  for (const number of numbers) {
    hash = Math.imul(hash ^ number, 0x85ebca6b);
    hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}
