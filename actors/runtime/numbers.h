/* Numbers: what a worker counts and measures, as plain values. Whoever reads them: worker.h, system.h, inspect.h. */
#pragma once

#include "proto/base/histogram.h"

#include <stdint.h>

/* Conservation: sent = handled + refused + dropped. Advisory while running, exact at rest. */
struct bus_counts {
    uint64_t sent, handled, refused, dropped;
};

struct worker_stats {
    uint64_t turns, messages, actors_run, wakeups, busy_ns, started_ns;
    uint32_t actors, ready, timers;
};

/* A mailbox as operators see it. */
struct mailbox_numbers {
    uint32_t depth, highest, limit;
    uint64_t full; /* messages refused because it was full */
};

/* What a worker has measured since it began. Times by clock readings that are made anyway. */
struct worker_measures {
    struct histogram turn_us;       /* turns of the loop, from the end of a poll to the next */
    struct histogram mailbox_depth; /* of an actor when its run began */
    struct mailbox_numbers deepest; /* of the actors: the deepest now of those that are ready; the highest ever, and
                                       that actor's limit; refused to senders on this worker */
    struct mailbox_numbers ingress; /* of this worker; refused to senders on this worker, whosever it was */
};
