// The cases of the table bench, and the program around them. Included last by each table, which defines the verbs below.
// Mirrors ../workload.ts: the same pages in the same order, so that both sides can compare their checks.
//
//   PROGRAM PAGES SEED FIRST_PAGE BATCH      then one line `CASE ROUNDS` per measurement on the standard input;
//   each is answered by one line {"case","ns","check"}: nanoseconds a page, and the sum of all frames seen (32 bits)
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RANGE = 256 };

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
/** How many pages were unmapped. */
static uint64_t table_unmap_range(uint64_t page, uint64_t count);

static uint64_t page_count, first_page, batch_pages;
static uint64_t *random_pages, *sequential_pages, *random_ranges, *sequential_ranges;
static int64_t *found_frames;

static uint32_t xorshift(uint32_t *state) {
  uint32_t x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

static uint64_t frame_of(uint64_t page) { return ((uint32_t)(page - first_page) * 2654435761u) & 0x0fffffff; }

static uint64_t *every(uint64_t step) {
  uint64_t *pages = (uint64_t *)malloc(page_count / step * sizeof *pages);
  for (uint64_t i = 0; i < page_count / step; i++) pages[i] = first_page + i * step;
  return pages;
}

static uint64_t *shuffled(uint64_t step, uint32_t seed) {
  uint64_t *pages = every(step);
  for (uint64_t i = page_count / step - 1; i > 0; i--) {
    uint64_t j = xorshift(&seed) % (i + 1), page = pages[i];
    pages[i] = pages[j];
    pages[j] = page;
  }
  return pages;
}

static double now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "table: %s\n", what);
  exit(1);
}

static double lookup_single(uint32_t *check) {
  uint32_t sum = 0;
  double begin = now_ns();
  for (uint64_t i = 0; i < page_count; i++) sum += (uint32_t)table_lookup(random_pages[i]);
  double ns = now_ns() - begin;
  *check += sum;
  return ns;
}

static double lookup_batch(const uint64_t *pages, uint32_t *check) {
  double begin = now_ns();
  for (uint64_t i = 0; i < page_count; i += batch_pages) {
    uint64_t rest = page_count - i;
    table_lookup_batch(pages + i, found_frames + i, rest < batch_pages ? rest : batch_pages);
  }
  double ns = now_ns() - begin;
  for (uint64_t i = 0; i < page_count; i++) *check += (uint32_t)found_frames[i];
  return ns;
}

static double map_single(const uint64_t *pages) {
  int mapped = 1;
  double begin = now_ns();
  for (uint64_t i = 0; i < page_count; i++) mapped &= table_map(pages[i], frame_of(pages[i]));
  double ns = now_ns() - begin;
  if (!mapped) fail("a page was mapped already");
  return ns;
}

static double unmap_single(uint32_t *check) {
  uint32_t sum = 0;
  double begin = now_ns();
  for (uint64_t i = 0; i < page_count; i++) sum += (uint32_t)table_unmap(random_pages[i]);
  double ns = now_ns() - begin;
  *check += sum;
  return ns;
}

static double map_range(const uint64_t *pages) {
  uint64_t mapped = 0;
  double begin = now_ns();
  for (uint64_t i = 0; i < page_count / RANGE; i++) mapped += table_map_range(pages[i], RANGE, frame_of(pages[i]));
  double ns = now_ns() - begin;
  if (mapped != page_count) fail("a page of a range was mapped already");
  return ns;
}

static double unmap_range(void) {
  uint64_t unmapped = 0;
  double begin = now_ns();
  for (uint64_t i = 0; i < page_count / RANGE; i++) unmapped += table_unmap_range(random_ranges[i], RANGE);
  double ns = now_ns() - begin;
  if (unmapped != page_count) fail("a page of a range was not mapped");
  return ns;
}

static uint32_t sum_of_all(void) {
  uint32_t sum = 0;
  for (uint64_t i = 0; i < page_count; i++) sum += (uint32_t)table_lookup(sequential_pages[i]);
  return sum;
}

/** A case of lookups: `rounds` times over one table. What is not timed goes by rising page, as programs fill their tables. */
static double play_lookups(const char *name, uint64_t rounds, uint32_t *check) {
  uint32_t ignored = 0;
  double ns = 0;
  map_single(sequential_pages);
  for (uint64_t round = 0; round < rounds; round++) {
    if (!strcmp(name, "lookup-single")) ns += lookup_single(check);
    else if (!strcmp(name, "lookup-batch-random")) ns += lookup_batch(random_pages, check);
    else if (!strcmp(name, "lookup-batch-sequential")) ns += lookup_batch(sequential_pages, check);
    else fail("no such case");
  }
  unmap_single(&ignored);
  table_clear();
  return ns;
}

/** `rounds` times from an empty table to a full one and back, a page a call; one of the two ways counts. */
static double play_singles(int unmapping, uint64_t rounds, uint32_t *check) {
  double ns = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    double map_ns = map_single(unmapping ? sequential_pages : random_pages);
    if (!unmapping) *check += sum_of_all();
    uint32_t sum = 0;
    double unmap_ns = unmap_single(&sum);
    if (unmapping) *check += sum;
    ns += unmapping ? unmap_ns : map_ns;
    table_clear();
  }
  return ns;
}

/** The same, a range a call. */
static double play_ranges(int unmapping, uint64_t rounds, uint32_t *check) {
  double ns = 0;
  for (uint64_t round = 0; round < rounds; round++) {
    double map_ns = map_range(unmapping ? sequential_ranges : random_ranges);
    *check += sum_of_all();
    double unmap_ns = unmap_range();
    ns += unmapping ? unmap_ns : map_ns;
    table_clear();
  }
  return ns;
}

static double play(const char *name, uint64_t rounds, uint32_t *check) {
  if (!strcmp(name, "map-single")) return play_singles(0, rounds, check);
  if (!strcmp(name, "unmap-single")) return play_singles(1, rounds, check);
  if (!strcmp(name, "map-range")) return play_ranges(0, rounds, check);
  if (!strcmp(name, "unmap-range")) return play_ranges(1, rounds, check);
  return play_lookups(name, rounds, check);
}

int main(int argc, char **argv) {
  if (argc != 5) fail("expected PAGES SEED FIRST_PAGE BATCH");
  page_count = strtoull(argv[1], NULL, 10);
  uint32_t seed = (uint32_t)strtoul(argv[2], NULL, 10);
  first_page = strtoull(argv[3], NULL, 10);
  batch_pages = strtoull(argv[4], NULL, 10);
  random_pages = shuffled(1, seed);
  sequential_pages = every(1);
  random_ranges = shuffled(RANGE, seed);
  sequential_ranges = every(RANGE);
  found_frames = (int64_t *)calloc(page_count, sizeof *found_frames);
  table_create(page_count);

  char name[64];
  uint64_t rounds;
  while (scanf("%63s %" SCNu64, name, &rounds) == 2) {
    uint32_t check = 0;
    double ns = play(name, rounds, &check);
    printf("{\"case\":\"%s\",\"ns\":%.3f,\"check\":%" PRIu32 "}\n", name, ns / ((double)rounds * (double)page_count), check);
    fflush(stdout);
  }
  return 0;
}
