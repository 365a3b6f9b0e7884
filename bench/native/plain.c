// The limit without any protocol: plain loads and stores, directories never given back.
//   -DIN_FLIGHT=N        a batch walks N pages at once, level by level
//   -DEXCHANGE           an entry changes by an atomic exchange: its owner alone writes it, others may read
//   -DCOMPARE_AND_SWAP   an entry changes by a compare-and-swap: others may change it as well
#define PLAYS_TWO
#include "radix.h"
#include <string.h>

static uint64_t (*directories)[ITEMS];
static uint64_t used; // directories taken; 0 is the root

static void table_create(uint64_t pages) {
  directories = frames_allocate(directories_for(pages));
  memset(directories[0], 0, sizeof directories[0]);
  used = 1;
}

static void table_clear(void) {
  memset(directories[0], 0, sizeof directories[0]);
  used = 1;
}

/** Changes an item from what it was seen to be. One thread edits a page here, so nothing comes in between. */
static inline int change(uint64_t *item, uint64_t seen, uint64_t value) {
#if defined(EXCHANGE)
  return __atomic_exchange_n(item, value, __ATOMIC_SEQ_CST) == seen;
#elif defined(COMPARE_AND_SWAP)
  return __atomic_compare_exchange_n(item, &seen, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
#else
  (void)seen;
  *item = value;
  return 1;
#endif
}

/** The item of level 0, NULL where a directory is missing. */
static inline uint64_t *find(uint64_t page) {
  uint64_t *directory = directories[0];
  for (int level = LEVELS - 1; level > 0; level--) {
    uint64_t item = directory[index_at(page, level)];
    if (!(item & PRESENT)) return NULL;
    directory = directories[item_frame(item)];
  }
  return &directory[index_at(page, 0)];
}

static inline uint64_t *make(uint64_t page) {
  uint64_t *directory = directories[0];
  for (int level = LEVELS - 1; level > 0; level--) {
    uint64_t *item = &directory[index_at(page, level)];
    if (!(*item & PRESENT)) {
      uint64_t frame = __atomic_fetch_add(&used, 1, __ATOMIC_RELAXED);
      memset(directories[frame], 0, sizeof directories[frame]);
      *item = directory_item(frame);
    }
    directory = directories[item_frame(*item)];
  }
  return &directory[index_at(page, 0)];
}

static inline int64_t table_lookup(uint64_t page) {
  uint64_t *item = find(page);
  return item && *item & PRESENT ? (int64_t)item_frame(*item) : -1;
}

#ifdef IN_FLIGHT
static void table_lookup_batch(const uint64_t *pages, int64_t *frames, uint64_t count) {
  uint64_t i = 0;
  for (; i + IN_FLIGHT <= count; i += IN_FLIGHT) {
    uint64_t *directory[IN_FLIGHT];
    for (int n = 0; n < IN_FLIGHT; n++) directory[n] = directories[0];
    for (int level = LEVELS - 1; level > 0; level--)
      for (int n = 0; n < IN_FLIGHT; n++) {
        uint64_t item = directory[n] ? directory[n][index_at(pages[i + n], level)] : 0;
        directory[n] = item & PRESENT ? directories[item_frame(item)] : NULL;
      }
    for (int n = 0; n < IN_FLIGHT; n++) {
      uint64_t item = directory[n] ? directory[n][index_at(pages[i + n], 0)] : 0;
      frames[i + n] = item & PRESENT ? (int64_t)item_frame(item) : -1;
    }
  }
  for (; i < count; i++) frames[i] = table_lookup(pages[i]);
}
#else
static void table_lookup_batch(const uint64_t *pages, int64_t *frames, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) frames[i] = table_lookup(pages[i]);
}
#endif

static inline int table_map(uint64_t page, uint64_t frame) {
  uint64_t *item = make(page), seen = *item;
  return !(seen & PRESENT) && change(item, seen, leaf_item(frame));
}

static inline int64_t table_unmap(uint64_t page) {
  uint64_t *item = find(page), seen = item ? *item : 0;
  return seen & PRESENT && change(item, seen, 0) ? (int64_t)item_frame(seen) : -1;
}

static uint64_t table_map_range(uint64_t page, uint64_t count, uint64_t frame) {
  uint64_t done = 0;
  while (done < count) {
    uint64_t stop = done + run_in_leaf(page + done, count - done), *item = make(page + done);
    for (; done < stop; done++, item++)
      if (*item & PRESENT || !change(item, *item, leaf_item(frame + done))) return done;
  }
  return done;
}

static uint64_t table_unmap_range(uint64_t page, uint64_t count, int64_t *frames) {
  uint64_t unmapped = 0;
  for (uint64_t done = 0, run; done < count; done += run) {
    run = run_in_leaf(page + done, count - done);
    uint64_t *item = find(page + done);
    if (!item) continue;
    for (uint64_t i = 0; i < run; i++) {
      uint64_t seen = item[i];
      if (seen & PRESENT && change(&item[i], seen, 0)) frames[unmapped++] = (int64_t)item_frame(seen);
    }
  }
  return unmapped;
}

#include "cases.h"
