// The cases of the table bench, and the program around them. Included last by each table, which defines the verbs below.
// Mirrors ../workload.ts: the same pages in the same order, so that both sides can compare their checks.
//
//   PROGRAM PAGES SEED FIRST_PAGE BATCH      then one line `CASE COUNT SEED` per measurement on the standard input: at least COUNT
//   pages are passed through; answered by {"ns","check"}: nanoseconds a page, and the sum of all frames seen (32 bits)
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** Pages of one leaf directory, and of a call for a range: one half of a leaf. */
enum { LEAF = 512, RANGE = 256 };
/** Of how many pages one is looked at when a table is checked; the frame that the first page is mapped to. */
enum { CHECK_STEP = 16, FIRST_FRAME = 0x123456 };

/** Makes the table, big enough for so many successive pages. */
static void table_create(uint64_t pages);
/** Makes it as new; nothing is mapped when this is called. */
static void table_clear(void);
/** The frame, or -1. */
static int64_t table_lookup(uint64_t page);
static void table_lookup_batch(const uint64_t *pages, int64_t *frames, uint64_t count);
/** 0 when the page is mapped already. */
static int table_map(uint64_t page, uint64_t frame);
/** The frame that was mapped, or -1. */
static int64_t table_unmap(uint64_t page);
/** How many pages were mapped; stops at the first that is mapped already. */
static uint64_t table_map_range(uint64_t page, uint64_t count, uint64_t frame);
/** How many pages were unmapped, and their frames. */
static uint64_t table_unmap_range(uint64_t page, uint64_t count, int64_t *frames);

static uint64_t page_count, first_page, batch_pages;
static uint64_t *random_pages, *random_leaves; // each once
static uint64_t *wanted_pages; // what a translation asks for
static int64_t *found_frames;
static int is_full;

static uint32_t xorshift(uint32_t *state) {
  uint32_t x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

/** The same whether a page is mapped alone or with its neighbours. */
static uint64_t frame_of(uint64_t page) { return page - first_page + FIRST_FRAME; }

static void *memory(uint64_t bytes) {
  void *at = calloc(bytes, 1);
  if (!at) abort();
  return at;
}

/** Every `step`th of the `count` pages from `first` on, in an order that the seed decides. */
static uint64_t *shuffled(uint64_t first, uint64_t count, uint64_t step, uint32_t seed) {
  uint64_t *pages = (uint64_t *)memory(count / step * sizeof *pages);
  for (uint64_t i = 0; i < count / step; i++) pages[i] = first + i * step;
  for (uint64_t i = count / step - 1; i > 0; i--) {
    uint64_t j = xorshift(&seed) % (i + 1), page = pages[i];
    pages[i] = pages[j];
    pages[j] = page;
  }
  return pages;
}

static double clock_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}
/** Time of the processor: what others on the machine take is not counted. */
static double now_ns(void) { return clock_ns(CLOCK_PROCESS_CPUTIME_ID); }

static void fail(const char *what) {
  fprintf(stderr, "table: %s\n", what);
  exit(1);
}

static void lookup_batches(const uint64_t *pages, int64_t *frames, uint64_t count) {
  for (uint64_t i = 0; i < count; i += batch_pages) {
    uint64_t rest = count - i;
    table_lookup_batch(pages + i, frames + i, rest < batch_pages ? rest : batch_pages);
  }
}

/** The same pages in order, with no list of them. */
static void lookup_ranges(int64_t *frames, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) frames[i] = table_lookup(first_page + i % page_count);
}

static void map_single(const uint64_t *pages, uint64_t count) {
  int mapped = 1;
  for (uint64_t i = 0; i < count; i++) mapped &= table_map(pages[i], frame_of(pages[i]));
  if (!mapped) fail("a page was mapped already");
}

static uint32_t unmap_single(const uint64_t *pages, uint64_t count) {
  uint32_t sum = 0;
  for (uint64_t i = 0; i < count; i++) sum += (uint32_t)table_unmap(pages[i]);
  return sum;
}

/** Maps one half of each leaf, or the whole of it. */
static void map_leaves(uint64_t offset, uint64_t count) {
  uint64_t mapped = 0, leaves = page_count / LEAF;
  for (uint64_t i = 0; i < leaves; i++) {
    uint64_t page = random_leaves[i] + offset;
    mapped += table_map_range(page, count, frame_of(page));
  }
  if (mapped != leaves * count) fail("a page of a range was mapped already");
}

static uint32_t unmap_leaves(uint64_t offset, uint64_t count) {
  int64_t frames[LEAF];
  uint64_t unmapped = 0, leaves = page_count / LEAF;
  uint32_t sum = 0;
  for (uint64_t i = 0; i < leaves; i++) {
    uint64_t found = table_unmap_range(random_leaves[i] + offset, count, frames);
    for (uint64_t j = 0; j < found; j++) sum += (uint32_t)frames[j];
    unmapped += found;
  }
  if (unmapped != leaves * count) fail("a page of a range was not mapped");
  return sum;
}

/** By rising page, as programs fill their tables. */
static void be_full(void) {
  if (is_full) return;
  for (uint64_t page = first_page; page < first_page + page_count; page += LEAF) table_map_range(page, LEAF, frame_of(page));
  is_full = 1;
}

static void be_empty(void) {
  if (is_full) unmap_leaves(0, LEAF);
  is_full = 0;
  table_clear();
}

static uint32_t sum_of_some(void) {
  uint32_t sum = 0;
  for (uint64_t i = 0; i < page_count; i += CHECK_STEP) sum += (uint32_t)table_lookup(first_page + i);
  return sum;
}

static void want(const char *name, uint64_t count, uint32_t seed) {
  int in_order = !strcmp(name, "translate-sequential") || !strcmp(name, "translate-range");
  wanted_pages = (uint64_t *)realloc(wanted_pages, count * sizeof *wanted_pages);
  found_frames = (int64_t *)realloc(found_frames, count * sizeof *found_frames);
  if (!wanted_pages || !found_frames) abort();
  for (uint64_t i = 0; i < count; i++) wanted_pages[i] = first_page + (in_order ? i : xorshift(&seed)) % page_count;
}

static double play_translate(const char *name, uint64_t count, uint32_t seed, uint32_t *check) {
  be_full();
  want(name, count, seed);
  double begin = now_ns();
  if (!strcmp(name, "translate-single")) {
    uint32_t sum = 0;
    for (uint64_t i = 0; i < count; i++) sum += (uint32_t)table_lookup(wanted_pages[i]);
    double ns = now_ns() - begin;
    *check = sum;
    return ns / (double)count;
  }
  if (!strcmp(name, "translate-range")) lookup_ranges(found_frames, count);
  else lookup_batches(wanted_pages, found_frames, count);
  double ns = now_ns() - begin;
  for (uint64_t i = 0; i < count; i++) *check += (uint32_t)found_frames[i];
  return ns / (double)count;
}

/** What changes the table, once through all its pages; nanoseconds. */
static double play_once(const char *name, uint32_t *check, uint64_t *pages) {
  double ns = 0, begin;
  *pages = page_count;
  if (!strcmp(name, "map-single")) {
    be_empty();
    begin = now_ns();
    map_single(random_pages, page_count);
    ns = now_ns() - begin;
    is_full = 1;
    *check += sum_of_some();
  } else if (!strcmp(name, "unmap-single")) {
    be_full();
    begin = now_ns();
    uint32_t sum = unmap_single(random_pages, page_count);
    ns = now_ns() - begin;
    is_full = 0;
    *check += sum;
  } else if (!strcmp(name, "map-new")) {
    *pages = page_count / 2;
    be_empty();
    begin = now_ns();
    map_leaves(0, RANGE);
    ns = now_ns() - begin;
    *check += sum_of_some();
    unmap_leaves(0, RANGE);
  } else if (!strcmp(name, "edit-existing") || !strcmp(name, "edit-owned")) { // each page twice: mapped and unmapped
    be_empty();
    map_leaves(0, RANGE);
    begin = now_ns();
    map_leaves(RANGE, RANGE);
    uint32_t sum = unmap_leaves(RANGE, RANGE);
    ns = now_ns() - begin;
    *check += sum;
    unmap_leaves(0, RANGE);
  } else fail("no such case");
  return ns;
}

#ifdef PLAYS_TWO
#include "two.h"
#endif

static double play(const char *name, uint64_t count, uint32_t seed, uint32_t *check) {
  if (!strncmp(name, "translate-", 10)) return play_translate(name, count, seed, check);
  double ns = 0;
  uint64_t passed = 0, pages;
  for (; passed < count; passed += pages) ns += play_once(name, check, &pages);
  return ns / (double)passed;
}

int main(int argc, char **argv) {
  if (argc != 5) fail("expected PAGES SEED FIRST_PAGE BATCH");
  page_count = strtoull(argv[1], NULL, 10);
  uint32_t seed = (uint32_t)strtoul(argv[2], NULL, 10);
  first_page = strtoull(argv[3], NULL, 10);
  batch_pages = strtoull(argv[4], NULL, 10);
  random_pages = shuffled(first_page, page_count, 1, seed);
  random_leaves = shuffled(first_page, page_count, LEAF, seed);
  table_create(page_count);
#ifdef PLAYS_TWO
  two_create(seed);
#endif

  char name[64];
  uint64_t count;
  while (scanf("%63s %" SCNu64 " %" SCNu32, name, &count, &seed) == 3) {
    uint32_t check = 0;
    double alone = 0;
#ifdef PLAYS_TWO
    double ns = strncmp(name, "two-", 4) ? play(name, count, seed, &check) : play_two(name, count, seed, &check, &alone);
#else
    double ns = play(name, count, seed, &check);
#endif
    printf("{\"ns\":%.4f,\"alone\":%.4f,\"check\":%" PRIu32 "}\n", ns, alone, check);
    fflush(stdout);
  }
  return 0;
}
