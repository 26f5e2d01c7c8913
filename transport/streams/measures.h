/* Measures: what the event streams of a worker count. */
#pragma once

#include "proto/base/histogram.h"

/* What has been measured. An event counts once per worker with listeners, when all of them have been sent it. */
struct streams_measures {
    struct histogram commit_deliver_us, publish_deliver_us;
    uint64_t events;  /* that came for streams of this worker */
    uint64_t sends;   /* to one stream each, of what came in one turn */
    uint64_t opened;  /* streams */
    uint64_t dropped; /* what may be lost, and was not told a stream that was behind */
    uint64_t cut;     /* streams told to come back, because an event was lost on the way or this worker was behind */
};
