/* Admin: the operators' socket, mode 0600, and a second one for viewers, mode 0660. A request is a line of JSON,
 * {"v":1,"command":"info","args":[...]}, and so is its answer, {"v":1,"ok":true,"data":...} or
 * {"v":1,"ok":false,"error":"..."}; README.md has the whole of it.
 *
 * Two threads: one has a loop that takes requests and gives answers and never waits for anybody (door.h); the other
 * runs the commands, one at a time, in a fair order (turns.h), and waits half a second for workers at most. Nothing
 * waits for either of them. */
#pragma once

#include "transport/admin/command.h"

#include <sys/types.h>

enum { ADMIN_STALL_MS = 60000 };

struct admin_options {
    struct server_view server;
    const char *path;        /* of the socket; a stale one is replaced */
    const char *viewer_path; /* of the socket for commands that change nothing; NULL: none */
    gid_t viewer_group;      /* may use it; -1: the server's own */
    int64_t stall_ms;        /* a peer in the middle of something is closed then; 0: ADMIN_STALL_MS */
};

struct admin;

/* Opens the sockets and starts the threads. NULL with a sentence in why. Main thread, before the workers start; the
 * options' texts are borrowed. */
struct admin *admin_open(const struct admin_options *o, struct buf *why);

/* The server is up, or is stopping: shown by `info`. Main thread; the text is borrowed. */
void admin_state(struct admin *a, const char *state);

/* Runs a request as one from the viewers' socket, in turn with the peers'; for one thread of ours at a time, which is
 * no worker and waits as long as that takes. */
void admin_ask(struct admin *a, struct text request, struct buf *answer);

/* No more commands: waits (bounded) for the one under way, after which the workers may go, and for no peer. The
 * sockets' files are removed. Nobody is in admin_ask. NULL is fine. Main thread. */
void admin_close(struct admin *a);

/* The path of the socket: --admin-socket, or admin.sock in the data folder. Cut if it does not fit. */
void admin_path(char *ret, size_t size);
