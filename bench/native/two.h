// Two threads on one table: how much faster than one. Included by cases.h; the table's verbs must bear it.
#include <pthread.h>
#include <stdatomic.h>

static double wall_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

static uint64_t *half_pages[2]; // each half in an order of its own
static int64_t *half_frames[2];
static atomic_int two_ready, two_go;
static uint64_t two_count; // pages that each thread passes through
static void (*two_job)(int);
static uint32_t two_sums[2];

static void two_create(uint32_t seed) {
  for (int half = 0; half < 2; half++)
    half_pages[half] = shuffled(first_page + (uint64_t)half * (page_count / 2), page_count / 2, 1, seed);
}

/** Map, translate and unmap one half of the table. */
static void change_half(int half) {
  map_single(half_pages[half], two_count);
  lookup_batches(half_pages[half], half_frames[half], two_count);
  two_sums[half] += unmap_single(half_pages[half], two_count);
}

static void translate_all(int half) { lookup_batches(wanted_pages, half_frames[half], two_count); }

static void *second_thread(void *unused) {
  (void)unused;
  atomic_store(&two_ready, 1);
  while (!atomic_load(&two_go)) { /* the other begins at the same moment */ }
  two_job(1);
  return NULL;
}

/** Nanoseconds a page of both together; `alone`: of one of them while the other is not there. */
static double play_two(const char *name, uint64_t count, uint32_t seed, uint32_t *check, double *alone) {
  int is_disjoint = !strcmp(name, "two-disjoint");
  two_job = is_disjoint ? change_half : translate_all;
  two_count = is_disjoint ? page_count / 2 : count;
  for (int half = 0; half < 2; half++) {
    two_sums[half] = 0;
    half_frames[half] = (int64_t *)realloc(half_frames[half], two_count * sizeof *half_frames[half]);
    if (!half_frames[half]) abort();
  }
  if (is_disjoint) { // the directories that both halves share stand before they begin
    be_empty();
    for (int half = 0; half < 2; half++) {
      uint64_t page = first_page + (uint64_t)half * (page_count / 2);
      if (!table_map(page, 0) || table_unmap(page) < 0) fail("the table is not empty");
    }
  } else {
    be_full();
    want("two-same", count, seed);
  }

  double begin = wall_ns();
  two_job(0);
  *alone = (wall_ns() - begin) / (double)two_count;

  pthread_t second;
  atomic_store(&two_ready, 0);
  atomic_store(&two_go, 0);
  if (pthread_create(&second, NULL, second_thread, NULL)) fail("no second thread");
  while (!atomic_load(&two_ready)) { /* it is being made */ }
  begin = wall_ns();
  atomic_store(&two_go, 1);
  two_job(0);
  pthread_join(second, NULL);
  double ns = (wall_ns() - begin) / (2 * (double)two_count);

  for (int half = 0; half < 2; half++) {
    *check += two_sums[half];
    for (uint64_t i = 0; i < two_count; i++) *check += (uint32_t)half_frames[half][i];
  }
  return ns;
}
