/* Sweep: what a crash left in the folder of files, put in order before anybody can upload. Main thread at start;
 * blocks. */
#pragma once

#include "store/files.h"

struct sweep_count {
    int finished; /* unfinished files whose row had committed: they got their name */
    int removed;  /* files without a row */
    int spared;   /* files without a row that were left, since hardly any file here has one: a folder of another
                     database, it seems */
};

/* Only files with a name of ours count. Nothing is removed that has a row, nor when the database does not answer. False
 * with a sentence in why: what could not be looked at stays as it is. */
bool sweep_files(const struct files *f, const char *conninfo, struct sweep_count *ret, struct buf *why);
