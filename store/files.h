/* Files: a folder of files that belong to rows of the database. A file is written under its name with ".part" behind
 * it, brought to the disk, and loses the ".part" when its row has committed; so whatever a crash leaves is a ".part",
 * and at the next start its row decides (store/sweep.h). Names are made here, of chance; a client's are never used.
 * Everything here may block: on the pool, or on the main thread at start. Any thread. */
#pragma once

#include "proto/base/buf.h"

enum {
    FILES_DIGITS = 32,    /* of chance, hexadecimal */
    FILES_NAME_MAX = 48,  /* "<digits>.<ending>" with its NUL */
    FILES_ENDING_MAX = 8, /* without the point */
};

struct files {
    const char *folder; /* its path; borrowed */
    int fd;             /* the folder itself, locked for us as long as it is open */
};

/* Makes the folder if need be, opens it if it is our own (own.h), and claims it: two servers with one folder would take
 * each other's unfinished files for leftovers. False with a sentence in why. */
bool files_open(struct files *f, const char *folder, struct buf *why);
void files_close(struct files *f);

/* How many bytes may still be stored there. Ask seldom: it is a system call on a disk. UINT64_MAX if nobody knows. */
uint64_t files_room(const struct files *f);

/* Makes a new name with that ending ("mp3"). False without chance from the kernel. */
bool files_name(const char *ending, char ret_name[static FILES_NAME_MAX]);

/* The last part of a name, with its point; empty if it has none. */
struct text files_ending(struct text name);

/* Is it a name that files_name may have made? `part`: with ".part" behind it. */
bool files_is_name(const char *name, bool *ret_part);

/* Creates the unfinished file of that name, for writing. Its descriptor, or a negative errno. */
int files_create(const struct files *f, const char *name);
/* Opens it once more, for reading only: for whoever must not change it. */
int files_reopen(const struct files *f, const char *name);
/* Writes all of it at the end of what is there. 0 or a negative errno. */
int files_write(int fd, const char *p, size_t n);
/* Brings the unfinished file and its name to the disk. 0 or a negative errno. */
int files_sync(const struct files *f, int fd);
/* Its row has committed: gives it its name. 0 or a negative errno. */
int files_keep(const struct files *f, const char *name);
/* It will have no row. 0 or a negative errno; it need not be there. */
int files_drop(const struct files *f, const char *name);
/* Deletes a finished file. 0 or a negative errno. */
int files_delete(const struct files *f, const char *name);

/* Appends the path of a finished file and a NUL. */
void files_path(const struct files *f, struct text name, struct buf *out);
