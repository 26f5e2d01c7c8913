/* Queues: walks the rows of all parts. See queues.h. */
#include "transport/metrics/queues.h"

#include <assert.h>

static const struct part *const *parts;

void queues_use(const struct part *const *all)
{
    parts = all;
}

const struct queue_row *queue_at(int i)
{
    for (int p = 0; parts && parts[p]; p++)
        for (const struct queue_row *row = parts[p]->queues; row && row->name; row++)
            if (i-- == 0)
                return row;
    return NULL;
}

void queues_read(struct worker *w, struct queue_numbers *ret)
{
    int n = 0;
    for (int p = 0; parts && parts[p]; p++)
        for (const struct queue_row *row = parts[p]->queues; row && row->name; row++) {
            assert(n < QUEUES_MOST);
            ret[n] = (struct queue_numbers){ -1, -1, -1, -1 };
            if (row->read)
                row->read(w, &ret[n]);
            n++;
        }
    for (; n < QUEUES_MOST; n++)
        ret[n] = (struct queue_numbers){ -1, -1, -1, -1 };
}
