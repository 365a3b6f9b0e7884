// npm run truth -- FOLDER: every fixture of a folder against the walker.
import process from "node:process";
import Table from "cli-table3";
import { checkFixture, fixturesIn } from "../help/truth.js";

const folder = process.argv[2];
if (!folder) {
  console.error("truth: expected a folder of fixtures (NAME.json beside NAME.bin.gz)");
  process.exit(2);
}
const names = fixturesIn(folder);
if (names.length === 0) {
  console.error(`truth: ${folder} holds no fixture: expected NAME.json beside NAME.bin.gz`);
  process.exit(2);
}
const table = new Table({ head: ["fixture", "answers checked", "disagreements"], style: { head: [] }, wordWrap: true, colWidths: [28, 90, 15] });
let wrong = 0;
for (const name of names) {
  const { kinds, disagreements, skipped } = await checkFixture(folder, name), bad = [...kinds.values()].reduce((sum, tally) => sum + tally.wrong, 0);
  wrong += bad;
  table.push([name, skipped ?? [...kinds].map(([kind, { checked }]) => `${kind} ${checked}`).join(", "), skipped ? "-" : bad]);
  for (const each of disagreements) console.log(`${name}: ${each}`);
}
console.log(table.toString());
process.exit(wrong ? 1 : 0);
