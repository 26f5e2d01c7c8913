/* Percent: decoding of percent-encoded text and of name=value lists (query strings, urlencoded forms). Pure; any
 * thread. */
#pragma once

#include "transport/http/arena.h"

/* Decodes in place; `plus` reads + as a blank. False on a % without two hexadecimal digits. */
bool percent_decode(char *p, size_t n, bool plus, size_t *ret_n);

/* One name and value of a query or form. `file`: the part of a multipart form had a file name. */
struct pair {
    struct text name, value;
    bool file;
};

enum { PAIRS_MOST = 1000 };

struct pairs {
    struct pair *at;
    uint32_t n, cap;
};

enum pairs_result { PAIRS_READ, PAIRS_MALFORMED, PAIRS_TOO_MANY, PAIRS_NO_MEMORY };

/* Splits at & and =, decodes in place (the bytes are overwritten), appends. The pairs borrow from p. */
enum pairs_result pairs_read(struct pairs *pairs, struct arena *arena, char *p, size_t n);

enum pairs_result pairs_add(struct pairs *pairs, struct arena *arena, struct pair pair);

/* The last pair of that name, NULL if none. */
const struct pair *pairs_last(const struct pairs *pairs, const char *name);
