// What the mouse points at in the plots over time: a line through all of them at its bucket, and the bucket's figures.

import { TOUCHER_NAMES } from "./colours.js";
import type { PageData } from "./data.js";
import type { Plot } from "./echarts.js";
import { byteSize, count, runAddresses } from "./format.js";
import { toucherOf } from "./heat.js";
import { HEAT, MOVES, TIME_GRIDS, type Layout } from "./layout.js";

export type Figures = [name: string, value: string][];

function bucketFigures({ timeline }: PageData, bucket: number): Figures {
  const { faults, bytes, device_pages } = timeline;
  return [
    ["CPU faults", count(faults.cpu[bucket]!)],
    ["device faults", count(faults.device[bucket]!)],
    ["pages on the device", count(device_pages[bucket]!)],
    ["moved to device", byteSize(bytes.to_device[bucket]!)],
    ["moved to system", byteSize(bytes.to_system[bucket]!)],
  ];
}

function rowFigures({ timeline }: PageData, row_index: number, bucket: number | undefined): Figures {
  const row = timeline.rows[row_index]!;
  const moves: Figures = [["moves in all", count(row.moves)]];
  if (bucket === undefined) return moves;
  const cpu = row.cpu[bucket]!;
  const device = row.device[bucket]!;
  const toucher = toucherOf(cpu, device);
  return [
    ["touched by", toucher === undefined ? "nobody" : TOUCHER_NAMES[toucher]],
    ["CPU accesses", count(cpu)],
    ["device accesses", count(device)],
    ...moves,
  ];
}

export function block(heading: string, figures: Figures): HTMLElement[] {
  const head = document.createElement("b");
  head.textContent = heading;
  const list = document.createElement("dl");
  for (const [name, value] of figures) {
    for (const [tag, text] of [["dt", name], ["dd", value]] as const) {
      list.appendChild(document.createElement(tag)).textContent = text;
    }
  }
  return [head, list];
}

function overlay(holder: HTMLElement, name: string): HTMLElement {
  const element = document.createElement("div");
  element.className = name;
  return holder.appendChild(element);
}

/** Follows the mouse over `plot`, which fills `holder`. */
export function followMouse(plot: Plot, holder: HTMLElement, data: PageData, layout: Layout): void {
  const cross = overlay(holder, "cross");
  const readout = overlay(holder, "readout");
  const first = layout.grids[HEAT]!;
  const last = layout.grids[TIME_GRIDS.at(-1)!]!;
  cross.style.top = `${first.top}px`;
  cross.style.height = `${last.top + last.height - first.top}px`;
  const hide = (): void => {
    cross.style.display = readout.style.display = "none";
  };

  plot.getZr().on("mousemove", ({ offsetX: x, offsetY: y }) => {
    const { timeline, page_bytes } = data;
    const within = (grid: number): boolean => plot.containPixel({ gridIndex: grid }, [x, y]);
    const over_heat = within(HEAT);
    const over_moves = within(MOVES);
    const bucket = TIME_GRIDS.some(within) ? Number(plot.convertFromPixel({ xAxisIndex: HEAT }, x)) : undefined;
    if (bucket === undefined && !over_moves) return hide();

    const blocks: HTMLElement[] = [];
    if (over_heat || over_moves) {
      const row = Number(plot.convertFromPixel({ yAxisIndex: HEAT }, y));
      blocks.push(...block(`page ${runAddresses(timeline.rows[row]!, page_bytes)}`, rowFigures(data, row, bucket)));
    }
    if (bucket !== undefined) {
      const start = bucket * timeline.bucket_accesses;
      const range = `${count(start)} to ${count(start + timeline.bucket_accesses - 1)}`;
      blocks.push(...block(`accesses ${range}`, bucketFigures(data, bucket)));
    }
    readout.replaceChildren(...blocks);
    readout.style.display = "block";
    const beyond = x + 20 + readout.offsetWidth > holder.clientWidth;
    readout.style.left = `${beyond ? x - 16 - readout.offsetWidth : x + 16}px`;
    readout.style.top = `${y + 12}px`;
    cross.style.display = bucket === undefined ? "none" : "block";
    cross.style.left = `${x}px`;
  });
  plot.getZr().on("globalout", hide);
}

/** Frames a row of the heat map while the mouse is on its line of the table. */
export function followTable(holder: HTMLElement, rows: number, layout: Layout): void {
  const band = overlay(holder, "band");
  const { left, right, top, height } = layout.grids[HEAT]!;
  const row_height = height / rows;
  band.style.left = `${left}px`;
  band.style.right = `${right}px`;
  band.style.height = `${row_height + 6}px`;
  for (const line of document.querySelectorAll<HTMLElement>("tr[data-row]")) {
    line.addEventListener("mouseenter", () => {
      band.style.top = `${top + (rows - 1 - Number(line.dataset["row"])) * row_height - 3}px`;
      band.style.display = "block";
    });
    line.addEventListener("mouseleave", () => {
      band.style.display = "none";
    });
  }
}
