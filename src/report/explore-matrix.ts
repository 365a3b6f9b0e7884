// Every verb against every other: how many states the largest workload of each pair has, and whether one of them fails.

import { BOUNDED_COLOUR, CONTESTED_COLOUR, MUTED_COLOUR, STATE_SHADES, TEXT_COLOUR } from "./colours.js";
import type { PlotOption, PlotSeries } from "./echarts.js";
import { nameParts, sizeOf, verdictOf, type ListedWorkload, type Subject, type Verdict } from "./exploration.js";
import { compact, count, secondsText } from "./format.js";
import { block, type Figures } from "./hover.js";
import { FONT } from "./style.js";

const CELL_HEIGHT = 26, CELL_WIDTH_MAX = 52, NAMES_WIDTH = 150;
/** Pixels that a character of a slanted name is high. */
const SLANTED_CHARACTER = 4.4;
/** From this shade on text is white. */
const DARK_SHADE = 4;

export interface Pair { verbs: [string, string]; workloads: ListedWorkload[]; largest: ListedWorkload; verdict: Verdict }
export interface Matrix { verbs: string[]; pairs: Pair[] }

export function matrixOf(workloads: readonly ListedWorkload[], subject: Subject): Matrix {
  const pairs = new Map<string, Pair>(), order: Verdict[] = ["complete", "bounded", "violation"];
  for (const workload of workloads) {
    const parts = nameParts(workload.name), [a, b] = parts.verbs, verdict = verdictOf(workload);
    if (parts.subject !== subject || parts.verbs.length !== 2) continue;
    const key = parts.verbs.join("|"), pair = pairs.get(key);
    if (!pair) { pairs.set(key, { verbs: [a!, b!], workloads: [workload], largest: workload, verdict }); continue; }
    pair.workloads.push(workload);
    if (sizeOf(workload) > sizeOf(pair.largest)) pair.largest = workload;
    if (order.indexOf(verdict) > order.indexOf(pair.verdict)) pair.verdict = verdict;
  }
  return { verbs: verbOrder([...pairs.values()]), pairs: [...pairs.values()] };
}

/** Verbs in the order of the table that the names come from: each stands first in a pair with itself and all that follow it. */
function verbOrder(pairs: readonly Pair[]): string[] {
  return [...new Set([...pairs.map(({ verbs }) => verbs[0]), ...pairs.map(({ verbs }) => verbs[1])])];
}

function namesHeight({ verbs }: Matrix): number { return 16 + Math.ceil(SLANTED_CHARACTER * Math.max(...verbs.map((verb) => verb.length))); }
export function matrixHeight(matrix: Matrix): number { return matrix.verbs.length * CELL_HEIGHT + namesHeight(matrix) + 4; }

function figuresOf({ workloads, largest }: Pair): Figures {
  const violations = workloads.filter((each) => each.violations > 0).length, bounded = workloads.filter((each) => verdictOf(each) === "bounded").length;
  return [
    ["states", count(largest.states)], ["transitions", count(largest.transitions)], ["depth", count(largest.depth)], ["seconds", secondsText(largest.seconds)],
    ["workloads of the pair", count(workloads.length)], ...bounded ? [["bounded", count(bounded)] as [string, string]] : [],
    ...violations ? [["with a violation", count(violations)] as [string, string]] : [],
  ];
}

export function matrixWidthMax({ verbs }: Matrix): number { return verbs.length * CELL_WIDTH_MAX + NAMES_WIDTH; }

/** Each pair once, below the diagonal: next to both of its names. */
export function matrixPlot(matrix: Matrix): PlotOption {
  const { verbs, pairs } = matrix;
  const logs = pairs.map(({ largest }) => Math.log(Math.max(1, sizeOf(largest)))), low = Math.min(...logs), span = Math.max(...logs) - low || 1;
  const cell = (pair: Pair, i: number) => {
    const [x, y] = pair.verbs.map((verb) => verbs.indexOf(verb)).sort((a, b) => a - b), hasFailed = pair.verdict === "violation";
    const level = Math.min(STATE_SHADES.length - 1, Math.floor((logs[i]! - low) / span * STATE_SHADES.length));
    return {
      value: [x!, y!, level, i], label: { color: hasFailed || level >= DARK_SHADE ? "#fff" : TEXT_COLOUR },
      itemStyle: {
        borderWidth: pair.verdict === "bounded" ? 2 : 1, borderColor: pair.verdict === "bounded" ? BOUNDED_COLOUR : "#fff", ...hasFailed && { color: CONTESTED_COLOUR },
      },
    };
  };
  const pairAt = (value: unknown): Pair => pairs[(value as number[])[3]!]!;
  const series: PlotSeries = { // thick borders last, or their neighbours cover them
    type: "heatmap", data: pairs.map(cell).sort((a, b) => a.itemStyle.borderWidth - b.itemStyle.borderWidth), animation: false,
    emphasis: { itemStyle: { borderColor: TEXT_COLOUR, borderWidth: 2 } },
    label: { show: true, fontSize: 10, formatter: ({ value }) => compact(sizeOf(pairAt(value).largest)) },
  };
  const axis = { type: "category" as const, data: verbs, axisTick: { show: false }, axisLine: { show: false }, splitLine: { show: false } };
  return {
    textStyle: { fontFamily: FONT },
    grid: { left: NAMES_WIDTH, right: 4, top: 4, bottom: namesHeight(matrix), outerBoundsMode: "none" },
    xAxis: { ...axis, axisLabel: { interval: 0, rotate: 45, color: MUTED_COLOUR, fontSize: 11 } },
    yAxis: { ...axis, inverse: true, axisLabel: { interval: 0, color: MUTED_COLOUR, fontSize: 11 } },
    visualMap: { type: "piecewise", show: false, dimension: 2, pieces: STATE_SHADES.map((color, value) => ({ value, color })) },
    tooltip: { className: "tip", transitionDuration: 0, confine: true, formatter: (at) => {
      const pair = pairAt((at as { value: unknown }).value);
      return block(pair.largest.name, figuresOf(pair));
    } },
    series: [series],
  };
}
