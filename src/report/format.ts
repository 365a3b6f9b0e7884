// Numbers, addresses and text as the report writes them, in the page and in its plots.

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const SECONDS = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });
const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 2 });
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];
const TIME_UNITS = ["ns", "µs", "ms", "s"];

export interface Unit { divisor: number; name: string }

/** A number with thousands separators. */
export function count(value: number): string {
  return GROUPED.format(value);
}

/** About as much, in few characters: `1.2M`. */
export function compact(value: number): string { return COMPACT.format(value); }

/** Seconds down to a thousandth. */
export function secondsText(value: number): string { return SECONDS.format(value); }

/** `3 pages`, `1 page`. */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** The largest binary unit in which `bytes` is at least one. */
export function byteUnit(bytes: number): Unit {
  let power = 0;
  while (power < BYTE_UNITS.length - 1 && bytes >= 1024 ** (power + 1)) power++;
  return { divisor: 1024 ** power, name: BYTE_UNITS[power]! };
}

export function byteSize(bytes: number): string {
  const unit = byteUnit(bytes);
  const value = bytes / unit.divisor;
  return `${count(value < 10 ? Math.round(value * 100) / 100 : Math.round(value * 10) / 10)} ${unit.name}`;
}

/** 2^power nanoseconds, with 1,024 of a unit taken for the next one: the error stays below the width of a bucket. */
export function powerOfTwoTime(power: number): string {
  const unit = Math.min(Math.floor(power / 10), TIME_UNITS.length - 1);
  return `${count(2 ** (power - unit * 10))} ${TIME_UNITS[unit]!}`;
}

export function percent(part: number, whole: number): string {
  const share = (100 * part) / whole;
  if (share > 0 && share < 1) return "under 1%";
  return share > 99 && part < whole ? "over 99%" : `${Math.round(share)}%`;
}

/** A page's first address, canonical: the upper half of the 48 bits is that of the 64. */
export function pageAddress(page: number, page_bytes: number): string { return canonical(BigInt(page) * BigInt(page_bytes)); }
function canonical(bits: bigint): string { return `0x${BigInt.asUintN(64, BigInt.asIntN(48, bits)).toString(16)}`; }

/** The addresses of a run of pages: the first one only, if the run is one page. */
export function runAddresses(run: { first_page: number; pages: number }, page_bytes: number): string {
  const first = pageAddress(run.first_page, page_bytes);
  if (run.pages === 1) return first;
  const last = BigInt(run.first_page + run.pages) * BigInt(page_bytes) - 1n;
  return `${first}–${canonical(last)}`;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** The least of 1, 2 or 5 times a power of ten that is no less than `least`, and no less than 1. */
export function roundStep(least: number): number {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(least)));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}

/** Three digits that matter. */
export function threeDigits(value: number): string { return value >= 100 ? count(Math.round(value)) : value.toPrecision(3); }
