/* Closed topics: see closed_topics.h. */
#include "actors/publisher/closed_topics.h"

#include <stdio.h>

#define MS UINT64_C(1000000)
enum { CLOSED_MS = 5000, CLOSED_MOST_MS = 300000 };

static struct closed_topic *find(struct closed_topics *c, const char *topic)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (!strcmp(c->list[i].name, topic))
            return &c->list[i];
    return NULL;
}

static uint64_t closed_ns(uint32_t times)
{
    uint64_t ms = CLOSED_MS;
    for (uint32_t i = 0; i < times && ms < CLOSED_MOST_MS; i++)
        ms *= 2;
    return (ms < CLOSED_MOST_MS ? ms : CLOSED_MOST_MS) * MS;
}

bool closed_topics_add(struct closed_topics *c, const char *topic, uint64_t now)
{
    struct closed_topic *t = find(c, topic);
    bool open = !t;
    if (open && (c->n == TOPICS_MOST || strlen(topic) >= TOPIC_SIZE))
        return false;
    if (open) {
        t = &c->list[c->n++];
        *t = (struct closed_topic){ 0 };
        snprintf(t->name, sizeof t->name, "%s", topic);
    }
    if (t->until <= now)
        t->until = now + closed_ns(t->times++);
    return open;
}

bool closed_topics_remove(struct closed_topics *c, const char *topic)
{
    struct closed_topic *t = find(c, topic);
    if (t)
        *t = c->list[--c->n];
    return t;
}

void closed_topics_put(const struct closed_topics *c, uint64_t now, struct buf *out)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (c->list[i].until > now)
            buf_printf(out, "%s%s", out->n ? "," : "", c->list[i].name);
}

void closed_topics_describe(const struct closed_topics *c, uint64_t now, struct json *out)
{
    json_begin_array(out, "closed_topics");
    for (uint32_t i = 0; i < c->n; i++) {
        json_begin_object(out, NULL);
        json_str(out, "topic", c->list[i].name);
        json_int(out, "closed_ms", c->list[i].until > now ? (int64_t)((c->list[i].until - now) / MS) : 0);
        json_end_object(out);
    }
    json_end_array(out);
}
