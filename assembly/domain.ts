// What stands between a device and memory: every address that a mirror's table gives is one of the mirror's domain, and every
// invalidation passes here on its way to the device. The domain is identity: its addresses are frame numbers as they are.
import { Mirror } from "./layout/space";
import { add, loadAcquire } from "./door";

/** The frame that a device reaches at a frame number of its domain. */
@inline export function domainFrame(mirror: usize, frame: u64): u64 { return frame; }

/** The sequence that translations cached by the device are checked against. Load it before the entry. */
@inline export function domainSequence(mirror: usize): u64 { return loadAcquire(mirror + Mirror.SEQUENCE); }

/** Ends what the device caches. After the mirror's entries are cleared, never before (H1). */
@inline export function domainInvalidate(mirror: usize): void { add(mirror + Mirror.SEQUENCE, 1); }
