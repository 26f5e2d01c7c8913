/* Probe: what an uploaded audio file is and how long, and how it sounds. The file is a stranger's and decoders are large,
 * so they run in a child of ours: `lectern probe` reads the file on descriptor 0 and writes a line with its type, then
 * one with its seconds; `lectern decode` writes its samples. It gets that descriptor, for reading only, and no other, no
 * environment, and may do little (probe_confine); of what it says only a known type and a sensible number are taken, and
 * only samples that are complete. A file that crashes it or keeps it busy is no audio, or has no duration if it had said
 * what it is; that is all. */
#pragma once

#include "store/media/media.h"
#include "store/media/samples.h"

enum {
    PROBE_MS = 10000,       /* a child that takes longer is killed */
    PROBE_CPU_S = 5,        /* its processor time */
    PROBE_MEMORY_MIB = 512, /* its address space */
};

struct probed {
    enum media_kind kind;
    double seconds; /* NaN: it cannot be told */
};

/* Runs `program probe` on the file and waits for it. False if nothing is known of the file: the child could not be
 * started, or its time was over before it had said what it is. Blocks: on the pool. `fd` must be open for reading only;
 * its position moves. `program` NULL: this very program. */
bool probe_run(const char *program, int fd, int wait_ms, struct probed *ret);

/* Runs `program decode` on the file likewise. How many of the SAMPLES_MOST places hold a sample; 0: it has no sound that can
 * be decoded (media_samples). False if nothing is known of the file, as above. */
bool probe_decode(const char *program, int fd, int wait_ms, int16_t *samples, size_t *ret_n);

/* ---- in the child ---- */

/* Gives up what reading a file does not need: rights, time, memory, descriptors, other processes, and system calls. */
void probe_confine(void);

/* Writes the two lines about the file on descriptor `fd` to `out`. False if it is no audio, or has no duration. */
bool probe_tell(int fd, int out);

/* Writes how many samples the file on descriptor `fd` has, 4 bytes, and then those, as this machine has numbers. False if
 * it has none: nothing is written then. */
bool probe_tell_samples(int fd, int out);
