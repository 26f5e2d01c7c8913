/* Own: see own.h. */
#include "proto/base/own.h"

#include "proto/base/user.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static int cannot(const char *what, const char *path, struct buf *why)
{
    buf_printf(why, "cannot %s %s: %s", what, path, strerror(errno));
    return -1;
}

/* Closes it, says it. */
static int refuse(int fd, struct buf *why, const char *path, const char *what)
{
    close(fd);
    buf_printf(why, "%s %s", path, what);
    return -1;
}

static int refuse_owner(int fd, struct buf *why, const char *path, uid_t found, uid_t owner)
{
    close(fd);
    buf_printf(why, "%s belongs to ", path);
    user_put(found, why);
    buf_puts(why, ", not to ");
    user_put(owner, why);
    buf_puts(why, ", as whom the server runs; nothing of others is trusted: run it as its owner, give it to the "
                  "server's user (chown), or name another place");
    return -1;
}

static int refuse_mode(int fd, struct buf *why, const char *path, mode_t mode, mode_t forbidden)
{
    close(fd);
    buf_printf(why, "%s can be %s by others (mode %04o); close it to them: chmod go-%s", path,
               forbidden & 044 ? "read" : "written", (unsigned)mode & 07777, forbidden & 044 ? "rwx" : "w");
    return -1;
}

/* ---- folders ---- */

/* A slash or "/." at the end would lead through a link. */
static bool bare(const char *path, char ret[static PATH_MAX])
{
    size_t n = strlen(path);
    if (!n || n >= PATH_MAX) {
        errno = n ? ENAMETOOLONG : ENOENT;
        return false;
    }
    memcpy(ret, path, n + 1);
    while (n > 1 && (ret[n - 1] == '/' || (n > 2 && ret[n - 1] == '.' && ret[n - 2] == '/')))
        ret[--n] = 0;
    return true;
}

static int judge_folder(int fd, const char *path, uid_t owner, struct buf *why)
{
    struct stat st;
    if (fstat(fd, &st)) {
        close(fd);
        return cannot("look at", path, why);
    }
    if (st.st_uid != owner && st.st_uid != geteuid())
        return refuse_owner(fd, why, path, st.st_uid, owner);
    if (st.st_mode & OWN_WRITABLE)
        return refuse_mode(fd, why, path, st.st_mode, OWN_WRITABLE);
    return fd;
}

/* Why was it not opened? */
static int no_folder(int at, const char *name, const char *path, struct buf *why)
{
    int error = errno;
    struct stat st;
    bool found = !fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW);
    if (found && S_ISLNK(st.st_mode))
        buf_printf(why, "%s is a symbolic link; give the folder itself", path);
    else if (found && !S_ISDIR(st.st_mode))
        buf_printf(why, "%s is no folder", path);
    else if (error != ENOENT)
        buf_printf(why, "cannot open the folder %s: %s", path, strerror(error));
    errno = error;
    return -1;
}

int own_folder_find(const char *path, uid_t owner, struct buf *why)
{
    char name[PATH_MAX];
    if (!bare(path, name))
        return cannot("use the folder", path, why);
    int fd = open(name, FOLDER);
    return fd < 0 ? no_folder(AT_FDCWD, name, path, why) : judge_folder(fd, path, owner, why);
}

/* Makes a folder and those above it; one that exists is fine. */
static bool make_folders(const char *path)
{
    char copy[PATH_MAX];
    if (!bare(path, copy))
        return false;
    for (char *at = copy + 1;; at++) {
        if (*at && *at != '/')
            continue;
        char end = *at;
        *at = 0;
        if (mkdir(copy, end ? 0755 : 0711) && errno != EEXIST)
            return false;
        if (!end)
            return true;
        *at = end;
    }
}

int own_folder(const char *path, struct buf *why)
{
    size_t said = why->n;
    int fd = own_folder_find(path, geteuid(), why);
    if (fd >= 0 || why->n > said)
        return fd;
    mode_t before = umask(0); /* else it had to be widened by its name */
    bool made = make_folders(path);
    int error = errno;
    umask(before);
    errno = error;
    if (!made)
        return cannot("make the folder", path, why);
    fd = own_folder_find(path, geteuid(), why);
    return fd >= 0 || why->n > said ? fd : cannot("make the folder", path, why);
}

int own_folder_at(int folder, const char *path, const char *name, uid_t owner, gid_t group, struct buf *why)
{
    char whole[PATH_MAX];
    struct stat st;
    snprintf(whole, sizeof whole, "%s/%s", path, name);
    if (mkdirat(folder, name, 0700) && errno != EEXIST)
        return cannot("make", whole, why);
    int fd = openat(folder, name, FOLDER);
    if (fd < 0)
        return no_folder(folder, name, whole, why);
    fd = judge_folder(fd, whole, owner, why);
    if (fd < 0 || fstat(fd, &st) || st.st_uid == owner || !fchown(fd, owner, group))
        return fd;
    (void)cannot("give away", whole, why);
    close(fd);
    return -1;
}

/* ---- files ---- */

static int judge_file(int fd, const char *path, uid_t owner, mode_t forbidden, struct buf *why)
{
    struct stat st;
    if (fstat(fd, &st)) {
        close(fd);
        return cannot("look at", path, why);
    }
    if (!S_ISREG(st.st_mode))
        return refuse(fd, why, path, "is no regular file; take it away");
    if (st.st_uid != owner && st.st_uid != geteuid())
        return refuse_owner(fd, why, path, st.st_uid, owner);
    if (st.st_nlink != 1)
        return refuse(fd, why, path, "is also a file of another name (a hard link); put a copy in its place");
    if (st.st_mode & forbidden)
        return refuse_mode(fd, why, path, st.st_mode, st.st_mode & forbidden & 022 ? 022 : 044);
    return fd;
}

int own_file(int folder, const char *path, const char *name, int flags, uid_t owner, mode_t forbidden, struct buf *why)
{
    char whole[PATH_MAX];
    snprintf(whole, sizeof whole, "%s/%s", path, name);
    int fd = openat(folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    if (fd >= 0)
        return judge_file(fd, whole, owner, forbidden, why);
    if (errno == ENOENT && !(flags & O_CREAT))
        return -1;
    if (errno == ELOOP)
        buf_printf(why, "%s is a symbolic link; put a file of the server's own in its place", whole);
    else if (errno == ENXIO || errno == EISDIR)
        buf_printf(why, "%s is no regular file; take it away", whole);
    else
        return cannot("open", whole, why);
    return -1;
}
