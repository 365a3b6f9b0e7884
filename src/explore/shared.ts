// The one memory of an exploration: the subject's, with the explorer's own words behind it. The only file here that views it.
import type { Places } from "./layout.js";
import { PageMirrorError } from "../error.js";
import type { View } from "./workload.js";

export class SharedMemory {
  readonly handle: WebAssembly.Memory;
  /** All of it, as 32-bit words. */
  readonly words: Int32Array;
  readonly #data: DataView;
  readonly #bits = new DataView(new ArrayBuffer(8));
  /** The subject's part, for workloads. */
  readonly view: View;

  constructor(readonly places: Places) {
    this.handle = new WebAssembly.Memory({ initial: places.pages, maximum: places.pages, shared: true });
    this.words = new Int32Array(this.handle.buffer);
    const data = this.#data = new DataView(this.handle.buffer), check = this.check;
    this.view = {
      u8: (at) => { check(at, 1); return data.getUint8(at); },
      u32: (at) => { check(at, 4); return data.getUint32(at, true); },
      i32: (at) => { check(at, 4); return data.getInt32(at, true); },
      u64: (at) => { check(at, 8); return data.getBigUint64(at, true); },
      f64: (at) => { check(at, 8); return data.getFloat64(at, true); },
    };
  }

  readonly check = (at: number, bytes: number): void => {
    if (!(at >= 0 && at + bytes <= this.places.subjectBytes))
      throw new PageMirrorError("EINVAL", `a workload looks at address ${at}: expected one below ${this.places.subjectBytes}`);
  };
  read(at: number, type: string): number {
    return type === "i32" ? this.#data.getInt32(at, true) : type === "i64" ? Number(this.#data.getBigInt64(at, true))
      : type === "f64" ? this.#data.getFloat64(at, true) : this.#data.getFloat32(at, true);
  }
  write(at: number, type: string, value: number | bigint): void {
    if (type === "i32") this.words[at >>> 2] = Number(value);
    else if (type === "i64") this.#data.setBigInt64(at, BigInt(value), true);
    else if (type === "f64") this.#data.setFloat64(at, Number(value), true);
    else this.#data.setFloat32(at, Number(value), true);
  }
  /** The two halves of a number's bits. */
  bitsOf(value: number): [low: number, high: number] {
    this.#bits.setFloat64(0, value, true);
    return [this.#bits.getInt32(0, true), this.#bits.getInt32(4, true)];
  }
}
