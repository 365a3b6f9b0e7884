// What the report's page carries for its plots.

import type { ReplayResult, Timeline } from "../replay/result.js";

export const DATA_ELEMENT = "report-data";
export const TIME_ELEMENT = "time-plots";
export const SERVICE_ELEMENT = "service-plot";

export interface PageData {
  page_bytes: number;
  /** Pages that the device's memory can hold. */
  device_capacity: number;
  timeline: Timeline;
}

export function pageData(result: ReplayResult, timeline: Timeline): PageData {
  return {
    page_bytes: result.page_bytes,
    device_capacity: Math.floor(result.device_memory_bytes / result.page_bytes),
    timeline,
  };
}
