/* Process: what the kernel and the allocator say about this process. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct process_memory {
    int64_t virtual, resident; /* bytes */
    int64_t files;             /* of the resident: pages of files, such as the program and its libraries */
    int64_t limit;             /* of its control group, else of the machine */
};

/* From files of the kernel's, so no disk is waited for. 0 for what is not to be had, such as most of it without a
 * descriptor. Any thread. */
struct process_memory process_memory(void);

/* The allocator's. In use is what has been asked for and not given back, mapped pieces included. */
struct process_heap {
    int64_t arenas, mapped, in_use, free; /* bytes; free: of the arenas */
    int64_t took_us, age_ms;              /* how long the look took, and how long ago that was */
};

/* Looking takes the lock of each arena in turn and touches every free piece there (about 80 ns each), and who allocates
 * waits. So it is not done anew before a hundred times as long has passed as the last one took: the old numbers are
 * told. One thread at a time. */
struct process_heap process_heap(void);

/* Gives the kernel back what is free, as far as it makes whole pages; true if there was any. As expensive as a look,
 * and some more for each page. One thread at a time. */
bool process_trim(void);
