/* Sqlstate: what a refusal of PostgreSQL says about the statement that was refused. One table for everybody: the group
 * commit, requests, actors. Any thread.
 * Source: PostgreSQL manual, appendix A. */
#pragma once

enum sqlstate_means {
    SQLSTATE_FAULT,   /* the statement or its values: the same again is refused again */
    SQLSTATE_PASSING, /* nothing about it (deadlock, shutdown, no room, cancel): it did not happen, try again */
    SQLSTATE_STALE,   /* nothing about it, but this session will not take it: try again in a new one */
    SQLSTATE_UNKNOWN, /* whether it happened is not known */
};

/* sqlstate: five characters; any other text is a fault. */
enum sqlstate_means sqlstate_means(const char *sqlstate);
