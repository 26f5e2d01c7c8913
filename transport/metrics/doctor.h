/* Doctor: what samples say about slowness and about memory, in sentences. Rules are rows of thought, each looking at
 * one stage and naming what to do. Any thread. */
#pragma once

#include "proto/base/process.h"
#include "transport/metrics/memory.h"
#include "transport/metrics/sample.h"

typedef void doctor_say(void *arg, const char *stage, const char *finding, const char *advice);

/* Judges recent samples (desk_recent) of the workers and their sum; a worker that said nothing has a zeroed one. Says
 * at least one thing: that nothing is slow, if so. */
void doctor_judge(const struct sample *each, int n, const struct sample *sum, doctor_say *say, void *arg);

/* What is known about memory. */
struct memory_picture {
    struct memory_sample sum; /* of all workers that answered */
    struct process_memory process;
    struct process_heap heap;
    int64_t messages; /* alive */
};

enum { MESSAGE_BYTES = 384 }; /* about, with what nng adds */

/* Judges where the memory is. Says at least one thing: that nothing stands out, if so. */
void memory_judge(const struct memory_picture *p, doctor_say *say, void *arg);
