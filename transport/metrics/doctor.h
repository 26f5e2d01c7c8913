/* Doctor: what a sample says about slowness, in sentences. Rules are rows of thought, each looking at one stage and
 * naming what to do. Any thread. */
#pragma once

#include "transport/metrics/sample.h"

typedef void doctor_say(void *arg, const char *stage, const char *finding, const char *advice);

/* Judges recent samples (desk_recent) of the workers and their sum; a worker that said nothing has a zeroed one. Says
 * at least one thing: that nothing is slow, if so. */
void doctor_judge(const struct sample *each, int n, const struct sample *sum, doctor_say *say, void *arg);
