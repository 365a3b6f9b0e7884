// Fault service times in buckets of powers of two.

import type { Timeline } from "../replay/result.js";
import { powerOfTwoTime, sum } from "./format.js";

/** The bucket that holds the median, -1 if all are empty. */
function medianBucket(buckets: readonly number[]): number {
  const half = sum(buckets) / 2;
  let seen = 0;
  return buckets.findIndex((faults) => (seen += faults) > 0 && seen >= half);
}

/** `median: CPU 1 µs to 2 µs, device 8 µs to 16 µs`. */
export function medianTimes(timeline: Timeline): string {
  const { cpu, device } = timeline.service_ns_lg2;
  const sides = ([["CPU", cpu], ["device", device]] as const).flatMap(([side, buckets]) => {
    const median = medianBucket(buckets);
    return median < 0 ? [] : [`${side} ${timeRange(median)}`];
  });
  return `median: ${sides.join(", ")}`;
}

export function timeRange(power: number): string {
  return `${powerOfTwoTime(power)} to ${powerOfTwoTime(power + 1)}`;
}
