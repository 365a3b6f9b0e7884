// Where a trace's text comes from: a file or standard input, plain or gzip, as chunks of bytes.
import { createReadStream, statSync } from "node:fs";
import { createGunzip } from "node:zlib";
import { PageMirrorError } from "../error.js";

const CHUNK_BYTES = 1 << 20;

/** The bytes of a trace, unpacked. EINVAL with one line for a file that cannot be read or is cut off. */
export async function* openTrace(name: string): AsyncGenerator<Uint8Array> {
  if (name !== "-") checkFile(name);
  const raw = name === "-" ? process.stdin : createReadStream(name, { highWaterMark: CHUNK_BYTES });
  try {
    for await (const chunk of await unpacked(raw)) yield chunk as Uint8Array;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof PageMirrorError) throw error;
    throw new PageMirrorError("EINVAL", `${shownName(name)}: ${code === "Z_BUF_ERROR" ? "the gzip data ends too early: expected a whole file" : message}`);
  }
}

export function shownName(name: string): string { return name === "-" ? "standard input" : name; }

function checkFile(name: string): void {
  let directory: boolean;
  try { directory = statSync(name).isDirectory(); }
  catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new PageMirrorError("EINVAL", `${name}: ${missing ? "no such file" : (error as Error).message}; expected a lackey trace, plain or .gz`);
  }
  if (directory) throw new PageMirrorError("EINVAL", `${name}: is a directory; expected a lackey trace, plain or .gz`);
}

/** Looks at the first two bytes: gzip says 1f 8b. */
async function unpacked(raw: NodeJS.ReadableStream): Promise<AsyncIterable<unknown>> {
  const chunks = raw[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 2) { // a pipe may bring them one by one
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* whole(): AsyncGenerator<Buffer> {
    yield head;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  if (head[0] !== 0x1f || head[1] !== 0x8b) return whole();
  const { pipeline } = await import("node:stream");
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  pipeline(whole, gunzip, () => { /* the error reaches whoever reads gunzip */ });
  return gunzip;
}
