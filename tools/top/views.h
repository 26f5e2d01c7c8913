/* Views: what `lectern top` asks a server, and how each answer is shown: two tables. A key of an answer that no column
 * names is shown behind them by its own name, so a server may say more than is known here. */
#pragma once

#include "tools/top/figure.h"

/* Everything that is asked, and in this order. */
enum ask {
    ASK_HELP,
    ASK_INFO,
    ASK_WORKERS,
    ASK_ROOMS,
    ASK_LATENCY,
    ASK_DOCTOR,
    ASK_ACTORS,
    ASK_QUEUES,
    ASK_DB,
    ASK_COMMITS,
    ASK_CONNS,
    ASK_CLOSED,
    ASK_SLOW,
    ASK_ACTOR,
    ASK_STATE,
    ASK_CONN,
    ASK_ROOM,
    ASK_MEMBERS,
    ASK_EVENTS,
    ASKS,
    ASK_NONE = -1
};

enum { ASK_WORDS = 6, VIEW_COLUMNS_MAX = 32, VIEW_IDS = 2 };
#define ASK_BIT(ask) (UINT32_C(1) << (ask))

/* Words of a command. "*" stands for what is open, "?" for what the rows are ranked by. */
extern const char *const ask_words[ASKS][ASK_WORDS];

struct view_column {
    const char *title, *key;
    enum figure figure;
    const char *by; /* the server ranks by this word where it sends only the first; NULL: it cannot */
};

struct view {
    const char *title, *about;
    enum ask ask;                      /* its rows; ASK_NONE: it has none */
    uint32_t more;                     /* bits of what else it shows */
    const char *ids[VIEW_IDS];         /* the keys that say which row is which */
    const char *same;                  /* a key whose change makes it another thing of the same name, or NULL */
    const char *sort;                  /* title of the column it is sorted by at first, NULL: as the rows come */
    uint32_t opened;                   /* bits of what Enter asks of a row; 0: it does not open */
    const struct view_column *columns; /* ends with a zeroed one */
    const char *const *left_out;       /* keys that are not shown; ends with NULL */
};

enum {
    VIEW_OVERVIEW,
    VIEW_WORKERS,
    VIEW_ACTORS,
    VIEW_ROOMS,
    VIEW_CONNS,
    VIEW_QUEUES,
    VIEW_DB,
    VIEW_COMMITS,
    VIEW_LATENCY,
    VIEW_CLOSED,
    VIEW_SLOW,
    VIEWS
};
extern const struct view views[VIEWS];

/* People in a room, as the page of an open room shows them. */
extern const struct view view_members;

/* The column of that title, NULL if there is none. */
const struct view_column *view_column(const struct view *v, const char *title);
