/* Probe: how long an uploaded audio file is. The file is a stranger's and decoders are large, so they run in a child of
 * ours: `lectern probe` reads the file on descriptor 0 and writes seconds. What it may do is limited (probe_confine),
 * and a file that crashes it or keeps it busy has no duration, that is all. */
#pragma once

#include <stdbool.h>

enum {
    PROBE_MS = 10000,       /* a child that takes longer is killed */
    PROBE_CPU_S = 5,        /* its processor time */
    PROBE_MEMORY_MIB = 512, /* its address space */
};

/* Runs `program probe` on the file and waits for it. False if it cannot tell. Blocks: on the pool. The file's position
 * moves. `program` NULL: this very program. */
bool probe_run(const char *program, int fd, int wait_ms, double *ret_seconds);

/* ---- in the child ---- */

/* Gives up what reading a file does not need: time, memory, files, other processes, and system calls. */
void probe_confine(void);

/* By libsndfile, and for what it cannot read (MP4, WebM) by the file's headers. False if neither can tell. */
bool probe_duration(int fd, double *ret_seconds);
