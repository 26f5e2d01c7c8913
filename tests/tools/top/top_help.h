/* A fake server for the tests of top.h, keys.h and draw.h: answers whatever is asked with what it was told to say. */
#pragma once

#include "tools/top/draw.h"
#include "tools/top/keys.h"

struct fake {
    struct top top;
    struct page page;
    struct buf shown;       /* the last page as text */
    const char *says[ASKS]; /* data; NULL: an error */
    int64_t now_ms;
};

/* A healthy server with two workers, asked once. */
void fake_init(struct fake *f);
void fake_fini(struct fake *f);
/* Answers everything that is asked now. */
void fake_answer(struct fake *f);
/* Goes on by so much time, then answers. */
void fake_pass(struct fake *f, int64_t ms);
void fake_keys(struct fake *f, const char *keys);
/* The page of that size; it lives until the next one. */
const char *fake_draw(struct fake *f, int width, int height);
