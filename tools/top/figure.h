/* Figure: a value of an answer as an operator reads it: counters as rates, times as loads, bytes and ages in their
 * units. Pure; any thread, after shown_begin. */
#pragma once

#include "proto/base/buf.h"

#include <jansson.h>

/* How a column is shown. Those that compare two readings need an earlier one. */
enum figure {
    FIGURE_PLAIN,
    FIGURE_PER_SECOND, /* a counter's difference between two readings */
    FIGURE_LOAD,       /* likewise of microseconds, as percent of the time between */
    FIGURE_SHARE,      /* 0 to 1 as percent */
    FIGURE_FILL,       /* of the row's "limit", as percent */
    FIGURE_BYTES,
    FIGURE_MS,      /* milliseconds, as such */
    FIGURE_AGE_MS,  /* milliseconds as days, hours, minutes, seconds */
    FIGURE_AGE_S,   /* seconds likewise */
    FIGURE_AGE_US,  /* microseconds likewise */
    FIGURE_ANSWERS, /* false: SILENT */
    FIGURE_UP,      /* false: DOWN */
};

enum { FIGURE_TEXT_MAX = 200 };

struct figure_cell {
    char text[FIGURE_TEXT_MAX]; /* safe to show */
    double number;              /* to sort by */
    bool is_number;             /* else the text is what to sort by */
    bool bad;                   /* SILENT, DOWN, or nearly full */
};

/* Two readings of one thing: its rows and the time between. */
struct figure_of {
    const json_t *now, *before; /* before: NULL if it was not there, or was another one */
    int64_t ms;                 /* between the two */
};

/* The value of a key of the row, "-" where there is none, or none yet. */
void figure_read(enum figure figure, const char *key, const struct figure_of *of, struct figure_cell *ret);

/* Per second; NAN without an earlier value, without time between, or when the counter went back. */
double figure_rate(const struct figure_of *of, const char *key);

/* How a key is shown of which nothing is known but its name: by its unit at the end. */
enum figure figure_of_key(const char *key);

void figure_put_rate(struct buf *out, double per_second);
void figure_put_bytes(struct buf *out, double bytes);
void figure_put_age(struct buf *out, double seconds);
