// Migration tickets: one word each, in the arena, PER_THREAD of them a thread. While an entry is MIGRATING(ticket, generation)
// that ticket holds the page: source and destination are its own, and whoever wants the page waits for the ticket's word.
//
//   FREE ──fields, store──> PREPARED ──commit (one store)─> COMMITTED ──roll forward──> FREE, generation + 1
//                              └──────── abort ───────────> ABORTED  ──roll back─────> FREE, generation + 1
import { Entry, EntryKind } from "./layout/entry";
import { Ticket, TicketStep } from "./layout/space";
import { Status } from "./layout/status";
import { loadAcquire, own64, storeRelease, wake } from "./door";
import { answerWait, ticketOf } from "./slot";
import { payloadOf, withPayload } from "./format/format";

@inline export function ticketWord(ticket: usize): u64 { return loadAcquire(ticket + Ticket.WORD); }
/** Of a ticket of this thread: nobody else writes it while the thread lives. */
@inline export function ownTicketWord(ticket: usize): u64 { return own64(ticket + Ticket.WORD); }
@inline export function stepOf(word: u64): u32 { return <u32>word & 0xff; }
@inline function generationOf(word: u64): u64 { return word >> Ticket.GENERATION & ((<u64>1 << Entry.TICKET_GENERATION_BITS) - 1); }

/** The entry that says "this ticket holds the page". */
export function migratingEntry(number: u32, word: u64): u64 {
  return withPayload(EntryKind.MIGRATING, generationOf(word) << Entry.TICKET_BITS | number);
}

/** WAIT for the ticket that holds the page, or AGAIN when it is done with it. */
export function waitForTicket(me: usize, entry: u64): u32 {
  const payload = payloadOf(entry);
  const ticket = ticketOf(me, <u32>payload & ((1 << Entry.TICKET_BITS) - 1)), word = ticketWord(ticket);
  if (stepOf(word) == TicketStep.FREE || generationOf(word) != payload >> Entry.TICKET_BITS) return Status.AGAIN;
  return answerWait(me, ticket + Ticket.WORD, word);
}

/** Moves the thread's own ticket on. */
export function ticketStep(ticket: usize, to: u32): void {
  storeRelease(ticket + Ticket.WORD, ownTicketWord(ticket) >> Ticket.GENERATION << Ticket.GENERATION | to);
}

/** Frees the ticket, whose word was `word`, and wakes who waits for it. Each use has a generation of its own; two buriers store the same. */
export function ticketFree(ticket: usize, word: u64): void {
  storeRelease(ticket + Ticket.WORD, (word >> Ticket.GENERATION) + 1 << Ticket.GENERATION);
  wake(ticket + Ticket.WORD);
}
