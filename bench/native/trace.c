// What `pagemirror replay` is timed against: the straightforward C program that reads a lackey trace, counts its records by
// kind, and counts the accesses to each data page. With a range of instructions it also counts the accesses made from there.
//
//   trace FILE [LO-HI]     LO and HI inclusive, hexadecimal
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_LG2 = 12, ADDRESS_BITS = 48, LEAF_LG2 = 18, TOP_LG2 = ADDRESS_BITS - PAGE_LG2 - LEAF_LG2 };

static uint32_t *leaves[1 << TOP_LG2]; // accesses by page number, in two steps
static uint64_t distinct_pages;

static int count_access(uint64_t page) {
  uint32_t **leaf = &leaves[page >> LEAF_LG2];
  if (!*leaf && !(*leaf = calloc((size_t)1 << LEAF_LG2, sizeof **leaf))) return 0;
  uint32_t *counter = &(*leaf)[page & ((1 << LEAF_LG2) - 1)];
  if (!(*counter)++) distinct_pages++;
  return 1;
}

static int refuse(const char *file, uint64_t line, const char *problem) {
  fprintf(stderr, "%s:%llu: %s\n", file, (unsigned long long)line, problem);
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3) {
    fprintf(stderr, "usage: trace FILE [LO-HI]\n");
    return 2;
  }
  uint64_t low = 1, high = 0;
  if (argc == 3) {
    char *dash;
    low = strtoull(argv[2], &dash, 16);
    if (*dash != '-') {
      fprintf(stderr, "trace: %s: expected LO-HI\n", argv[2]);
      return 2;
    }
    high = strtoull(dash + 1, NULL, 16);
  }
  FILE *file = fopen(argv[1], "r");
  if (!file) {
    perror(argv[1]);
    return 1;
  }

  uint64_t fetches = 0, loads = 0, stores = 0, modifies = 0, offloaded = 0, line_number = 0;
  int inside = 0; // whether the instruction that makes the next accesses lies in the range
  char line[256];
  while (fgets(line, sizeof line, file)) {
    line_number++;
    if (line[0] == '=') continue;
    if (strlen(line) < 4) return refuse(argv[1], line_number, "not a record");
    char *comma, *end;
    uint64_t address = strtoull(line + 3, &comma, 16);
    if (*comma != ',') return refuse(argv[1], line_number, "no size after the address");
    uint64_t size = strtoull(comma + 1, &end, 10);
    if (end == comma + 1 || size == 0) return refuse(argv[1], line_number, "bad size");
    uint64_t last = address + size - 1;
    if (last < address || last >> ADDRESS_BITS) return refuse(argv[1], line_number, "address over 48 bits");

    if (line[0] == 'I') {
      fetches++;
      inside = address >= low && address <= high;
      continue;
    }
    if (line[1] == 'L') loads++;
    else if (line[1] == 'S') stores++;
    else if (line[1] == 'M') modifies++;
    else return refuse(argv[1], line_number, "unknown kind of record");
    offloaded += inside;
    if (!count_access(address >> PAGE_LG2)) return refuse(argv[1], line_number, "out of memory");
    if (last >> PAGE_LG2 != address >> PAGE_LG2 && !count_access(last >> PAGE_LG2))
      return refuse(argv[1], line_number, "out of memory");
  }
  fclose(file);

  printf("I %llu\nL %llu\nS %llu\nM %llu\n", (unsigned long long)fetches, (unsigned long long)loads, (unsigned long long)stores,
         (unsigned long long)modifies);
  printf("pages %llu\n", (unsigned long long)distinct_pages);
  if (argc == 3) printf("offloaded %llu\n", (unsigned long long)offloaded);
  return 0;
}
