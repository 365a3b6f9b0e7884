import type { Plant } from "./plant.js";

export const TABLE_PLANTS: Plant[] = [];
