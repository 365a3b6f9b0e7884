// Which formats this build has. Adding one: its layout file, its format file, and one line in `dispatch`.
import { FormatId } from "../layout/table";
import { Generic } from "./generic";
import { Sv48 } from "./sv48";
import { X86_64 } from "./x86_64";

/**
 * Runs a verb, compiled once per format: V is a class whose only method `run` is generic over the format,
 * so that inside it every shift is a constant and no format is asked for again.
 */
@inline export function dispatch<V>(verb: V, format: u32, me: usize, table: usize, page: u64, a: u64, b: u64): u64 {
  if ((format & 0xff) == FormatId.GENERIC) return verb.run<Generic>(changetype<Generic>(<usize>format), me, table, page, a, b);
  if (format == FormatId.SV48) return verb.run<Sv48>(changetype<Sv48>(0), me, table, page, a, b);
  return verb.run<X86_64>(changetype<X86_64>(0), me, table, page, a, b);
}
