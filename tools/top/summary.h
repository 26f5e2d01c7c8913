/* Summary: the server in a few numbers, for the head of every page. Pure. */
#pragma once

#include "tools/top/top.h"

struct summary {
    const char *version, *state, *address; /* borrowed from the answers; "-" if not known */
    double uptime_s;                       /* NAN: not known, as the rates */
    double requests, events, sends;        /* per second; events: what rooms said, however many workers heard it */
    int64_t connections, streams;          /* -1: not known, as the following */
    int64_t rooms, people;
    bool more;               /* rooms, people: at least so many */
    int64_t workers, silent; /* workers that did not answer */
    int64_t databases, lost; /* workers that said how their database is, and that have none */
    double p50_ms, p99_ms;   /* from said to sent; NAN */
    double resident_bytes;   /* NAN */
    int64_t files;
};

void summary_make(const struct top *t, struct summary *ret);
