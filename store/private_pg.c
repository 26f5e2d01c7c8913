/* Private PostgreSQL: see private_pg.h. One that a killed server left behind is taken over; one that is coming up or
 * going down is waited for; PostgreSQL's own lock file keeps two from running on one cluster, whatever we believe. */
#include "store/private_pg.h"

#include "proto/base/log.h"
#include "store/pg_child.h"
#include "store/pg_place.h"
#include "store/private_pg_database.h"

#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    READY_MS = 60000, /* until it accepts connections, recovery included */
    INITDB_MS = 120000,
    STEP_MS = 20,
    RETRY_MS = 200, /* after it ended at once: its predecessor's memory may not be free yet */
    START_TRIES = 30,
    MUTE_MS = 5000,  /* an adopted one that no socket reaches is started anew after this */
    FAST_MS = 15000, /* for a fast shutdown, then an immediate one */
    IMMEDIATE_MS = 5000,
    LOG_LIMIT = 8 << 20, /* bytes of log kept twice */
    BACKOFF_MIN_MS = 100,
    BACKOFF_MAX_MS = 5000,
    STEADY_MS = 10000, /* lived this long: the backoff begins anew */
    LOOK_MS = 500,     /* between looks where the kernel has no pidfd */
};

/* Watches one process; freed by its close callback, so a new one can watch the next process at once. */
struct watch_poll {
    uv_poll_t handle;
    struct private_pg *pg;
};

struct private_pg {
    struct pg_place place;
    struct pg_child server;
    struct buf conninfo;
    /* while watched */
    uv_loop_t *loop;
    uv_timer_t *timer;
    struct watch_poll *poll;
    uint64_t started; /* loop's milliseconds */
    uint64_t backoff_ms;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* ---- the log ---- */

static void rotate_log(const struct pg_place *p)
{
    struct stat st;
    char *old = pg_place_join(p->base, "log.1");
    if (old && !lstat(p->log, &st) && st.st_size > LOG_LIMIT)
        (void)rename(p->log, old); /* a large log is no reason not to start */
    free(old);
}

/* Appends the log's last line, which says why something ended. */
static void put_last_line(const struct pg_place *p, struct buf *why)
{
    char tail[2048];
    struct buf ignored = { 0 }; /* what ended has said nothing then */
    int fd = pg_place_file(p, "log", O_RDONLY, &ignored);
    buf_fini(&ignored);
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    off_t from = size > (off_t)sizeof tail ? size - (off_t)sizeof tail : 0;
    ssize_t n = fd < 0 ? 0 : pread(fd, tail, sizeof tail, from);
    if (fd >= 0)
        close(fd);
    while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == ' '))
        n--;
    ssize_t begin = n;
    while (begin > 0 && tail[begin - 1] != '\n')
        begin--;
    buf_put(why, tail + begin, n > 0 ? (size_t)(n - begin) : 0);
    buf_printf(why, " (%s)", p->log);
}

/* ---- starting ---- */

static bool run_to_end(struct private_pg *pg, const char *const argv[], struct buf *why)
{
    struct pg_child c;
    int status;
    if (!pg_child_start(&c, &pg->place, argv, why))
        return false;
    if (!pg_child_ended(&c, INITDB_MS, &status)) {
        pg_child_signal(&c, SIGKILL);
        (void)pg_child_ended(&c, IMMEDIATE_MS, NULL); /* reaped if it can be */
        pg_child_drop(&c);
        buf_printf(why, "%s took too long", argv[0]);
        return false;
    }
    if (!status)
        return true;
    buf_printf(why, "%s failed: ", argv[0]);
    put_last_line(&pg->place, why);
    return false;
}

/* Made under another name first: a cluster of the right name is a whole one. */
static bool make_cluster(struct private_pg *pg, struct buf *why)
{
    const struct pg_place *p = &pg->place;
    struct stat st;
    if (!lstat(p->cluster, &st))
        return true;
    char initdb[PATH_MAX], fresh[PATH_MAX];
    if (snprintf(initdb, sizeof initdb, "%s/initdb", p->bin) >= (int)sizeof initdb ||
        snprintf(fresh, sizeof fresh, "%s/cluster.new", p->base) >= (int)sizeof fresh) {
        buf_printf(why, "the path %s is too long", p->base);
        return false;
    }
    const char *const clean[] = { "/bin/rm", "-rf", fresh, NULL };
    const char *const make[] = { initdb, "-D",    fresh, "-U", "lectern", "-E", "UTF8", "--locale=C.UTF-8",
                                 "-A",   "trust", NULL };
    log_info("making the private database", F_STR("folder", p->cluster));
    if (!run_to_end(pg, clean, why) || !run_to_end(pg, make, why))
        return false;
    if (!rename(fresh, p->cluster))
        return true;
    buf_printf(why, "cannot rename %s: %s", fresh, strerror(errno));
    return false;
}

static bool start_server(struct private_pg *pg, struct buf *why)
{
    const struct pg_place *p = &pg->place;
    char postgres[PATH_MAX], sockets[PATH_MAX];
    snprintf(postgres, sizeof postgres, "%s/postgres", p->bin);
    snprintf(sockets, sizeof sockets, "unix_socket_directories=%s", p->sockets);
    const char *const argv[] = {
        postgres,
        "-D",
        p->cluster,
        "-c",
        "listen_addresses=",
        "-c",
        sockets,
        "-c",
        "unix_socket_permissions=0700",
        "-c",
        "port=5432",
        "-c",
        "max_connections=250",
        "-c",
        "shared_buffers=128MB",
        "-c",
        "cluster_name=lectern",
        "-c",
        "log_destination=stderr",
        "-c",
        "logging_collector=off",
        "-c",
        "log_checkpoints=off",
        "-c",
        "log_line_prefix=%m [%p] ",
        "-c",
        "log_timezone=UTC",
        "-c",
        "timezone=UTC",
        NULL,
    };
    rotate_log(p);
    return pg_child_start(&pg->server, p, argv, why);
}

/* Is this process the server of our cluster? It stands in its folder. Where /proc does not tell, the socket must: no
 * other process can be behind it, and a recycled number must never be signalled. */
static bool is_our_server(const struct private_pg *pg, pid_t pid)
{
    char link[64], cwd[PATH_MAX];
    snprintf(link, sizeof link, "/proc/%d/cwd", (int)pid);
    ssize_t n = readlink(link, cwd, sizeof cwd - 1);
    if (n < 0 && errno == ENOENT && !access("/proc/self/cwd", F_OK))
        return false; /* it has ended */
    if (n < 0)
        return private_pg_ping(private_pg_conninfo(pg)) != PQPING_NO_RESPONSE;
    cwd[n] = '\0';
    return !strcmp(cwd, pg->place.cluster);
}

/* The process that PostgreSQL's lock file names, if it is our server; else 0. A file that names a living stranger (the
 * number was given anew) or a zombie is taken away, since PostgreSQL would refuse to start beside it: the place's lock
 * is ours, so nobody else is starting it, and PostgreSQL still guards the cluster by its shared memory. */
static pid_t running_server(const struct private_pg *pg)
{
    int pid = 0;
    char *path = pg_place_join(pg->place.cluster, "postmaster.pid"), text[16] = "";
    struct buf ignored = { 0 }; /* what is no such file names no server */
    int fd = pg_place_file(&pg->place, "cluster/postmaster.pid", O_RDONLY, &ignored);
    buf_fini(&ignored);
    if (fd >= 0 && read(fd, text, sizeof text - 1) > 0)
        pid = atoi(text);
    if (fd >= 0)
        close(fd);
    bool lives = pid > 1 && !(kill(pid, 0) && errno == ESRCH), ours = lives && is_our_server(pg, pid);
    if (lives && !ours && unlink(path))
        log_warn("a stale lock file of the private database stays", F_STR("path", path));
    free(path);
    return ours ? pid : 0;
}

static bool adopt_or_start(struct private_pg *pg, struct buf *why)
{
    pid_t pid = running_server(pg);
    if (!pid)
        return start_server(pg, why);
    log_info("taking over the running private database", F_INT("pid", pid));
    pg_child_adopt(&pg->server, pid);
    return true;
}

/* Starts or adopts, and waits until it takes connections. A server on its way down ends and is started again. */
static bool bring_up(struct private_pg *pg, struct buf *why)
{
    int64_t begun = now_ms(), mute_since = begun;
    const char *conninfo = private_pg_conninfo(pg);
    for (int tries = 0; now_ms() - begun < READY_MS;) {
        if (!pg->server.pid) {
            if (++tries > START_TRIES)
                break;
            if (!adopt_or_start(pg, why))
                return false;
            mute_since = now_ms();
        }
        PGPing ping = private_pg_ping(conninfo);
        if (ping == PQPING_OK)
            return true;
        if (ping != PQPING_NO_RESPONSE)
            mute_since = now_ms();
        if (pg->server.adopted && now_ms() - mute_since > MUTE_MS) {
            log_warn("the running private database cannot be reached; stopping it");
            pg_child_signal(&pg->server, SIGINT);
            mute_since = now_ms();
        }
        if (pg_child_ended(&pg->server, STEP_MS, NULL))
            nanosleep(&(struct timespec){ .tv_nsec = RETRY_MS * 1000000L }, NULL);
    }
    buf_puts(why, "the private database does not start: ");
    put_last_line(&pg->place, why);
    return false;
}

static void put_quoted(struct buf *out, const char *s)
{
    buf_putc(out, '\'');
    for (; *s; s++) {
        if (*s == '\'' || *s == '\\')
            buf_putc(out, '\\');
        buf_putc(out, *s);
    }
    buf_putc(out, '\'');
}

static bool put_conninfo(struct buf *out, const char *sockets, struct buf *why)
{
    buf_puts(out, "host=");
    put_quoted(out, sockets);
    buf_puts(out, " port=5432 dbname=lectern user=lectern");
    buf_putc(out, '\0');
    if (out->failed)
        buf_puts(why, "out of memory");
    return !out->failed;
}

static bool make_conninfo(struct private_pg *pg, struct buf *why)
{
    return put_conninfo(&pg->conninfo, pg->place.sockets, why);
}

/* PostgreSQL's lock file names the folder of its socket in its fifth line. */
bool private_pg_find(const char *data, struct buf *ret_conninfo, struct buf *why)
{
    char *path = pg_place_join(data, "postgres/cluster/postmaster.pid"), line[PATH_MAX] = "";
    int fd = path ? open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC) : -1; /* a pipe holds nobody up */
    FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
    bool read = f;
    for (int i = 0; read && i < 5; i++)
        read = fgets(line, sizeof line, f);
    if (f)
        fclose(f);
    free(path);
    line[strcspn(line, "\n")] = '\0';
    if (read && *line)
        return put_conninfo(ret_conninfo, line, why);
    buf_printf(why, "no private database runs in %s: set DATABASE_URL, or start `lectern serve --dev` first", data);
    return false;
}

struct private_pg *private_pg_start(const char *data, struct buf *why)
{
    struct private_pg *pg = calloc(1, sizeof *pg);
    if (!pg) {
        buf_puts(why, "out of memory");
        return NULL;
    }
    pg->server.pidfd = -1;
    if (pg_place_init(&pg->place, data, why) && make_conninfo(pg, why) && make_cluster(pg, why) && bring_up(pg, why) &&
        private_pg_make_database(private_pg_conninfo(pg), why))
        return pg;
    private_pg_stop(pg);
    return NULL;
}

const char *private_pg_conninfo(const struct private_pg *pg)
{
    return pg->conninfo.p;
}

/* ---- watching ---- */

static void watch_server(struct private_pg *pg);

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

/* The poll handle is the first member, so freeing the handle frees the whole. */
static void drop_poll(struct private_pg *pg)
{
    if (pg->poll)
        uv_close((uv_handle_t *)&pg->poll->handle, free_handle);
    pg->poll = NULL;
}

static void look(struct private_pg *pg);

static void on_timer(uv_timer_t *timer)
{
    struct private_pg *pg = timer->data;
    struct buf why = { 0 };
    if (!pg->server.pid) {
        if (!adopt_or_start(pg, &why))
            log_error("cannot start the private database", F_TEXT("why", buf_view(&why)));
        pg->started = uv_now(pg->loop);
    }
    buf_fini(&why);
    look(pg);
}

/* Sees whether it lives, and to being told when that changes. */
static void look(struct private_pg *pg)
{
    drop_poll(pg);
    if (pg->server.pid && !pg_child_ended(&pg->server, 0, NULL)) {
        watch_server(pg);
        return;
    }
    if (uv_now(pg->loop) - pg->started > STEADY_MS)
        pg->backoff_ms = BACKOFF_MIN_MS;
    log_warn("the private database ended; it is started again", F_INT("in_ms", (int64_t)pg->backoff_ms));
    uv_timer_start(pg->timer, on_timer, pg->backoff_ms, 0);
    pg->backoff_ms = pg->backoff_ms * 2 < BACKOFF_MAX_MS ? pg->backoff_ms * 2 : BACKOFF_MAX_MS;
}

static void on_ended(uv_poll_t *handle, int status, int events)
{
    (void)status;
    (void)events;
    look(((struct watch_poll *)handle)->pg);
}

/* By its pidfd; by looking now and then where there is none. */
static void watch_server(struct private_pg *pg)
{
    struct watch_poll *poll = pg->server.pidfd >= 0 ? malloc(sizeof *poll) : NULL;
    if (poll && !uv_poll_init(pg->loop, &poll->handle, pg->server.pidfd)) {
        poll->pg = pg;
        pg->poll = poll;
        uv_poll_start(&poll->handle, UV_READABLE, on_ended);
        return;
    }
    free(poll);
    uv_timer_start(pg->timer, on_timer, LOOK_MS, 0);
}

void private_pg_watch(struct private_pg *pg, uv_loop_t *loop)
{
    pg->timer = malloc(sizeof *pg->timer);
    if (!pg->timer) {
        log_error("no memory to watch the private database");
        return;
    }
    uv_timer_init(loop, pg->timer);
    pg->timer->data = pg;
    pg->loop = loop;
    pg->started = uv_now(loop);
    pg->backoff_ms = BACKOFF_MIN_MS;
    watch_server(pg);
}

void private_pg_unwatch(struct private_pg *pg)
{
    drop_poll(pg);
    if (pg->timer)
        uv_close((uv_handle_t *)pg->timer, free_handle);
    pg->timer = NULL;
}

void private_pg_stop(struct private_pg *pg)
{
    if (!pg)
        return;
    private_pg_unwatch(pg);
    pg_child_signal(&pg->server, SIGINT);
    if (!pg_child_ended(&pg->server, FAST_MS, NULL)) {
        log_warn("the private database is slow to stop; it will recover at its next start");
        pg_child_signal(&pg->server, SIGQUIT);
        if (!pg_child_ended(&pg->server, IMMEDIATE_MS, NULL))
            log_error("the private database does not stop", F_INT("pid", pg->server.pid));
    }
    pg_child_drop(&pg->server);
    pg_place_fini(&pg->place);
    buf_fini(&pg->conninfo);
    free(pg);
}
