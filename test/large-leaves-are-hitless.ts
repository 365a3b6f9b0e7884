// Cutting and merging disturb nobody (R1, H3): real workers read and write while another changes the sizes of the leaves under them.
// `npm run long` does it for longer, in more formats, and says what happened.
import { suite } from "uvu";
import type { FormatName } from "../src/formats.js";
import { SEED } from "./help/engine.js";
import { resizeFor } from "./help/resizing.js";

const hitless = suite("large leaves");

for (const format of ["x86-64", "riscv-sv48", "riscv-sv48-svnapot"] as FormatName[])
  hitless(`cut and merged under readers and writers (${format}, seed ${SEED})`, async () => { await resizeFor(format, 1); });

hitless.run();
