/* Torture preload: the nth allocation of a program fails, once. Loaded before everything else, the address sanitizer's
 * allocator included, to which it hands on. What the sanitizers, cmocka and the loader take for themselves is not
 * counted. tests/torture/run.py says by the environment which one, and reads from a shared file how many there were and
 * who asked for the one that failed. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SKIPPED_MOST = 16, FRAMES_MOST = 32 };

/* The file, as run.py reads it (struct "=QQ32Q"). */
struct report {
    uint64_t count;
    uint64_t frames_n;            /* 0: none has failed */
    uint64_t frames[FRAMES_MOST]; /* return addresses within the program; 0: elsewhere */
};

static struct {
    uint64_t nth; /* 0: none */
    struct report *report;
    uintptr_t base, end; /* the program */
    struct {
        uintptr_t from, to;
    } skipped[SKIPPED_MOST]; /* code that is not counted */
    int nskipped;
} torture;

static int note_object(struct dl_phdr_info *info, size_t size, void *arg)
{
    static const char *const names[] = { "libasan", "libubsan", "libtsan", "libcmocka", "ld-linux", "libgcc_s" };
    uintptr_t to = 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz > to)
            to = info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
    if (!*info->dlpi_name && !torture.end) {
        torture.base = info->dlpi_addr;
        torture.end = info->dlpi_addr + to;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strstr(info->dlpi_name, names[i]) && torture.nskipped < SKIPPED_MOST) {
            torture.skipped[torture.nskipped].from = info->dlpi_addr;
            torture.skipped[torture.nskipped++].to = info->dlpi_addr + to;
        }
    return 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *nth = getenv("TORTURE_NTH"), *path = getenv("TORTURE_REPORT");
    void *frames[1];
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    dl_iterate_phdr(note_object, NULL);
    (void)backtrace(frames, 1); /* it loads a library the first time */
    unsetenv("LD_PRELOAD");     /* programs that are started are left alone */
    void *shared = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(struct report), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    torture.nth = nth ? strtoull(nth, NULL, 10) : 0;
    if (shared != MAP_FAILED)
        torture.report = shared;
}

static bool skipped(uintptr_t caller)
{
    for (int i = 0; i < torture.nskipped; i++)
        if (caller >= torture.skipped[i].from && caller < torture.skipped[i].to)
            return true;
    return false;
}

static void note_frames(void)
{
    void *frames[FRAMES_MOST];
    int n = backtrace(frames, FRAMES_MOST);
    for (int i = 0; i < n; i++) {
        uintptr_t at = (uintptr_t)frames[i];
        torture.report->frames[i] = at >= torture.base && at < torture.end ? at - torture.base : 0;
    }
    torture.report->frames_n = (uint64_t)n;
}

/* Is this the one? */
static bool fails(void *caller)
{
    static _Thread_local bool within;
    /* In this order: there are no threads' own words as long as nothing else has begun. */
    if (!torture.report || within || skipped((uintptr_t)caller))
        return false;
    if (__atomic_add_fetch(&torture.report->count, 1, __ATOMIC_RELAXED) != torture.nth)
        return false;
    within = true;
    note_frames();
    within = false;
    errno = ENOMEM;
    return true;
}

#define NEXT(name)                                                                                                     \
    static __typeof__(name) *next;                                                                                     \
    if (!next)                                                                                                         \
        next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);
#define CALLER __builtin_return_address(0)

void *malloc(size_t n)
{
    NEXT(malloc)
    return fails(CALLER) ? NULL : next(n);
}

void *calloc(size_t n, size_t size)
{
    NEXT(calloc)
    return fails(CALLER) ? NULL : next(n, size);
}

void *realloc(void *p, size_t n)
{
    NEXT(realloc)
    return n && fails(CALLER) ? NULL : next(p, n);
}

int posix_memalign(void **p, size_t alignment, size_t n)
{
    NEXT(posix_memalign)
    return fails(CALLER) ? ENOMEM : next(p, alignment, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
    NEXT(aligned_alloc)
    return fails(CALLER) ? NULL : next(alignment, n);
}

/* The sanitizers' own take memory without asking malloc. */
char *strdup(const char *s)
{
    NEXT(strdup)
    return fails(CALLER) ? NULL : next(s);
}

char *strndup(const char *s, size_t n)
{
    NEXT(strndup)
    return fails(CALLER) ? NULL : next(s, n);
}
