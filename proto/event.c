/* Events: the rows of event.h as a table. */
#include "proto/event.h"

#include <assert.h>

static const struct {
    const char *name;
    enum event_lasts lasts;
} rows[] = {
#define EVENT_ROW(symbol, name, lasts) [EVENT_##symbol] = { name, lasts },
    EVENTS(EVENT_ROW)
#undef EVENT_ROW
};

const char *event_name(enum event e)
{
    assert(e < EVENT_COUNT);
    return rows[e].name;
}

enum event_lasts event_lasts(enum event e)
{
    assert(e < EVENT_COUNT);
    return rows[e].lasts;
}
