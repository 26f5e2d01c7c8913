/* Place: where the private PostgreSQL lives and as whom it runs: folders, lock, user, programs. Main thread; blocking;
 * before the workers start. Private to private_pg. */
#pragma once

#include "proto/buf.h"

#include <sys/types.h>

enum { PLACE_GROUPS = 32 };

struct pg_place {
    char *data;    /* the data folder, without symbolic links */
    char *base;    /* <data>/postgres, or where that link leads when its user cannot reach the data folder */
    char *cluster; /* <base>/cluster */
    char *sockets; /* <base>/socket, or a short folder under /tmp: a socket's path has at most 107 bytes */
    char *log;     /* <base>/log */
    char *bin;     /* folder of initdb and postgres */
    int data_lock, base_lock;
    bool other_user; /* we are root: the database runs as this user */
    uid_t uid;
    gid_t gid;
    gid_t groups[PLACE_GROUPS];
    int ngroups;
};

/* Finds or makes all of it and takes the locks, which hold while this process lives. False with a sentence in why. */
bool pg_place_init(struct pg_place *p, const char *data, struct buf *why);
void pg_place_fini(struct pg_place *p);

/* "a/b" in one string for free(); NULL without memory. */
char *pg_place_join(const char *folder, const char *name);
