/* Admin: the socket, its thread, and the way out. See admin.h. */
#include "transport/admin/admin.h"

#include "proto/config.h"
#include "proto/log.h"
#include "transport/admin/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { NAME_ROOM = 64 }; /* of a socket behind its shortened folder, with the slash */

struct admin {
    /* immutable after open */
    struct admin_options options;
    nng_socket socket;
    char path[ADMIN_URL_MAX];
    int folder;
    /* guarded by lock */
    pthread_mutex_t lock;
    pthread_cond_t idle;
    const char *state;
    bool busy, closed;
};

void admin_path(char *ret, size_t size)
{
    if (*config.admin_socket)
        snprintf(ret, size, "%s", config.admin_socket);
    else
        snprintf(ret, size, "%s/admin.sock", config.data);
}

static int open_folder_of(const char *path, size_t n)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", (int)n, path);
    return open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

bool admin_url(const char *path, char ret[static ADMIN_URL_MAX], int *ret_folder)
{
    enum { PATH_ROOM = sizeof((struct sockaddr_un *)0)->sun_path };
    const char *name = strrchr(path, '/');
    *ret_folder = -1;
    if (strlen(path) < PATH_ROOM) {
        snprintf(ret, ADMIN_URL_MAX, "ipc://%s", path);
        return true;
    }
    if (!name || strlen(name) > NAME_ROOM)
        return false;
    *ret_folder = open_folder_of(path, (size_t)(name - path));
    snprintf(ret, ADMIN_URL_MAX, "ipc:///proc/self/fd/%d", *ret_folder);
    if (*ret_folder < 0 || access(ret + sizeof "ipc://" - 1, F_OK))
        return false;
    strcat(ret, name);
    return true;
}

/* Takes the right to touch the workers. False: closed. */
static bool enter(struct admin *a, const char **ret_state)
{
    pthread_mutex_lock(&a->lock);
    bool open = !a->closed;
    a->busy = open;
    *ret_state = a->state;
    pthread_mutex_unlock(&a->lock);
    return open;
}

static void leave(struct admin *a)
{
    pthread_mutex_lock(&a->lock);
    a->busy = false;
    pthread_cond_signal(&a->idle);
    pthread_mutex_unlock(&a->lock);
}

static void send_answer(struct admin *a, const struct buf *answer)
{
    nng_msg *m;
    if (answer->failed || nng_msg_alloc(&m, 0))
        return;
    if (nng_msg_append(m, answer->p, answer->n) || nng_sendmsg(a->socket, m, 0))
        nng_msg_free(m);
}

static void *serve(void *arg)
{
    struct admin *a = arg;
    nng_msg *request;
    const char *state;
    for (int error; (error = nng_recvmsg(a->socket, &request, 0)) != NNG_ECLOSED;) {
        if (error == NNG_ENOMEM || error == NNG_ESTATE)
            continue;
        if (error || !enter(a, &state))
            break;
        struct buf answer = { 0 };
        admin_answer(&a->options, state, (struct admin_caller){ .uid = -1, .pid = -1 },
                     (struct text){ nng_msg_body(request), nng_msg_len(request) }, &answer);
        leave(a);
        nng_msg_free(request);
        send_answer(a, &answer);
        buf_fini(&answer);
    }
    return NULL;
}

static int listen_on(struct admin *a, const char *url)
{
    nng_listener listener;
    int error = nng_rep0_open(&a->socket);
    if (error)
        return error;
    (void)nng_socket_set_size(a->socket, NNG_OPT_RECVMAXSZ, ADMIN_REQUEST_MAX);
    (void)nng_socket_set_ms(a->socket, NNG_OPT_SENDTIMEO, ADMIN_WORKER_WAIT_MS);
    (void)unlink(a->path); /* of a server that was killed */
    mode_t mask = umask(077);
    error = nng_listener_create(&listener, a->socket, url);
    if (!error)
        error = nng_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS, 0600);
    if (!error)
        error = nng_listener_start(listener, 0);
    umask(mask);
    return error;
}

static bool start(struct admin *a)
{
    pthread_t thread;
    pthread_mutex_init(&a->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&a->idle, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&thread, NULL, serve, a))
        return false;
    pthread_detach(thread);
    return true;
}

/* The thread lives as long as the process, and so does what it looks at. */
static struct admin *the_admin;

struct admin *admin_open(const struct admin_options *o, struct buf *why)
{
    char url[ADMIN_URL_MAX];
    struct admin *a = calloc(1, sizeof *a);
    if (!a) {
        buf_puts(why, "out of memory");
        return NULL;
    }
    a->options = *o;
    a->state = "starting";
    the_admin = a;
    if (!admin_url(o->path, url, &a->folder)) {
        buf_printf(why, "the path %s is too long for a socket; choose a shorter --data or --admin-socket", o->path);
        return NULL;
    }
    snprintf(a->path, sizeof a->path, "%s", url + sizeof "ipc://" - 1);
    int error = listen_on(a, url);
    if (!error && start(a))
        return a;
    buf_printf(why, "cannot open the admin socket %s: %s", o->path, error ? nng_strerror(error) : "no thread");
    return NULL;
}

void admin_state(struct admin *a, const char *state)
{
    pthread_mutex_lock(&a->lock);
    a->state = state;
    pthread_mutex_unlock(&a->lock);
}

void admin_close(struct admin *a)
{
    if (!a)
        return;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 2; /* a command asks at most twice for half a second */
    pthread_mutex_lock(&a->lock);
    a->closed = true;
    while (a->busy && !pthread_cond_timedwait(&a->idle, &a->lock, &until))
        ;
    bool busy = a->busy;
    pthread_mutex_unlock(&a->lock);
    if (busy)
        log_warn("the admin socket is still busy");
    (void)unlink(a->path);
}
