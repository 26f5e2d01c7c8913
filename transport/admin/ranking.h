/* Ranking: the n highest of many, in memory for n. For commands that list the most of something: each worker ranks its
 * own, ask_ranked (ask.h) ranks what they answer. One owner, no locks. */
#pragma once

#include "proto/base/json.h"

struct ranking {
    size_t size, stride; /* of an item, and with its key */
    size_t n, most;      /* kept, at most */
    uint64_t offered;
    char *items; /* key and item side by side, one slot more than `most` */
};

/* Keeps copies of `size` bytes, in one allocation, made here. False without memory: nothing is kept then, and the rest
 * copes. */
bool ranking_init(struct ranking *r, size_t most, size_t size);
void ranking_fini(struct ranking *r);
void ranking_offer(struct ranking *r, int64_t key, const void *item);

/* Writes what was kept, highest first: the number of items offered, then lines of key and row; `put` writes an item as
 * one JSON value. Nothing may be offered any more. */
void ranking_answer(struct ranking *r, void (*put)(const void *item, struct json *out), struct buf *answer);
