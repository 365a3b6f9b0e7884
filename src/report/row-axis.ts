// The axis of pages: which rows carry their address, and where the address space has a gap.

import type { Timeline } from "../replay/result.js";
import { CONTESTED_COLOUR, LINE_COLOUR, NEUTRAL_COLOUR, TEXT_COLOUR } from "./colours.js";
import type { Contest } from "./contest.js";
import type { PageData } from "./data.js";
import type { YAxis } from "./echarts.js";
import { pageAddress } from "./format.js";
import { HEAT } from "./layout.js";

const LABEL_HEIGHT = 14;
/** Contested rows that are sure of a label. */
const CONTESTS_LABELLED = 12;
/** Pages between two rows from which on they belong to different parts of the address space. */
const GAP_PAGES = 1024;

function startsPart({ rows }: Timeline, row: number): boolean {
  const before = rows[row - 1];
  return before === undefined || rows[row]!.first_page - (before.first_page + before.pages) >= GAP_PAGES;
}

/** The rows to label where labels have no room for all: the most contested ones, then the first of each part, then others. */
function labelledRows(timeline: Timeline, contests: readonly Contest[], row_height: number): Set<number> {
  const spacing = Math.ceil(LABEL_HEIGHT / row_height);
  const rows = timeline.rows.map((_, row) => row);
  const wanted = [
    ...contests.slice(0, CONTESTS_LABELLED).map((contest) => contest.row),
    ...rows.filter((row) => startsPart(timeline, row)),
    ...rows,
  ];
  const labelled: number[] = [];
  for (const row of wanted) {
    if (labelled.every((other) => Math.abs(other - row) >= spacing)) labelled.push(row);
  }
  return new Set(labelled);
}

export function rowAxis({ timeline, page_bytes }: PageData, contests: readonly Contest[], row_height: number): YAxis {
  const labelled = labelledRows(timeline, contests, row_height);
  const contested = new Set(contests.map((contest) => contest.row));
  return {
    type: "category",
    gridIndex: HEAT,
    data: timeline.rows.map((row, index) => ({
      value: pageAddress(row.first_page, page_bytes),
      textStyle: contested.has(index) ? { color: CONTESTED_COLOUR, fontWeight: "bold" } : { color: TEXT_COLOUR },
    })),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: LINE_COLOUR } },
    axisLabel: {
      interval: (row) => labelled.has(row),
      fontFamily: `ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace`,
      fontSize: 11,
    },
    splitLine: {
      show: true,
      showMaxLine: false,
      interval: (row) => row > 0 && startsPart(timeline, row),
      lineStyle: { color: NEUTRAL_COLOUR, type: "dashed" },
    },
  };
}
