/* Closed topics: topics that take no events for a while, so that those of the others go on: each for twice as long as
 * the time before. A plain value. With more than TOPICS_MOST closed, further ones are only tried again with the rest. */
#pragma once

#include "actors/publisher/publisher.h"

enum { TOPIC_SIZE = 250 /* Kafka's most, and NUL */ };

struct closed_topics {
    uint32_t n;
    struct closed_topic {
        char name[TOPIC_SIZE];
        uint64_t until;
        uint32_t times;
    } list[TOPICS_MOST];
};

/* Closes it, unless it is closed already. True: it was open, and is not just tried again. */
bool closed_topics_add(struct closed_topics *c, const char *topic, uint64_t now);

/* It has taken an event. True: it was in the list. */
bool closed_topics_remove(struct closed_topics *c, const char *topic);

/* Appends those that are closed now, comma separated. */
void closed_topics_put(const struct closed_topics *c, uint64_t now, struct buf *out);

/* As a member of an open JSON object. */
void closed_topics_describe(const struct closed_topics *c, uint64_t now, struct json *out);
