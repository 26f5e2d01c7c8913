/* Top: all that `lectern top` knows: the server's answers, what is asked next and when, what the operator looks at.
 * No terminal and no socket: time, keys and answers are given to it. Milliseconds of a monotonic clock. One owner. */
#pragma once

#include "tools/top/page.h"
#include "tools/top/rows.h"

enum { TOP_OPEN_MAX = ROWS_ID_MAX, TOP_EVERY_LEAST_MS = 250, TOP_EVERY_MOST_MS = 60000, TOP_PATIENCE_MS = 1500 };

/* An answer with its envelope, when it came, and from which process. */
struct top_answer {
    json_t *whole; /* NULL: none */
    int64_t at_ms, pid;
};

struct top {
    /* the server */
    struct top_answer now[ASKS], before[ASKS];
    uint32_t known; /* bits of what this server can be asked */
    int64_t pid;    /* of the server; 0: not known yet */
    bool linked;    /* there is a connection to it */
    bool ever;      /* there has been one */
    bool foreign;   /* who is there is no server of this version */
    int64_t unlinked_ms;
    /* asking */
    uint32_t due; /* bits of what is still to be asked in this round */
    enum ask asked;
    bool outdated; /* what was asked is about a row that is no longer open: the answer is dropped */
    int64_t asked_ms, round_ms, every_ms; /* round_ms: when the last one began; negative: none has */
    /* the operator */
    bool paused, help, typing, ended;
    bool plain; /* pages are printed: nothing about keys */
    int view;
    struct rows_wish wishes[VIEWS];
    char before_typing[ROWS_FILTER_MAX];
    char open[TOP_OPEN_MAX]; /* the row that is open; empty: none */
    int line;                /* first line shown of what is longer than the screen */
    /* what is shown */
    struct rows rows;             /* of the view */
    size_t first;                 /* row shown */
    int widths[VIEW_COLUMNS_MAX]; /* of columns, the widest since the view was opened */
    int room;                     /* rows or lines that the last page had room for */
    char target[TOP_OPEN_MAX];    /* where the server is looked for */
};

void top_init(struct top *t, const char *target, int64_t now_ms);
void top_fini(struct top *t);

/* What is to be asked now; ASK_NONE: nothing, wait. What it returns counts as asked. */
enum ask top_next(struct top *t, int64_t now_ms);
/* How long nothing will change by itself, at most. */
int64_t top_wait_ms(const struct top *t, int64_t now_ms);
/* The words of the question; returns how many. They live until the next call of another function. */
size_t top_words(const struct top *t, enum ask ask, const char *ret[static ASK_WORDS]);

/* The answer to what was asked last. One that is none of JSON counts as none. */
void top_answered(struct top *t, struct text answer, int64_t now_ms);
/* The connection is there or has gone. */
void top_linked(struct top *t, bool linked, int64_t now_ms);
/* What is wrong with the server, in a sentence; false: nothing. */
bool top_trouble(const struct top *t, int64_t now_ms, struct buf *ret);

/* The data of an answer, NULL if there is none or it is an error, which `ret_error` then is (may be NULL). */
json_t *top_data(const struct top *t, enum ask ask, const char **ret_error);
struct reading top_reading(const struct top *t, enum ask ask);

/* Turns to a view, opens the selected row, goes back; what that needs is asked at once. */
void top_show(struct top *t, int view);
void top_open(struct top *t);
void top_close(struct top *t);
/* Is the view one that this server has? */
bool top_has(const struct top *t, int view);

/* The table of the view from the answers that are there; after anything that changes it. */
void top_refresh(struct top *t);
