/* Lines: see lines.h. */
#include "transport/admin/lines.h"

#include <assert.h>

enum { PIECE = 16384 };

char *lines_room(struct lines *l, size_t *ret_n)
{
    size_t left = l->bytes.n - l->at, most = ADMIN_REQUEST_MAX + 1 - left;
    assert(left <= ADMIN_REQUEST_MAX);
    if (l->at && left)
        memmove(l->bytes.p, l->bytes.p + l->at, left);
    l->bytes.n = left;
    l->at = 0;
    *ret_n = most < PIECE ? most : PIECE;
    l->bytes.most = ADMIN_REQUEST_MAX + 1;
    return buf_room(&l->bytes, *ret_n);
}

void lines_add(struct lines *l, size_t n)
{
    l->bytes.n += n;
}

void lines_end(struct lines *l)
{
    l->ended = true;
}

enum line lines_next(struct lines *l, struct text *ret)
{
    size_t left = l->bytes.n - l->at;
    if (!left) {
        lines_fini(l); /* idle peers hold nothing */
        return LINE_NONE;
    }
    const char *begin = l->bytes.p + l->at, *end = memchr(begin, '\n', left);
    if (!*begin)
        return LINE_NOT_TEXT;
    if (!end && left > ADMIN_REQUEST_MAX)
        return LINE_TOO_LONG;
    if (!end && !l->ended)
        return LINE_NONE;
    *ret = (struct text){ begin, end ? (size_t)(end - begin) : left };
    l->at += ret->n + (end != NULL);
    return LINE_WHOLE;
}

void lines_fini(struct lines *l)
{
    buf_fini(&l->bytes);
    l->at = 0;
}
