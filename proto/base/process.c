/* Process: see process.h. */
#include "proto/base/process.h"

#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A number that is alone in its file; 0 if there is none ("max"). */
static int64_t number_in(const char *path)
{
    FILE *file = fopen(path, "re");
    long long n = 0;
    if (file && fscanf(file, "%lld", &n) != 1)
        n = 0;
    if (file)
        fclose(file);
    return n;
}

/* Of the group of the second version of control groups that it is in; 0: none. */
static int64_t limit_of_group(void)
{
    char line[PATH_MAX], path[PATH_MAX + 64];
    FILE *file = fopen("/proc/self/cgroup", "re");
    path[0] = 0;
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, "0::/", 4)) {
            line[strcspn(line, "\n")] = 0;
            snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", line + 3);
        }
    if (file)
        fclose(file);
    return *path ? number_in(path) : 0;
}

struct process_memory process_memory(void)
{
    struct process_memory m = { 0 };
    unsigned long long size, resident, shared;
    FILE *file = fopen("/proc/self/statm", "re");
    int64_t page = sysconf(_SC_PAGESIZE), machine = sysconf(_SC_PHYS_PAGES) * page;
    if (file && fscanf(file, "%llu %llu %llu", &size, &resident, &shared) == 3) {
        m.virtual = (int64_t)size * page;
        m.resident = (int64_t)resident * page;
        m.files = (int64_t)shared * page;
    }
    if (file)
        fclose(file);
    m.limit = file ? limit_of_group() : 0;
    if (!m.limit || m.limit > machine)
        m.limit = machine;
    return m;
}

enum { PATIENCE = 100 };

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct process_heap process_heap(void)
{
    static struct process_heap last;
    static int64_t looked_at;
    int64_t now = now_us();
    if (!looked_at || now - looked_at >= PATIENCE * last.took_us) {
        struct mallinfo2 m = mallinfo2();
        last = (struct process_heap){ .arenas = (int64_t)m.arena,
                                      .mapped = (int64_t)m.hblkhd,
                                      .in_use = (int64_t)(m.uordblks + m.hblkhd),
                                      .free = (int64_t)m.fordblks };
        looked_at = now_us();
        last.took_us = looked_at - now;
        now = looked_at;
    }
    last.age_ms = (now - looked_at) / 1000;
    return last;
}

bool process_trim(void)
{
    return malloc_trim(0);
}
