/* Admin: the sockets, their threads, and the way out. See admin.h. */
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

enum {
    NAME_ROOM = 64, /* of a socket behind its shortened folder, with the slash */
    THREADS = 3,    /* per socket: as many peers may leave their answers lying */
};

/* One socket, and who comes by it. */
struct door {
    struct admin *admin;
    bool viewers;
    nng_socket socket;
    char path[ADMIN_URL_MAX];
    int folder;
};

struct admin {
    /* immutable after open */
    struct admin_options options;
    struct door doors[2];
    pthread_mutex_t turn; /* held by the command that runs */
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

/* -1: the peer has gone already, or the system does not say. */
static int64_t peer(nng_msg *request, const char *what)
{
    uint64_t value;
    return nng_pipe_get_uint64(nng_msg_get_pipe(request), what, &value) ? -1 : (int64_t)value;
}

/* False: closed. One command at a time; who waits has its answer a second later at most. */
static bool take_turn(struct admin *a, struct admin_caller caller, struct text request, struct buf *answer)
{
    const char *state;
    pthread_mutex_lock(&a->turn);
    bool open = enter(a, &state);
    if (open) {
        admin_answer(&a->options, state, caller, request, answer);
        leave(a);
    }
    pthread_mutex_unlock(&a->turn);
    return open;
}

static bool answer_request(struct door *d, nng_msg *request, struct buf *answer)
{
    struct admin_caller caller = { .uid = peer(request, NNG_OPT_IPC_PEER_UID),
                                   .pid = peer(request, NNG_OPT_IPC_PEER_PID),
                                   .viewer = d->viewers };
    return take_turn(d->admin, caller, (struct text){ nng_msg_body(request), nng_msg_len(request) }, answer);
}

bool admin_ask(struct admin *a, struct text request, struct buf *answer)
{
    return take_turn(a, (struct admin_caller){ .uid = -1, .pid = -1, .viewer = true }, request, answer);
}

/* A peer that takes no answers costs this thread half a second, the others nothing. */
static void send_answer(nng_ctx ctx, nng_aio *aio, const struct buf *answer)
{
    nng_msg *m;
    if (answer->failed || nng_msg_alloc(&m, 0))
        return;
    if (nng_msg_append(m, answer->p, answer->n)) {
        nng_msg_free(m);
        return;
    }
    nng_aio_set_msg(aio, m);
    nng_aio_set_timeout(aio, ADMIN_WORKER_WAIT_MS);
    nng_ctx_send(ctx, aio);
    nng_aio_wait(aio);
    if (nng_aio_result(aio))
        nng_msg_free(m);
}

static int receive(nng_ctx ctx, nng_aio *aio, nng_msg **ret)
{
    nng_aio_set_timeout(aio, NNG_DURATION_INFINITE);
    nng_ctx_recv(ctx, aio);
    nng_aio_wait(aio);
    *ret = nng_aio_get_msg(aio);
    return nng_aio_result(aio);
}

static void *serve(void *arg)
{
    struct door *d = arg;
    nng_ctx ctx;
    nng_aio *aio;
    nng_msg *request;
    if (nng_ctx_open(&ctx, d->socket) || nng_aio_alloc(&aio, NULL, NULL))
        return NULL;
    for (int error; (error = receive(ctx, aio, &request)) != NNG_ECLOSED;) {
        if (error == NNG_ENOMEM || error == NNG_ESTATE)
            continue;
        struct buf answer = { 0 };
        bool open = !error && answer_request(d, request, &answer);
        if (!error)
            nng_msg_free(request);
        if (open)
            send_answer(ctx, aio, &answer);
        buf_fini(&answer);
        if (!open)
            break;
    }
    return NULL;
}

/* Makes the socket's file the viewers' group's. Nobody else can reach it meanwhile. */
static int share(const struct door *d)
{
    if (!d->viewers)
        return 0;
    gid_t group = d->admin->options.viewer_group;
    return (group != (gid_t)-1 && chown(d->path, (uid_t)-1, group)) || chmod(d->path, 0660) ? NNG_EPERM : 0;
}

static int listen_on(struct door *d, const char *url)
{
    nng_listener listener;
    int error = nng_rep0_open(&d->socket);
    if (error)
        return error;
    (void)nng_socket_set_size(d->socket, NNG_OPT_RECVMAXSZ, ADMIN_REQUEST_MAX);
    (void)unlink(d->path); /* of a server that was killed */
    mode_t mask = umask(077);
    error = nng_listener_create(&listener, d->socket, url);
    if (!error)
        error = nng_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS, 0600);
    if (!error)
        error = nng_listener_start(listener, 0);
    umask(mask);
    return error ? error : share(d);
}

static bool start_threads(struct door *d)
{
    int started = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, d))
            break;
        pthread_detach(thread);
        started++;
    }
    return started > 0;
}

static bool open_door(struct admin *a, struct door *d, const char *path, struct buf *why)
{
    char url[ADMIN_URL_MAX];
    d->admin = a;
    if (!admin_url(path, url, &d->folder)) {
        buf_printf(why, "the path %s is too long for a socket; choose a shorter --data or --admin-socket", path);
        return false;
    }
    snprintf(d->path, sizeof d->path, "%s", url + sizeof "ipc://" - 1);
    int error = listen_on(d, url);
    if (!error && start_threads(d))
        return true;
    buf_printf(why, "cannot open the admin socket %s: %s", path, error ? nng_strerror(error) : "no thread");
    return false;
}

static void init(struct admin *a, const struct admin_options *o)
{
    pthread_condattr_t attributes;
    a->options = *o;
    a->state = "starting";
    pthread_mutex_init(&a->lock, NULL);
    pthread_mutex_init(&a->turn, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&a->idle, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* The threads live as long as the process, and so does what they look at. */
static struct admin *volatile the_admin;

struct admin *admin_open(const struct admin_options *o, struct buf *why)
{
    struct admin *a = calloc(1, sizeof *a);
    if (!a) {
        buf_puts(why, "out of memory");
        return NULL;
    }
    the_admin = a;
    init(a, o);
    a->doors[1].viewers = true;
    if (o->viewer_path && !strcmp(o->viewer_path, o->path)) {
        buf_printf(why, "the viewers' socket cannot be the operators', %s", o->path);
        return NULL;
    }
    bool open = open_door(a, &a->doors[0], o->path, why) &&
                (!o->viewer_path || open_door(a, &a->doors[1], o->viewer_path, why));
    return open ? a : NULL;
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
    for (int i = 0; i < 2; i++)
        if (*a->doors[i].path)
            (void)unlink(a->doors[i].path);
}
