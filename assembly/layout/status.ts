// What a step answers. Integers only.
export enum Status {
  OK = 0,
  AGAIN = 1, // something changed under us: look again
  WAIT = 2, // would wait for a word: its address and value are in the slot
  EXIST = 3, // something is mapped there already
  NONE = 4, // nothing is mapped there
  NOMEM = 5, // no frame; nothing was done
  HOLE = 6, // no area covers the page
  DENIED = 7, // the area does not allow this access
  BACK = 8, // the page is on the device: bring it back first
  MIGRATE = 9, // the device wants the page: migrate it or map it where it is
  CPU_FAULT = 10, // the CPU's entry must be filled first
  BUSY = 11, // somebody else is moving the page
  STALE = 12, // the handle names something that is gone
  DEAD = 13, // the mirror was killed
  FULL = 14, // no room in a table, ring or log
  MORE = 15, // a part is done, call again
  END = 16, // nothing is left
  LACKING = 17, // this build has no such format
}
