// Descriptions of run-time formats: records of the arena, each written once. Whoever knows the number of one reads it by plain loads: it learned
// it from the word that its writer stored last, or from the top of a table that was made after that.
//
//  A (adds a format)                         B (adds the same one)
//  record 0: 0 -> BUSY
//                                            record 0 is being written: passes it over; record 1: 0 -> BUSY
//  writes it; BUSY -> word                   writes it; BUSY -> word
//  [two words mean the same: a record more, and nobody waits; whoever stops in between leaves one that nobody can use]
import { Arena } from "./layout/arena";
import { Description, GenericWord } from "./layout/generic";
import { dataCopy, loadAcquire32, own32, own64, own8, storeRelease32, swap32 } from "./door";
import { arenaOf, stagingOf } from "./slot";

@inline export function describedByte(at: usize, field: usize): i32 { return <i32>own8(at + field); }
@inline export function describedWord32(at: usize, field: usize): u32 { return own32(at + field); }
@inline export function describedWord(at: usize, field: usize): u64 { return own64(at + field); }

/** Where the description is that a format word names. */
@inline export function descriptionOf(me: usize, word: u32): usize {
  return arenaOf(me) + Arena.FORMATS_AT + (<usize>(word >> GenericWord.RECORD & ((1 << GenericWord.RECORD_BITS) - 1)) << Description.BYTES_LG2);
}

/** The word of the format whose description is in staging: of a record that says the same, or of a new one. 0: the arena has no room for it. */
export function addDescription(me: usize): u32 {
  const given = stagingOf(me);
  for (let i: u32 = 0; i < <u32>Arena.FORMATS; i++) {
    const word = own32(given + Description.WORD) | i << GenericWord.RECORD, at = descriptionOf(me, word), seen = loadAcquire32(at + Description.WORD);
    if (seen == word && isSame(at, given)) return word;
    if (seen || !swap32(at + Description.WORD, 0, Description.BUSY)) continue;
    dataCopy(at + sizeof<u32>(), given + sizeof<u32>(), Description.BYTES - sizeof<u32>());
    storeRelease32(at + Description.WORD, word);
    return word;
  }
  return 0;
}
/** Whether two descriptions say the same behind their words. */
function isSame(a: usize, b: usize): bool {
  for (let i: usize = sizeof<u32>(); i < <usize>Description.BYTES; i += sizeof<u32>()) if (own32(a + i) != own32(b + i)) return false;
  return true;
}
