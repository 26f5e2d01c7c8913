/* Folder: the files of one folder, found once, and answers with them. A name that was not found then does not exist,
 * whatever it is made of, so no name leads out of the folder. Immutable once opened; any thread. */
#pragma once

#include "transport/http/request.h"

enum { FOLDER_FILES_MOST = 4096, FOLDER_NAME_MOST = 255 };

struct folder;

/* Finds the regular files in and below `path` whose endings have a content type (folder.c). Links, and whatever begins
 * with a dot, are left out. NAME.gz is not a file of its own, but what a client that takes gzip gets for NAME. Reads
 * the disk: at start only. NULL: *why has been told. */
struct folder *folder_open(const char *path, struct buf *why);
void folder_close(struct folder *f);

int folder_files(const struct folder *f);
/* The content type of the file of that name ("lib/a.js"), NULL if there is none. */
const char *folder_type(const struct folder *f, struct text name);

/* Ends a handler's chain with that file (transport/http/file.h), or ERROR_NOT_FOUND. It is asked for anew each time
 * (Cache-Control: no-cache), which costs a 304 when it has not changed. `policy`: its Content-Security-Policy. */
void folder_respond(struct request *rq, const struct folder *f, struct text name, const char *policy);
