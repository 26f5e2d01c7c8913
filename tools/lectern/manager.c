/* Manager: see manager.h. The protocols are libsystemd's. */
#include "tools/lectern/manager.h"

#include "proto/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <systemd/sd-daemon.h>

enum { SIGNS = 4 }; /* of life in the time that is allowed */

bool manager_address(int fd, struct sockaddr_storage *ret)
{
    socklen_t n = sizeof *ret;
    return !getsockname(fd, (struct sockaddr *)ret, &n) && (ret->ss_family == AF_INET || ret->ss_family == AF_INET6);
}

/* Polled, so it must not block whoever comes second. */
static bool take(int fd)
{
    struct sockaddr_storage address;
    int flags = fcntl(fd, F_GETFL);
    return sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) > 0 && manager_address(fd, &address) && flags >= 0 &&
           !fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int manager_sockets(int ret[static MANAGER_SOCKETS_MAX], struct buf *why)
{
    int n = sd_listen_fds(1);
    if (n < 0 || n > MANAGER_SOCKETS_MAX) {
        buf_printf(why, "cannot take the sockets of the service manager: %s",
                   n < 0 ? strerror(-n) : "there are more than 64");
        return -1;
    }
    for (int i = 0; i < n; i++) {
        ret[i] = SD_LISTEN_FDS_START + i;
        if (take(ret[i]))
            continue;
        buf_printf(why, "socket %d of the service manager is no listening TCP socket (Accept= must be no)", i + 1);
        return -1;
    }
    return n;
}

void manager_ready(const char *address, int workers)
{
    sd_notifyf(0, "READY=1\nSTATUS=serving http://%s with %d workers", address, workers);
}

void manager_stopping(int64_t seconds)
{
    sd_notifyf(0, "STOPPING=1\nSTATUS=finishing what has begun\nEXTEND_TIMEOUT_USEC=%lld",
               (long long)seconds * 1000000);
}

void manager_status(const char *text)
{
    sd_notifyf(0, "STATUS=%s", text);
}

uint64_t manager_watchdog_ms(void)
{
    uint64_t us;
    if (sd_watchdog_enabled(0, &us) <= 0)
        return 0;
    return us / 1000 / SIGNS ? us / 1000 / SIGNS : 1;
}

void manager_alive(void)
{
    sd_notify(0, "WATCHDOG=1");
}
