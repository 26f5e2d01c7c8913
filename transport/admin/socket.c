/* Socket: see socket.h. */
#include "transport/admin/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_ROOM = 64 }; /* of a socket behind its shortened folder, with the slash */

static int open_folder_of(const char *path, size_t n)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", (int)n, path);
    return open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

bool socket_address(const char *path, struct sockaddr_un *ret, int *ret_folder)
{
    const char *name = strrchr(path, '/');
    *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
    *ret_folder = -1;
    if (strlen(path) < sizeof ret->sun_path) {
        strcpy(ret->sun_path, path);
        return true;
    }
    int folder = name && strlen(name) < NAME_ROOM ? open_folder_of(path, (size_t)(name - path)) : -1;
    if (folder < 0)
        return false;
    snprintf(ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d%s", folder, name);
    *ret_folder = folder;
    return true;
}

static int make(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Closes it, and errno stays. */
static int give_up(int fd)
{
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Of two ways to wait, the kernel's is fair to who came first. */
static bool connect_by(int fd, const struct sockaddr_un *address, int64_t wait_ms)
{
    struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    return (!wait_ms || (!fcntl(fd, F_SETFL, 0) && !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait))) &&
           !connect(fd, (const struct sockaddr *)address, sizeof *address) && !fcntl(fd, F_SETFL, O_NONBLOCK);
}

int socket_connect(const struct sockaddr_un *address, int64_t wait_ms)
{
    int fd = make();
    return fd < 0 || connect_by(fd, address, wait_ms) ? fd : give_up(fd);
}

bool socket_clear(const char *path, const struct sockaddr_un *address, struct buf *why)
{
    struct stat st;
    if (lstat(address->sun_path, &st))
        return true; /* what else is wrong with the path, listening tells */
    if (!S_ISSOCK(st.st_mode)) {
        buf_printf(why, "%s is there and is no socket; remove it or choose another path", path);
        return false;
    }
    int other = socket_connect(address, 0);
    if (other >= 0 || errno == EAGAIN) {
        buf_printf(why, "somebody listens at %s already", path);
        if (other >= 0)
            close(other);
        return false;
    }
    (void)unlink(address->sun_path); /* of a server that was killed */
    return true;
}

static bool share(const char *path, struct socket_access access)
{
    return (access.group == (gid_t)-1 || !chown(path, (uid_t)-1, access.group)) && !chmod(path, 0660);
}

int socket_listen(const struct sockaddr_un *address, struct socket_access access)
{
    int fd = make();
    if (fd < 0)
        return -1;
    mode_t mask = umask(0177);
    bool bound = !bind(fd, (const struct sockaddr *)address, sizeof *address);
    umask(mask);
    if (bound && (!access.shared || share(address->sun_path, access)) && !listen(fd, SOMAXCONN))
        return fd;
    if (bound)
        (void)unlink(address->sun_path);
    return give_up(fd);
}
