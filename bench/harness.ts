// How two sides are compared: each in a process of its own, in turn, pair after pair. A ratio is taken inside a pair, so that
// a machine that slows down for a while slows both; what is reported is the median of the pairs' ratios.

/** Medians of both sides, the median of the pairs' ratios ours/peer, and their quartile distance in parts of it. */
export interface Comparison { ours: number; peer: number; ratio: number; spread: number }
export interface Compared<Measurement> {
  ours: () => Promise<Measurement>;
  peer: () => Promise<Measurement>;
  /** What is reported of a measurement, and what the ratio is taken of: the same unless told. */
  reported: (measurement: Measurement) => number;
  of?: (measurement: Measurement) => number;
  /** Throws when a pair did not do the same work. */
  check?: (ours: Measurement, peer: Measurement) => void;
}

/** Measures `pairs` pairs; who goes first changes from pair to pair. */
export async function compare<Measurement>(pairs: number, compared: Compared<Measurement>): Promise<Comparison> {
  const { reported, of = reported, check } = compared, measured: { ours: Measurement; peer: Measurement }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const first = pair % 2 ? "peer" : "ours", second = pair % 2 ? "ours" : "peer";
    const one = await compared[first](), other = await compared[second]();
    const { ours, peer } = first === "ours" ? { ours: one, peer: other } : { ours: other, peer: one };
    check?.(ours, peer);
    measured.push({ ours, peer });
  }
  const ratios = measured.map(({ ours, peer }) => of(ours) / of(peer));
  return {
    ours: median(measured.map(({ ours }) => reported(ours))), peer: median(measured.map(({ peer }) => reported(peer))),
    ratio: median(ratios), spread: spread(ratios),
  };
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b), at = (sorted.length - 1) * part, low = Math.floor(at);
  return sorted[low]! + (sorted[Math.ceil(at)]! - sorted[low]!) * (at - low);
}
export function median(values: readonly number[]): number { return quantile(values, 0.5); }
/** The quartile distance in parts of the median. */
export function spread(values: readonly number[]): number { return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values); }
