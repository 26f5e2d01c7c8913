/* Open file: a regular file that answers are sent from, shared by those who send it, and the worker's memory of the
 * last ones that were opened: for a second an answer that was asked for again costs neither the disk nor the database.
 * Worker's thread only. Private to transport/http. */
#pragma once

#include "proto/errors.h"

#include <stdint.h>
#include <sys/stat.h>

enum { OPEN_FILES = 64, OPEN_FILE_MS = 1000 };

struct http;

struct open_file {
    uint32_t refs;
    int fd;
    uint64_t size, opened; /* opened: loop milliseconds */
    struct timespec modified;
    char *content_type, *extra; /* of the answer; in the same memory */
    char key[];
};

/* The places of a worker, by a hash of the key. */
struct open_files {
    struct open_file *places[OPEN_FILES];
};

/* Takes fd, which is closed with the last reference. extra may be NULL. One reference; NULL without memory, fd is then
 * closed. */
struct open_file *open_file_create(struct http *h, int fd, const struct stat *info, const char *key,
                                   const char *content_type, const char *extra);
struct open_file *open_file_ref(struct open_file *f);
void open_file_unref(void *f); /* a struct open_file */

/* The file opened under this key within the last second, borrowed; NULL if there is none. */
struct open_file *open_file_find(struct http *h, const char *key);
/* Remembers it; whatever had its place is forgotten. */
void open_file_keep(struct http *h, struct open_file *f);
/* Forgets those that are too old to be found; all of them if `all`. */
void open_file_trim(struct http *h, bool all);
