/* Metrics: walks the rows of all parts. See metrics.h. */
#include "transport/metrics/metrics.h"

#include <assert.h>

static const struct part *const *parts;

void metrics_use(const struct part *const *all)
{
    parts = all;
}

const struct metric_row *metric_at(int i)
{
    for (int p = 0; parts && parts[p]; p++)
        for (const struct metric_row *row = parts[p]->metrics; row && row->name; row++)
            if (i-- == 0)
                return row;
    return NULL;
}

void metrics_read(struct worker *w, uint64_t *ret)
{
    int n = 0;
    for (int p = 0; parts && parts[p]; p++) {
        const struct metric_row *row = parts[p]->metrics;
        if (!row)
            continue;
        parts[p]->read_metrics(w, ret + n);
        for (; row->name; row++)
            n++;
        assert(n <= METRICS_MOST);
    }
}
