// The shape shared by both C tables: four levels of 512 items as x86-64 has them, directories in one array of frames.
#include <stdint.h>
#include <stdlib.h>

enum { LEVELS = 4, INDEX_BITS = 9, ITEMS = 1 << INDEX_BITS, FRAME_BYTES = 4096, ADDRESS = 12 };
#define PRESENT ((uint64_t)1)
#define WRITE ((uint64_t)1 << 1)
#define USER ((uint64_t)1 << 2)
#define ACCESSED ((uint64_t)1 << 5)
#define EXECUTE_DISABLE ((uint64_t)1 << 63)

static inline uint64_t directory_item(uint64_t frame) { return frame << ADDRESS | PRESENT | WRITE | USER | ACCESSED; }
static inline uint64_t leaf_item(uint64_t frame) { return frame << ADDRESS | PRESENT | WRITE | USER | EXECUTE_DISABLE; }
static inline uint64_t item_frame(uint64_t item) { return item >> ADDRESS & (((uint64_t)1 << 40) - 1); }
static inline uint64_t index_at(uint64_t page, int level) { return page >> (level * INDEX_BITS) & (ITEMS - 1); }

/** How many of the `count` pages from `page` on share its leaf directory. */
static inline uint64_t run_in_leaf(uint64_t page, uint64_t count) {
  uint64_t left = ITEMS - index_at(page, 0);
  return count < left ? count : left;
}

/** As many directories as a table of so many pages can need, whatever the alignment of its first page. */
static inline uint64_t directories_for(uint64_t pages) {
  uint64_t count = 1;
  for (int level = 0; level < LEVELS - 1; level++) count += (pages >> ((level + 1) * INDEX_BITS)) + 2;
  return count;
}

static inline void *frames_allocate(uint64_t count) {
  void *frames = aligned_alloc(FRAME_BYTES, count * FRAME_BYTES);
  if (!frames) abort();
  return frames;
}
