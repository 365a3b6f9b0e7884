// The steps of a fault ring that every workload of rings has: whoever polls and finds no server takes what is posted and serves it.
import { Slot, Staging } from "../../../assembly/layout/arena.js";
import { Status } from "../../../assembly/layout/status.js";
import type { View } from "../workload.js";
import type { Step } from "./program.js";

/** One request of a batch: what a step is given of it; the label of the first step that serves it; where the last one leads. */
export interface Served { request(view: View): number; page(view: View): number; label: string; then: string }

const REQUESTS_MAX = 3;

/** From "poll" to the server's "release". `handle`: what is done with a request, up to its completion. `done`: where a faulter goes whose fault is answered. */
export function pollAndServe(me: number, mirror: number, done: (status: number) => string, handle: (served: Served) => Step[]): Step[] {
  const staging = (view: View): number => view.u32(me + Slot.STAGING);
  const served = (i: number, count: number): Served => ({
    request: (view) => view.u32(staging(view) + Staging.FLAGS + 4 * i), page: (view) => view.f64(staging(view) + Staging.PAGES + 8 * i),
    label: `${i} of ${count}`, then: i + 1 < count ? `${i + 1} of ${count}` : "release",
  });
  return [
    { label: "poll", entry: "faultPoll", values: [me, mirror, requestOf(me)],
      choose: (status) => status === Status.MORE ? "gather" : status === Status.AGAIN || status === Status.WAIT ? undefined : done(status) },
    { label: "gather", entry: "faultGather", values: [me, mirror], choose: (_, view) => {
      const count = view.u32(me + Slot.COUNT);
      if (count > REQUESTS_MAX) throw new Error(`a server gathers ${count} requests: expected at most ${REQUESTS_MAX}`);
      return count ? `0 of ${count}` : "release";
    } },
    ...Array.from({ length: REQUESTS_MAX }, (_, n) => Array.from({ length: n + 1 }, (_, i) => handle(served(i, n + 1)))).flat(2),
    { label: "release", entry: "faultRelease", values: [me, mirror], choose: () => "poll" },
  ];
}

/** The number of a thread's request is where it began to look: its own. */
export const requestOf = (me: number) => (view: View): number => view.u32(me + Slot.INDEX);
