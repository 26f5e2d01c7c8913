/* User: another account of this machine, and becoming it for good. Main thread at start, but for user_become. */
#pragma once

#include "proto/base/buf.h"

#include <sys/types.h>

enum { USER_GROUPS = 64 };

struct user {
    uid_t uid;
    gid_t gid;
    gid_t groups[USER_GROUPS]; /* all of them, gid too */
    int ngroups;
};

/* The account of that name. False with a sentence in why: there is none, or it is in too many groups. */
bool user_named(const char *name, struct user *ret, struct buf *why);

/* Becomes it, with its groups, without capabilities, and with no way back: nothing that is run from then on gains
 * rights. Root only; before this process has further threads, or in a child between fork and exec. False: nothing may
 * go on, the rights are neither the old nor the new ones. */
bool user_become(const struct user *u);

/* May it do that with the folder (R_OK, W_OK, X_OK)? Asked by becoming it in a child. */
bool user_can(const struct user *u, const char *folder, int how);

/* Appends an account's name, or its number where it has none. */
void user_put(uid_t uid, struct buf *out);
