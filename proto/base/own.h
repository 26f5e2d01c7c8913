/* Own: folders and files that are believed because they are the server's own. What is judged is the open descriptor,
 * never a name, which may lead elsewhere a moment later; no symbolic link is followed at the end of a name. Main thread
 * at start; blocking, but no pipe holds it up. */
#pragma once

#include "proto/base/buf.h"

#include <sys/types.h>

/* Bits of a mode that would let others in. */
enum { OWN_WRITABLE = 022, OWN_ANY = 077 };

/* Opens a folder. It must be none that a symbolic link leads to, belong to `owner` or to us, and be closed to writing
 * by others, the group included. Its descriptor; -1 with a sentence in why, or with none where there is no such folder.
 */
int own_folder_find(const char *path, uid_t owner, struct buf *why);

/* The same, but makes the folder and those above it where there is none. One made here may be passed through by others
 * and not listed (0711), since the private database runs as another user. -1 with a sentence in why. */
int own_folder(const char *path, struct buf *why);

/* Makes the folder <name> in a folder, mode 0700, if there is none; one that is there must be a folder, not a link, of
 * `owner` or of us, and is given to `owner`. -1 with a sentence in why. `path` is the folder's, for sentences. */
int own_folder_at(int folder, const char *path, const char *name, uid_t owner, gid_t group, struct buf *why);

/* Opens (or, with O_CREAT in flags, makes with mode 0600) the file <name> of a folder. It must be a regular file, no
 * link and of no other name, of `owner` or of us, and have none of the bits `forbidden` in its mode. Its descriptor; -1
 * with a sentence in why, or without O_CREAT and with none where there is no such file. `path` is the folder's, for
 * sentences. */
int own_file(int folder, const char *path, const char *name, int flags, uid_t owner, mode_t forbidden, struct buf *why);
