/* Exposition: Prometheus' text format, version 0.0.4, from samples. One table of families; units are seconds and bytes,
 * counters end in _total, labels come from small fixed sets. Any thread. */
#pragma once

#include "transport/metrics/sample.h"

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct exposition {
    const struct sample *samples; /* the last of each worker; zeroed: it has never answered */
    const bool *up;               /* has it answered now? */
    int workers;
    const char *version;
    const char *const *areas; /* names in the order of http_measures, NULL-ended */
};

/* Appends it. out->failed without memory. The sum takes memory of its own while it is written. */
void exposition_put(const struct exposition *e, struct buf *out);

/* Appends a label's value with what the format wants escaped: backslash, quote, end of line. */
void exposition_escape(struct buf *out, const char *value);
