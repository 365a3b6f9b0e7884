// The limit without any protocol: one thread, plain loads and stores, directories never given back.
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
      memset(directories[used], 0, sizeof directories[used]);
      *item = directory_item(used++);
    }
    directory = directories[item_frame(*item)];
  }
  return &directory[index_at(page, 0)];
}

static inline int64_t table_lookup(uint64_t page) {
  uint64_t *item = find(page);
  return item && *item & PRESENT ? (int64_t)item_frame(*item) : -1;
}

static void table_lookup_batch(const uint64_t *pages, int64_t *frames, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) frames[i] = table_lookup(pages[i]);
}

static inline int table_map(uint64_t page, uint64_t frame) {
  uint64_t *item = make(page);
  if (*item & PRESENT) return 0;
  *item = leaf_item(frame);
  return 1;
}

static inline int64_t table_unmap(uint64_t page) {
  uint64_t *item = find(page);
  if (!item || !(*item & PRESENT)) return -1;
  int64_t frame = (int64_t)item_frame(*item);
  *item = 0;
  return frame;
}

static uint64_t table_map_range(uint64_t page, uint64_t count, uint64_t frame) {
  uint64_t done = 0;
  while (done < count) {
    uint64_t stop = done + run_in_leaf(page + done, count - done), *item = make(page + done);
    for (; done < stop; done++, item++) {
      if (*item & PRESENT) return done;
      *item = leaf_item(frame + done);
    }
  }
  return done;
}

static uint64_t table_unmap_range(uint64_t page, uint64_t count) {
  uint64_t unmapped = 0;
  for (uint64_t done = 0, run; done < count; done += run) {
    run = run_in_leaf(page + done, count - done);
    uint64_t *item = find(page + done);
    if (!item) continue;
    for (uint64_t i = 0; i < run; i++) unmapped += item[i] & PRESENT;
    memset(item, 0, run * sizeof *item);
  }
  return unmapped;
}

#include "cases.h"
