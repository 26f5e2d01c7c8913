/* Admin: the operators' socket: nng REP over ipc in the data folder, mode 0600. One thread of its own receives, asks
 * the workers and answers; it never waits longer than half a second for a worker, and nothing waits for it. Request:
 * {"v":1,"command":"info","args":[...]}. Answer: {"v":1,"ok":true,"data":...} or {"v":1,"ok":false,"error":"..."};
 * ARCHITECTURE.md has the whole of it. */
#pragma once

#include "actors/runtime/bus.h"

enum { ADMIN_REQUEST_MAX = 65536, ADMIN_URL_MAX = 160, ADMIN_WORKER_WAIT_MS = 500 };

struct admin_options {
    struct system *system;
    const char *path;    /* of the socket; a stale one is replaced, so the caller makes sure that nobody else uses it */
    const char *version; /* of the program */
    const char *address; /* that the server listens on */
    void (*describe)(struct worker *w, struct json *out); /* a worker's own numbers; may be NULL. On its thread */
};

struct admin;

/* Opens the socket and starts the thread. NULL with a sentence in why. Main thread; the options' texts are borrowed. */
struct admin *admin_open(const struct admin_options *o, struct buf *why);

/* The server is up, or is stopping: shown by `info`. Main thread. */
void admin_state(struct admin *a, const char *state);

/* No more commands: waits (bounded) for the one under way, after which the workers may go. The socket's file is
 * removed. What nng holds stays until the process ends, because closing it may hang. NULL is fine. Main thread. */
void admin_close(struct admin *a);

/* The path of the socket: --admin-socket, or admin.sock in the data folder. Cut if it does not fit. */
void admin_path(char *ret, size_t size);

/* The nng address of a socket's path. One too long for a unix socket is shortened through its open folder in /proc.
 * False if that does not help either. `ret_folder` is the open folder or -1; it must stay open while the address is
 * used. */
bool admin_url(const char *path, char ret[static ADMIN_URL_MAX], int *ret_folder);
