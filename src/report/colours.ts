// The report's colours. Blue against amber holds for every common colour blindness; contested is darker than any shade
// of either, so that it stands out by lightness alone.

export const CPU_COLOUR = "#3b83bd";
export const DEVICE_COLOUR = "#e69f00";
export const CONTESTED_COLOUR = "#b3003b";
export const TEXT_COLOUR = "#1f2933";
export const MUTED_COLOUR = "#647282";
export const LINE_COLOUR = "#dfe4ea";
export const NEUTRAL_COLOUR = "#b4bdc7";

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
