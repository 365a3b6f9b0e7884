// What simulators in C++ use in place of a table: a standard container from page to frame. -DORDERED: std::map.
#include <cstdint>
#ifdef ORDERED
#include <map>
static std::map<uint64_t, uint64_t> frames;
#else
#include <unordered_map>
static std::unordered_map<uint64_t, uint64_t> frames;
#endif

static void table_create(uint64_t) {}
static void table_clear(void) { frames.clear(); }

static int64_t table_lookup(uint64_t page) {
  auto found = frames.find(page);
  return found == frames.end() ? -1 : (int64_t)found->second;
}

static void table_lookup_batch(const uint64_t *pages, int64_t *found, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) found[i] = table_lookup(pages[i]);
}

static int table_map(uint64_t page, uint64_t frame) { return frames.emplace(page, frame).second; }

static int64_t table_unmap(uint64_t page) {
  auto found = frames.find(page);
  if (found == frames.end()) return -1;
  int64_t frame = (int64_t)found->second;
  frames.erase(found);
  return frame;
}

static uint64_t table_map_range(uint64_t page, uint64_t count, uint64_t frame) {
  for (uint64_t i = 0; i < count; i++)
    if (!table_map(page + i, frame + i)) return i;
  return count;
}

static uint64_t table_unmap_range(uint64_t page, uint64_t count, int64_t *unmapped) {
  uint64_t n = 0;
  for (uint64_t i = 0; i < count; i++) {
    int64_t frame = table_unmap(page + i);
    if (frame >= 0) unmapped[n++] = frame;
  }
  return n;
}

#include "cases.h"
