/* Claim: what the process takes from the machine before anything runs: limits, the data folder, the port. Main thread.
 */
#include "proto/base/address.h"
#include "proto/base/log.h"
#include "proto/base/own.h"
#include "proto/config/config.h"
#include "tools/lectern/drop.h"
#include "tools/lectern/serve.h"
#include "transport/admin/door.h"
#include "transport/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    OWN_FILES = 64,                    /* listener, logs, private database */
    ADMIN_FILES = ADMIN_PEERS_MAX + 8, /* of each of the operators' sockets */
    WORKER_FILES =
        224, /* database, loop, uploads, files that stay open, connections over the cap that linger with their 503 */
};

int serve_workers(void)
{
    cpu_set_t cores;
    if (config.workers)
        return (int)config.workers;
    int n = sched_getaffinity(0, sizeof cores, &cores) ? 1 : CPU_COUNT(&cores);
    return n > WORKERS_MOST ? WORKERS_MOST : n;
}

/* libuv reads the size of its pool once, when the first job comes. */
static void size_pool(void)
{
    char threads[16];
    int n = 4 * serve_workers();
    snprintf(threads, sizeof threads, "%d", n < 6 ? 6 : n);
    setenv("UV_THREADPOOL_SIZE", threads, 0);
}

/* Connections must not take the last descriptors: operators and the database need theirs whatever happens. */
static void leave_descriptors(int64_t limit)
{
    int64_t workers = serve_workers(), own = OWN_FILES + (*config.viewer_socket ? 2 : 1) * ADMIN_FILES +
                                             workers * WORKER_FILES + parts_descriptors(workers);
    int64_t most = limit > own + workers ? (limit - own) / workers : 1;
    if (config.max_connections <= most)
        return;
    log_warn("fewer connections: the limit of open files is low", F_INT("max-connections", most),
             F_INT("configured", config.max_connections), F_INT("open_files", limit));
    config.max_connections = most;
}

static void raise_limits(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files))
        return;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files))
        log_warn("the limit of open files stays low", F_STR("error", strerror(errno)));
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that grows over a limit is an error of its writer, not the end */
    leave_descriptors((int64_t)files.rlim_max);
}

static bool claim_folder(struct serve *s, struct buf *why)
{
    buf_printf(why, "cannot use the data folder %s: ", config.data);
    int folder = own_folder(config.data, why);
    if (folder < 0)
        return false;
    s->lock = own_file(folder, config.data, "serve.lock", O_RDWR | O_CREAT, geteuid(), OWN_WRITABLE, why);
    close(folder);
    if (s->lock < 0)
        return false;
    buf_reset(why);
    if (flock(s->lock, LOCK_EX | LOCK_NB))
        buf_printf(why, "another server is running in the data folder %s; stop it or choose another --data",
                   config.data);
    return !why->n;
}

static int bind_socket(struct sockaddr_storage *address, int option)
{
    int one = 1, fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof *address;
    if (fd < 0)
        return -1;
    if (!setsockopt(fd, SOL_SOCKET, option, &one, sizeof one) &&
        !bind(fd, (struct sockaddr *)address, address_size(address)) &&
        !getsockname(fd, (struct sockaddr *)address, &size))
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Listeners share the port, and so would a second server without anyone noticing. Therefore the port is first bound
 * alone, which fails if anybody listens there and settles port 0, and then n times in the shared way, which only one
 * user may do, and of a low port only root. The address is `text`, which config_load has checked; ret_text has room for
 * ADDRESS_TEXT_MAX. */
static bool claim_port(const char *text, int n, struct sockaddr_storage *ret, int *ret_bound, char *ret_text,
                       struct buf *why)
{
    (void)address_read(text, ret);
    int alone = bind_socket(ret, SO_REUSEADDR), bound = 0;
    if (alone >= 0)
        close(alone);
    while (alone >= 0 && bound < n && (ret_bound[bound] = bind_socket(ret, SO_REUSEPORT)) >= 0)
        bound++;
    if (bound < n) {
        buf_printf(why, "cannot listen on %s: %s", text, strerror(errno));
        return false;
    }
    address_put(ret, ret_text);
    return true;
}

/* The manager holds the port; what we hold of it would end with us, and with it whoever waits there. */
static bool claim_sockets(struct serve *s, int n, struct buf *why)
{
    const char *refusal;
    s->state.nsockets = n;
    if (n > serve_workers()) {
        buf_printf(why, "the service manager holds %d sockets, and %d workers can listen on as many at most", n,
                   serve_workers());
        return false;
    }
    for (int i = n; i-- > 0;) {
        if (manager_address(s->state.sockets[i], &s->state.address) && config_may_listen(&s->state.address, &refusal))
            continue;
        buf_puts(why, refusal);
        return false;
    }
    address_put(&s->state.address, s->address);
    log_info("listening on the service manager's sockets", F_INT("sockets", n), F_STR("address", s->address));
    return true;
}

static bool claim_ports(struct serve *s, int sockets, struct buf *why)
{
    if (*config.console && !claim_port(config.console, 1, &s->state.console, &s->console_bound, s->console, why))
        return false;
    return sockets ? claim_sockets(s, sockets, why)
                   : claim_port(config.listen, serve_workers(), &s->state.address, s->bound, s->address, why);
}

bool serve_claim(struct serve *s, struct buf *why)
{
    struct drop drop;
    s->lock = s->console_bound = -1;
    for (int i = 0; i < WORKERS_MOST; i++)
        s->bound[i] = -1;
    s->state.bound = s->bound;
    s->state.console_bound = &s->console_bound;
    raise_limits();
    size_pool();
    int sockets = manager_sockets(s->state.sockets, why);
    return sockets >= 0 && drop_choose(&drop, why) && (drop.drops || claim_folder(s, why)) &&
           claim_ports(s, sockets, why) && drop_rights(&drop, why) && (!drop.drops || claim_folder(s, why));
}

static void close_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void serve_release(struct serve *s)
{
    for (int i = 0; i < s->state.nsockets; i++)
        close(s->state.sockets[i]);
    for (int i = 0; i < WORKERS_MOST; i++)
        close_open(s->bound[i]);
    close_open(s->console_bound);
    close_open(s->lock);
}
