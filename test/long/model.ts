// Random operations by one thread against the dull model, in one arena: some thousand scripts, each on a table that is new and ends empty.
import fc from "fast-check";
import type { FormatName, GenericFormat } from "../../src/formats.js";
import { seedOf } from "../../src/generator.js";
import { SYSTEM_FRAMES, agreement, poolOf } from "../help/agreement.js";
import { SEED, makeEngine } from "../help/engine.js";

const STEPS: [least: number, most: number] = [1, 10_000];

export async function agreesFor(format: FormatName | GenericFormat, operations: number): Promise<string> {
  const { engine, thread } = await makeEngine({ systemFrames: SYSTEM_FRAMES }), before = poolOf(engine, thread);
  let done = 0;
  const property = agreement(engine, thread, format, STEPS, (script) => { done += script.length; });
  for (let chapter = 0; done < operations; chapter++) {
    const { failed, counterexample, errorInstance, numShrinks } = fc.check(property, { seed: seedOf(SEED, chapter) | 0, numRuns: 1 });
    if (!failed) continue;
    const [script, farewell] = counterexample!;
    throw new Error(`script ${chapter}, ${script.length} steps after ${numShrinks} cuts, then all is unmapped (${farewell}): ${JSON.stringify(script)}\n${String(errorInstance)}`);
  }
  const after = poolOf(engine, thread);
  if (!after.clean || after.available !== before.available) throw new Error(`${before.available} frames were there: ${JSON.stringify(after)}`);
  return `${done.toLocaleString("en-US")} operations, audit clean, ${before.available} frames before and ${after.available} after`;
}
