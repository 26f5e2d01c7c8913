/* Tally: how long a client of kept connections measures, what it counts meanwhile, and the JSON line it ends with. One
 * thread. */
#pragma once

#include "tools/bench/histogram.h"
#include "tools/bench/options.h"
#include "tools/bench/watch.h"

#include <stdint.h>

enum { TALLY_CONNECTIONS_MOST = 10000 };

struct tally {
    int connections;
    double seconds, warm;
    struct watches watches;
    bool counting;
    uint64_t from; /* when that began */
    uint64_t answers, bytes, unexpected, lost;
    struct histogram latency; /* of answers */
};

/* Rows for a table of options. */
#define TALLY_OPTIONS(t)                                                                                               \
    { "connections", OPTION_INT, &(t)->connections, "kept" },                                                          \
        { "seconds", OPTION_REAL, &(t)->seconds, "of measurement" },                                                   \
        { "warm", OPTION_REAL, &(t)->warm, "seconds before it" },                                                      \
    {                                                                                                                  \
        "watch", OPTION_CALL, &(t)->watches, "label:pid, CPU of this process too (repeatable)", watches_add            \
    }

bool tally_sane(const struct tally *t);

/* From here on it counts. */
void tally_begin(struct tally *t);

/* An answer to what was asked at `asked` (clock_ns) is whole. */
void tally_answer(struct tally *t, uint64_t asked);

/* A connection is lost, or an answer is not what was asked for; the first of each is printed. */
void tally_lose(struct tally *t, const char *why);
void tally_unexpected(struct tally *t, const char *answer, size_t n);

/* Prints the line. True if nothing was lost or unexpected and something was counted. */
bool tally_end(struct tally *t);
