// The report's colours. Blue against amber holds for every common colour blindness; contested is darker than any shade
// of either, so that it stands out by lightness alone.

export const CPU_COLOUR = "#3b83bd";
export const DEVICE_COLOUR = "#e69f00";
export const CONTESTED_COLOUR = "#b3003b";
export const TEXT_COLOUR = "#1f2933";
export const MUTED_COLOUR = "#647282";
export const LINE_COLOUR = "#dfe4ea";
export const NEUTRAL_COLOUR = "#b4bdc7";
export const GOOD_COLOUR = "#00695c";
/** A workload that was not visited as a whole. */
export const BOUNDED_COLOUR = DEVICE_COLOUR;

export type Toucher = "cpu" | "device" | "both";
export const TOUCHERS: readonly Toucher[] = ["cpu", "device", "both"];
export const TOUCHER_NAMES: Record<Toucher, string> = {
  cpu: "CPU only",
  device: "device only",
  both: "both (contested)",
};

/** From few accesses to many. */
export const SHADES: Record<Toucher, readonly string[]> = {
  cpu: ["#dcebf7", "#c3dcf0", "#a3c9e6", "#80b2da", "#5f9ccc"],
  device: ["#fdf0c4", "#fbe39a", "#f8d36b", "#f3c03c", "#e9ab12"],
  both: ["#d81b54", "#b3003b", "#8f0030", "#6b0026", "#47001b"],
};
export const SHADE_LEVELS = 5;

/** From few states to many. */
export const STATE_SHADES: readonly string[] = ["#e3eef8", "#c3dcf0", "#a3c9e6", "#80b2da", "#5a96c8", "#3b7cb0", "#225d8c", "#123f63"];
