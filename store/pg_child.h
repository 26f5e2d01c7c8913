/* Child: a program of PostgreSQL run as the database's user, and watching a process to its end, our child or not. Any
 * thread may have been started: between fork and exec only what is safe then is called. Main thread. Private to
 * private_pg. */
#pragma once

#include "store/pg_place.h"

struct pg_child {
    pid_t pid;    /* 0: none */
    int pidfd;    /* readable when it has ended; -1 where the kernel has none */
    bool adopted; /* not our child: somebody else reaps it */
};

/* Starts argv[0] (an absolute path) in the base folder, with its output going to the log. False with a sentence in why.
 */
bool pg_child_start(struct pg_child *c, const struct pg_place *p, const char *const argv[], struct buf *why);

/* Takes over a process that runs already. */
void pg_child_adopt(struct pg_child *c, pid_t pid);

/* Has it ended? Waits up to ms for that. When it has, it is reaped, pid is 0 and *ret_status (may be NULL) what wait
 * told, 0 for an adopted one. */
bool pg_child_ended(struct pg_child *c, int ms, int *ret_status);

void pg_child_signal(const struct pg_child *c, int signal);

/* Forgets it; the process goes on. */
void pg_child_drop(struct pg_child *c);
