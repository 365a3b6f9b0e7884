// Bugs in address space, mirror, migration and fault service that the stress on one space must find.
import type { Plant } from "./plant.js";

const test = "one-space-is-coherent";

export const HMM_PLANTS: Plant[] = [
  { name: "no drain", test, file: "section.ts",
    find: "if (waitFor(me, slot + Slot.SECTION, section) == Status.WAIT) return Status.WAIT;", replace: "" },
  { name: "no sequence re-check", test, file: "access.ts",
    find: "if (own64(at + Agent.SEQUENCE) != sequence) {", replace: "if (own64(at + Agent.SEQUENCE) == ~sequence) {" },
  { name: "copy before unmap", test, file: "migrate.ts",
    find: "    if (stepOf(ticketWord(ticket)) == TicketStep.PREPARED) invalidate(me, own32(ticket + Ticket.SPACE), page, page + 1, 0);",
    replace: `    if (stepOf(ticketWord(ticket)) != TicketStep.PREPARED) continue;
    dataCopy(frameAt(me, own32(ticket + Ticket.DESTINATION)), frameAt(me, own32(ticket + Ticket.SOURCE)), pageBytes(me));
    invalidate(me, own32(ticket + Ticket.SPACE), page, page + 1, 0);`,
    and: { file: "migrate.ts", replace: "",
      find: "    dataCopy(frameAt(me, own32(ticket + Ticket.DESTINATION)), frameAt(me, own32(ticket + Ticket.SOURCE)), pageBytes(me));\n" } },
  { name: "dirty dropped", test, file: "mirror.ts",
    find: "if (bit(entry, Entry.DIRTY)) markDirty(me, payloadOf(entry));", replace: "" },
  { name: "TLB kept over an invalidation", test, file: "domain.ts",
    find: "add(mirror + Mirror.SEQUENCE, 1)", replace: "add(mirror + Mirror.SEQUENCE, 0)" },
  { name: "sequence moved before the entries are cleared", test, file: "mirror.ts",
    find: "    tableVisit<Invalidator>(me, mirrorTable(mirror), first, end, lost);\n    domainInvalidate(mirror);",
    replace: "    domainInvalidate(mirror);\n    tableVisit<Invalidator>(me, mirrorTable(mirror), first, end, lost);" },
  { name: "munmap does not wait for announced faults", test, file: "space.ts",
    find: "if (waitFor(me, slot + Slot.ANNOUNCED, seen) == Status.WAIT) return Status.WAIT;", replace: "" },
  { name: "areas read before the announcement", test, file: "space.ts",
    find: "  announce(me, page);\n  const status = serve(me, space, page, write);", replace: "  const status = serve(me, space, page, write);\n  announce(me, page);" },
  { name: "device commit without a reservation of its own", test, file: "mirror.ts",
    find: "  return tableChange(me, table, page, reservation, valid);",
    replace: "  return tableChange(me, table, page, tableRead(me, table, page), valid);" },
  { name: "mprotect leaves reservations standing", test, file: "mirror.ts",
    find: "      const stays = kindOf(entry) == EntryKind.PRESENT && a == Right.WRITE;",
    replace: "      if (a == Right.WRITE && kindOf(entry) == EntryKind.RESERVATION) return Visit.KEPT;\n      const stays = kindOf(entry) == EntryKind.PRESENT && a == Right.WRITE;" },
  { name: "frame freed before the drain", test, file: "space.ts",
    find: "    gather(me, <u32>payloadOf(entry), ownerOf(me, <u32>payloadOf(entry)));",
    replace: "    give(me, <u32>payloadOf(entry), ownerOf(me, <u32>payloadOf(entry)));" },
  { name: "one flag for two words: wake-ups are lost", test, file: "section.ts",
    find: "  storeRelease32(word + Slot.WAITED, 0);",
    replace: "  storeRelease32((word & ~511) + Slot.SECTION + Slot.WAITED, 0);\n  storeRelease32((word & ~511) + Slot.ANNOUNCED + Slot.WAITED, 0);" },
  { name: "mmap does not wait for a munmap under way", test: "fresh-memory-is-zero", file: "areas.ts",
    find: "    if (waitFor(me, slot + Slot.CHANGE, word) == Status.WAIT) return Status.WAIT;\n", replace: "" },
  { name: "superseded record not confirmed first", test, file: "areas.ts",
    find: "  confirm(me, frame, OwnerKind.RECORD);\n  retire(me, frame, ownerOf(me, frame));", replace: "  retire(me, frame, ownerOf(me, frame));" },
];
