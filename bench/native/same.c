// The limit with our protocol: sequentially consistent atomics, a section per verb, one compare-and-swap per entry, directories
// published whole, frozen when they empty and re-used when the epoch has passed. What another thread would have to do to make a
// swap fail is left out: a failed swap ends the program.
#include "radix.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 64, LINE_BYTES = 64, MAX_MISSING = LEVELS - 1 };
enum { FREE = 0, TRANSIT = 1, LIVE = 2, FREEZING = 3, DEAD = 4, RETIRED = 5, KIND_BITS = 3, ARGUMENT = 8 };

typedef _Atomic uint64_t word;
typedef struct { word owner; uint64_t place; _Atomic uint32_t hint; } descriptor;
typedef struct { _Alignas(LINE_BYTES) word section; word waited; } slot;

static word (*directories)[ITEMS];
static descriptor *descriptors;
static uint32_t *hints; // frames to look at first when one is taken: a stack
static uint64_t hint_count;
static _Alignas(LINE_BYTES) word epoch;
static slot slots[THREADS];
static slot *me = &slots[0];
static uint64_t horizon; // what was stamped below it can be re-used
static uint64_t in_hand[MAX_MISSING], in_hand_count;
static word *path[LEVELS];

static inline void must(int swapped) {
  if (swapped) return;
  fprintf(stderr, "table: a swap failed with one thread\n");
  abort();
}
static inline void swap(word *at, uint64_t expected, uint64_t value) { must(atomic_compare_exchange_strong(at, &expected, value)); }
static inline uint64_t owner(uint64_t kind, uint64_t argument) { return argument << ARGUMENT | kind; }
static inline uint64_t mark(uint64_t generation) { return generation << 4 | 2; }
static inline int is_empty_item(uint64_t item) { return item == 0 || (item & 15) == 2; }

static inline void enter(void) { atomic_store(&me->section, atomic_load(&epoch) << 1 | 1); }
static inline void leave(void) {
  atomic_store(&me->section, 0);
  if (atomic_load(&me->waited)) abort();
}

static int ripe(uint64_t stamp) {
  if (stamp < horizon) return 1;
  horizon = atomic_fetch_add(&epoch, 1) + 1;
  for (int i = 0; i < THREADS; i++) {
    uint64_t section = atomic_load(&slots[i].section);
    if (section & 1 && section >> 1 < horizon) horizon = section >> 1;
  }
  return stamp < horizon;
}

/** Takes zeroed frames until `count` are in hand. */
static void reserve(uint64_t count) {
  while (in_hand_count < count) {
    uint64_t frame = hints[--hint_count], seen = atomic_load(&descriptors[frame].owner);
    must((seen & ((1 << KIND_BITS) - 1)) == FREE || ripe(seen >> ARGUMENT));
    swap(&descriptors[frame].owner, seen, owner(TRANSIT, 1));
    memset((void *)directories[frame], 0, FRAME_BYTES);
    in_hand[in_hand_count++] = frame;
  }
}

static void table_create(uint64_t pages) {
  uint64_t count = directories_for(pages);
  directories = frames_allocate(count);
  memset((void *)directories, 0, count * FRAME_BYTES);
  descriptors = calloc(count, sizeof *descriptors);
  hints = calloc(count, sizeof *hints);
  for (uint64_t frame = count - 1; frame > 0; frame--) hints[hint_count++] = (uint32_t)frame;
  atomic_store(&descriptors[0].owner, owner(LIVE, 0));
}

static void table_clear(void) {} // every directory but the root was given back when it emptied

static inline uint64_t lookup_item(uint64_t page) {
  word *directory = directories[0];
  for (int level = LEVELS - 1; level > 0; level--) {
    uint64_t item = atomic_load(&directory[index_at(page, level)]);
    if (!(item & PRESENT)) return 0;
    directory = directories[item_frame(item)];
  }
  return atomic_load(&directory[index_at(page, 0)]);
}

/** Walks as far as directories go and notes the items' addresses; answers the level of the last one. */
static inline int descend(uint64_t page) {
  word *directory = directories[0];
  for (int level = LEVELS - 1;; level--) {
    path[level] = &directory[index_at(page, level)];
    if (level == 0) return 0;
    uint64_t item = atomic_load(path[level]);
    if (!(item & PRESENT)) return level;
    directory = directories[item_frame(item)];
  }
}

/** Builds the missing directories below `level` in private with `count` entries in the leaf, publishes them, relabels them. */
static void install(int level, uint64_t page, uint64_t count, uint64_t frame) {
  uint64_t item = 0, built[MAX_MISSING];
  for (int below = 0; below < level; below++) {
    built[below] = in_hand[--in_hand_count];
    uint64_t *directory = (uint64_t *)directories[built[below]];
    if (below) directory[index_at(page, below)] = item;
    else for (uint64_t i = 0; i < count; i++) directory[index_at(page, 0) + i] = leaf_item(frame + i);
    descriptors[built[below]].place = page << 4 | (uint64_t)below;
    item = directory_item(built[below]);
  }
  swap(path[level], atomic_load(path[level]), item);
  while (level-- > 0) swap(&descriptors[built[level]].owner, owner(TRANSIT, 1), owner(LIVE, 0));
}

/** Looks first where the last live item was seen. */
static int is_empty(uint64_t frame) {
  uint32_t first = atomic_load(&descriptors[frame].hint) & (ITEMS - 1);
  for (uint32_t n = 0; n < ITEMS; n++) {
    uint32_t i = (first + n) & (ITEMS - 1);
    if (is_empty_item(atomic_load(&directories[frame][i]))) continue;
    if (n) atomic_store(&descriptors[frame].hint, i);
    return 0;
  }
  return 1;
}

/** Gives back each directory upwards that is empty now: freezes every item, unhooks, retires. */
static void prune(void) {
  for (int level = 0; level < LEVELS - 1; level++) {
    uint64_t frame = (uint64_t)(path[level] - directories[0]) / ITEMS, seen = atomic_load(&descriptors[frame].owner);
    if (!is_empty(frame)) return;
    uint64_t generation = (seen >> ARGUMENT) + 1;
    swap(&descriptors[frame].owner, seen, owner(FREEZING, generation));
    for (int i = 0; i < ITEMS; i++) swap(&directories[frame][i], atomic_load(&directories[frame][i]), mark(generation));
    swap(&descriptors[frame].owner, owner(FREEZING, generation), owner(DEAD, generation));
    swap(path[level + 1], directory_item(frame), 0);
    swap(&descriptors[frame].owner, owner(DEAD, generation), owner(RETIRED, atomic_load(&epoch)));
    hints[hint_count++] = (uint32_t)frame;
  }
}

static inline int64_t table_lookup(uint64_t page) {
  enter();
  uint64_t item = lookup_item(page);
  leave();
  return item & PRESENT ? (int64_t)item_frame(item) : -1;
}

static void table_lookup_batch(const uint64_t *pages, int64_t *frames, uint64_t count) {
  enter();
  for (uint64_t i = 0; i < count; i++) {
    uint64_t item = lookup_item(pages[i]);
    frames[i] = item & PRESENT ? (int64_t)item_frame(item) : -1;
  }
  leave();
}

static inline int table_map(uint64_t page, uint64_t frame) {
  enter();
  int level = descend(page);
  if (level) { // frames are taken outside any section
    leave();
    reserve((uint64_t)level);
    enter();
    level = descend(page);
    install(level, page, 1, frame);
  } else {
    uint64_t item = atomic_load(path[0]);
    if (!is_empty_item(item)) {
      leave();
      return 0;
    }
    swap(path[0], item, leaf_item(frame));
  }
  leave();
  return 1;
}

static inline int64_t table_unmap(uint64_t page) {
  int64_t frame = -1;
  enter();
  if (descend(page) == 0) {
    uint64_t item = atomic_load(path[0]);
    if (item & PRESENT) {
      swap(path[0], item, 0);
      frame = (int64_t)item_frame(item);
      prune();
    }
  }
  leave();
  return frame;
}

static uint64_t table_map_range(uint64_t page, uint64_t count, uint64_t frame) {
  uint64_t done = 0;
  while (done < count) {
    uint64_t run = run_in_leaf(page + done, count - done), mapped = 0;
    enter();
    int level = descend(page + done);
    if (level) {
      leave();
      reserve((uint64_t)level);
      enter();
      install(descend(page + done), page + done, run, frame + done);
      mapped = run;
    } else for (; mapped < run; mapped++) {
      uint64_t item = atomic_load(path[0] + mapped);
      if (!is_empty_item(item)) break;
      swap(path[0] + mapped, item, leaf_item(frame + done + mapped));
    }
    leave();
    done += mapped;
    if (mapped < run) break;
  }
  return done;
}

static uint64_t table_unmap_range(uint64_t page, uint64_t count, int64_t *frames) {
  uint64_t unmapped = 0;
  for (uint64_t done = 0, run; done < count; done += run) {
    run = run_in_leaf(page + done, count - done);
    enter();
    if (descend(page + done) == 0) {
      uint64_t before = unmapped;
      for (uint64_t i = 0; i < run; i++) {
        uint64_t item = atomic_load(path[0] + i);
        if (!(item & PRESENT)) continue;
        swap(path[0] + i, item, 0);
        frames[unmapped++] = (int64_t)item_frame(item);
      }
      if (unmapped > before) prune();
    }
    leave();
  }
  return unmapped;
}

#include "cases.h"
