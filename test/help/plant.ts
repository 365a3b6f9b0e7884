// A bug planted on purpose: pieces of assembly files replaced by others, and the test that must notice.

export interface Edit {
  /** File in assembly/, and a text that stands in it exactly once. */
  file: string;
  find: string;
  replace: string;
}
export interface Plant extends Edit {
  name: string;
  /** Name of the test file that must fail. */
  test: string;
  /** Another place that the bug needs; changed first. */
  and?: Edit;
}
