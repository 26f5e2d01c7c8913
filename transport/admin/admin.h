/* Admin: the operators' socket: nng REP over ipc, mode 0600, and a second one for viewers, mode 0660. Threads of their
 * own receive, ask the workers and answer, a command at a time; none waits longer than half a second for workers, and
 * nothing waits for them. Request:
 * {"v":1,"command":"info","args":[...]}. Answer: {"v":1,"ok":true,"data":...} or {"v":1,"ok":false,"error":"..."};
 * ARCHITECTURE.md has the whole of it. */
#pragma once

#include "actors/runtime/bus.h"

#include <sys/types.h>

enum { ADMIN_REQUEST_MAX = 65536, ADMIN_URL_MAX = 160, ADMIN_WORKER_WAIT_MS = 500 };

struct audit;

/* What a command wishes of the main thread. TAKE_OVER: a parameter has changed (proto/config_live.h). */
enum admin_wish { ADMIN_STOP, ADMIN_DRAIN, ADMIN_UNDRAIN, ADMIN_TAKE_OVER, ADMIN_WISHES };

struct admin_options {
    struct system *system;
    const char *path; /* of the socket; a stale one is replaced, so the caller makes sure that nobody else uses it */
    const char *viewer_path;            /* of the socket for commands that change nothing; NULL: none */
    gid_t viewer_group;                 /* may use it; -1: the server's own */
    struct audit *audit;                /* may be NULL */
    const char *version;                /* of the program */
    const char *address;                /* that the server listens on */
    const char *console;                /* likewise the console; NULL: none */
    void (*wish)(enum admin_wish what); /* tells the main thread and returns at once; may be NULL */
    void (*describe)(struct worker *w, struct json *out); /* a worker's own numbers; may be NULL. On its thread */
};

struct admin;

/* Opens the sockets and starts the threads. NULL with a sentence in why. Main thread; the options' texts are borrowed.
 */
struct admin *admin_open(const struct admin_options *o, struct buf *why);

/* The server is up, or is stopping: shown by `info`. Main thread. */
void admin_state(struct admin *a, const char *state);

/* Runs a request as one from the viewers' socket, for a thread of ours that is no worker; waits as commands do. False:
 * there are no more commands. */
bool admin_ask(struct admin *a, struct text request, struct buf *answer);

/* No more commands: waits (bounded) for the one under way, after which the workers may go. The sockets' files
 * are removed. What nng holds stays until the process ends, because closing it may hang. NULL is fine. Main thread. */
void admin_close(struct admin *a);

/* The path of the socket: --admin-socket, or admin.sock in the data folder. Cut if it does not fit. */
void admin_path(char *ret, size_t size);

/* The nng address of a socket's path. One too long for a unix socket is shortened through its open folder in /proc.
 * False if that does not help either. `ret_folder` is the open folder or -1; it must stay open while the address is
 * used. */
bool admin_url(const char *path, char ret[static ADMIN_URL_MAX], int *ret_folder);
