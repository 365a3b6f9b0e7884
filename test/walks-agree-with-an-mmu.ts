// Page tables with the answers of an MMU that is not ours: every answer of the bundled fixtures, and one changed digit is noticed.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkFixture, fixturesIn, type Fixture } from "./help/truth.js";

const FOLDER = "test/fixtures/truth", test = suite("walks agree with an MMU"), names = fixturesIn(FOLDER);
/** The last digit but three of an address is another one. */
const changed = (address: string): string => address.replace(/(.)(...)$/, (_, digit: string, rest: string) => ((parseInt(digit, 16) + 1) % 16).toString(16) + rest);

test("there are fixtures of each family", () => {
  for (const family of ["x86_64", "riscv", "aarch64"]) assert.ok(names.some((name) => name.startsWith(family)), family);
});

for (const name of names) {
  test(`${name}: every answer`, async () => {
    const { kinds, disagreements } = await checkFixture(FOLDER, name);
    assert.equal(disagreements, []);
    assert.ok((kinds.get("probes")?.checked ?? 0) > 500 && (kinds.get("unmapped")?.checked ?? 0) > 500, `only ${JSON.stringify([...kinds])}`);
  });
  const tampered = async (change: (fixture: Fixture) => void): Promise<number> =>
    [...(await checkFixture(FOLDER, name, change)).kinds.values()].reduce((sum, { wrong }) => sum + wrong, 0);
  test(`${name}: an answer with one other digit disagrees`, async () => {
    assert.is(await tampered(({ probes }) => { probes[7]![1] = changed(probes[7]![1]); }), 1, "another output address");
    assert.is(await tampered(({ probes, unmapped }) => { unmapped[0] = probes[11]![0]; }), 1, "a mapped address as unmapped");
    assert.is(await tampered(({ probes, unmapped }) => { probes[3]![0] = unmapped[5] as string; }), 1, "an unmapped address as mapped");
  });
}
test.run();
