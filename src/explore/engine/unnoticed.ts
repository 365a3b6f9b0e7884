// Mutants of the engine that nothing can notice, each with its reason: the changed engine does the same in another way.

/** `line`: a part of the source line. `changes`: what is done to it there. */
export interface Unnoticed { line: string; changes: string[]; why: string }

export const UNNOTICED: Unnoticed[] = [
];
