// The list of all workloads: filtered by words, sorted by a column. Only the first rows are shown, so that each key stroke is quick.

import { verdictOf, type ListedWorkload } from "./exploration.js";
import { count, counted, secondsText } from "./format.js";

const ROWS_SHOWN = 100;

interface ListColumn { name: string; isText?: true; value(workload: ListedWorkload): number | string; text?(value: number): string }
const COLUMNS: ListColumn[] = [
  { name: "name", isText: true, value: ({ name }) => name },
  { name: "method", isText: true, value: ({ method }) => method },
  { name: "threads", value: ({ threads }) => threads },
  { name: "states", value: ({ states }) => states },
  { name: "transitions", value: ({ transitions }) => transitions },
  { name: "ends", value: ({ ends }) => ends },
  { name: "depth", value: ({ depth }) => depth },
  { name: "seconds", value: ({ seconds }) => seconds, text: secondsText },
  { name: "verdict", isText: true, value: (workload) => workload.bound === undefined || verdictOf(workload) === "violation" ? verdictOf(workload) : `bounded: ${workload.bound}` },
];
const STATES = COLUMNS.findIndex(({ name }) => name === "states");

/** Words, and what is in quotes as one. */
function wordsOf(text: string): string[] { return [...text.matchAll(/"([^"]+)"?|[^\s"]+/g)].map(([word, phrase]) => phrase ?? word); }

/** Fills the section of the list; answers what sets its filter from outside. */
export function drawList(section: HTMLElement, workloads: readonly ListedWorkload[]): (filter: string) => void {
  const box = section.querySelector("input")!, table = section.querySelector("table")!, note = section.querySelector("h2 small")!;
  const rows = workloads.map((workload) => {
    const values = COLUMNS.map((column) => column.value(workload));
    return { values, text: values.filter((value) => typeof value === "string").join(" ").toLowerCase() };
  });
  let by = STATES, descending = true;
  const head = table.createTHead().insertRow(), body = table.createTBody();
  const heads = COLUMNS.map(({ name, isText }, column) => {
    const cell = head.appendChild(document.createElement("th"));
    cell.textContent = name;
    if (isText) cell.className = "text";
    cell.addEventListener("click", () => {
      descending = by === column ? !descending : !isText;
      by = column;
      show();
    });
    return cell;
  });
  const show = (): void => {
    const words = wordsOf(box.value.toLowerCase()), found = rows.filter(({ text }) => words.every((word) => text.includes(word)));
    const compare = (a: number | string, b: number | string): number => typeof a === "number" ? a - Number(b) : a.localeCompare(String(b), "en");
    found.sort((a, b) => (descending ? -1 : 1) * compare(a.values[by]!, b.values[by]!));
    body.replaceChildren(...found.slice(0, ROWS_SHOWN).map(({ values }) => {
      const row = document.createElement("tr");
      values.forEach((value, column) => {
        const cell = row.insertCell();
        cell.textContent = typeof value === "number" ? COLUMNS[column]!.text?.(value) ?? count(value) : value;
        if (COLUMNS[column]!.isText) cell.className = "text";
      });
      return row;
    }));
    heads.forEach((cell, column) => {
      if (column === by) cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    const all = words.length ? `${count(found.length)} of ${counted(rows.length, "workload")}` : counted(rows.length, "workload");
    note.textContent = found.length > ROWS_SHOWN ? `${all}, the first ${ROWS_SHOWN} shown; a column's name sorts by it` : all;
  };
  box.addEventListener("input", show);
  show();
  return (filter) => {
    box.value = filter;
    show();
    section.scrollIntoView({ behavior: "smooth" });
  };
}
