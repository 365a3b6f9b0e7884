// Where the plots over time stand: one below the other, over one axis of buckets.

const LEFT = 108;
/** Room beside the heat map for the bars of moves. */
const MOVES_WIDTH = 112;
const RIGHT = MOVES_WIDTH + 12;
const TITLE_HEIGHT = 36;
const AXIS_HEIGHT = 24;
const ROW_HEIGHT = 16;
const LEAST_HEAT_HEIGHT = 120;
const MOST_HEAT_HEIGHT = 620;
const PLOT_HEIGHT = 112;
const ZOOM_HEIGHT = 24;

/** The grids, and the axes of the same index. */
export const HEAT = 0;
export const MOVES = 1;
export const FAULTS = 2;
export const ON_DEVICE = 3;
export const BYTES = 4;
/** The grids over time. */
export const TIME_GRIDS: readonly number[] = [HEAT, FAULTS, ON_DEVICE, BYTES];

export interface Box { left?: number; right: number; width?: number; top: number; height: number }
export interface Layout { grids: readonly Box[]; zoom: Box; height: number }

export function layOut(rows: number): Layout {
  const heat_height = Math.min(MOST_HEAT_HEIGHT, Math.max(LEAST_HEAT_HEIGHT, rows * ROW_HEIGHT));
  const across = { left: LEFT, right: RIGHT };
  const below_heat = TITLE_HEIGHT + heat_height + AXIS_HEIGHT;
  const plot = (place: number): Box =>
    ({ ...across, top: below_heat + place * (PLOT_HEIGHT + TITLE_HEIGHT) + TITLE_HEIGHT, height: PLOT_HEIGHT });
  const last = plot(2);
  const zoom = { ...across, top: last.top + last.height + AXIS_HEIGHT + 8, height: ZOOM_HEIGHT };
  return {
    grids: [
      { ...across, top: TITLE_HEIGHT, height: heat_height },
      { right: 0, width: MOVES_WIDTH, top: TITLE_HEIGHT, height: heat_height },
      plot(0), plot(1), last,
    ],
    zoom,
    height: zoom.top + zoom.height + 4,
  };
}
