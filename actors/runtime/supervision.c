/* Supervision: the restart intensity is a ring of the last failures' times. */
#include "actors/runtime/supervision.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct supervision *supervision_create(uint32_t allowed)
{
    assert(allowed);
    struct supervision *v = calloc(1, sizeof(*v) + allowed * sizeof(uint64_t));

    if (v)
        v->allowed = allowed;
    return v;
}

void supervision_destroy(struct supervision *v)
{
    if (v)
        free(v->why);
    free(v);
}

void supervision_note(struct supervision *v, const char *why, bool loading)
{
    free(v->why);
    v->why = strdup(why ? why : "unknown");
    v->loading = loading;
}

bool supervision_too_many(struct supervision *v, uint64_t now, uint64_t window_ns)
{
    uint64_t oldest = v->at[v->next];
    bool full = v->count == v->allowed;

    v->at[v->next] = now;
    v->next = (v->next + 1) % v->allowed;
    if (!full)
        v->count++;
    return full && now - oldest <= window_ns;
}

uint32_t supervision_recent(const struct supervision *v, uint64_t now, uint64_t window_ns)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < v->count; i++)
        n += now - v->at[i] <= window_ns;
    return n;
}

void supervision_put_on_probation(struct supervision *v, uint64_t now)
{
    v->count = v->allowed;
    for (uint32_t i = 0; i < v->count; i++)
        v->at[i] = now;
}
