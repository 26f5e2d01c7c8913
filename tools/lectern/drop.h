/* Drop: as whom the server serves when root starts it. Main thread, before any other starts. */
#pragma once

#include "proto/base/user.h"

struct drop {
    struct user user;
    char name[64];
    bool drops; /* root becomes it */
};

/* Who that is: the user that --user names; without one the owner of the data folder if that is the user lectern, who
 * also gets a folder that is new, if lectern can reach it and the command. Root stays root with a folder of its own. A
 * new data folder is made here. Anybody but root is told if --user names somebody else. False with a sentence in why.
 */
bool drop_choose(struct drop *d, struct buf *why);

/* Would serving take the folder, if it is there, for its own or that user's? False with a sentence in why. */
bool drop_takes(const char *path, struct buf *why);

/* Becomes that user, for good. What only root may do has been done. False with a sentence in why: leave at once. */
bool drop_rights(const struct drop *d, struct buf *why);
