/* Place: where the private PostgreSQL lives and as whom it runs: folders, lock, user, programs. Main thread; blocking;
 * before the workers start. Private to private_pg. */
#pragma once

#include "proto/base/user.h"

struct pg_place {
    char *data;    /* the data folder, without symbolic links */
    char *base;    /* <data>/postgres, or where that link leads when its user cannot reach the data folder */
    char *cluster; /* <base>/cluster */
    char *sockets; /* <base>/socket, or a short folder under /tmp: a socket's path has at most 107 bytes */
    char *log;     /* <base>/log */
    char *bin;     /* folder of initdb and postgres */
    int folder;    /* the base, opened */
    int data_lock, base_lock;
    bool other_user;  /* we are root: the database runs as another */
    struct user user; /* as whom it runs; the ids only, if that are we */
};

/* Finds or makes all of it and takes the locks, which hold while this process lives. What is there must be our own or
 * the database's user's (own.h). False with a sentence in why. */
bool pg_place_init(struct pg_place *p, const char *data, struct buf *why);
void pg_place_fini(struct pg_place *p);

/* Opens a file of the base or of a folder below it, regular and of our own or the user's: "log". -1 with a sentence in
 * why, or without O_CREAT and with none where there is no such file. */
int pg_place_file(const struct pg_place *p, const char *name, int flags, struct buf *why);

/* "a/b" in one string for free(); NULL without memory. */
char *pg_place_join(const char *folder, const char *name);
