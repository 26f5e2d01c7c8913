/* Files: see files.h. */
#include "store/files.h"

#include "proto/base/own.h"
#include "proto/config/secret.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PART ".part"

/* ---- names ---- */

uint64_t files_room(const struct files *f)
{
    struct statvfs s;
    return fstatvfs(f->fd, &s) ? UINT64_MAX : (uint64_t)s.f_bavail * s.f_frsize;
}

bool files_name(const char *ending, char ret_name[static FILES_NAME_MAX])
{
    char digits[FILES_DIGITS + 1];
    if (!secret_hex(digits, FILES_DIGITS / 2))
        return false;
    snprintf(ret_name, FILES_NAME_MAX, "%s.%.*s", digits, FILES_ENDING_MAX, ending);
    return true;
}

struct text files_ending(struct text name)
{
    for (size_t i = name.n; i > 0; i--)
        if (name.p[i - 1] == '.')
            return (struct text){ name.p + i - 1, name.n - i + 1 };
    return TEXT("");
}

bool files_is_name(const char *name, bool *ret_part)
{
    size_t n = strspn(name, "0123456789abcdef"), ending = 0;
    if (n != FILES_DIGITS || name[n] != '.')
        return false;
    name += n + 1;
    while (isalnum((unsigned char)name[ending]))
        ending++;
    *ret_part = !strcmp(name + ending, PART);
    return ending >= 1 && ending <= FILES_ENDING_MAX && (!name[ending] || *ret_part);
}

static void part_name(const char *name, char ret[static FILES_NAME_MAX + sizeof PART])
{
    snprintf(ret, FILES_NAME_MAX + sizeof PART, "%.*s" PART, FILES_NAME_MAX - 1, name);
}

void files_path(const struct files *f, struct text name, struct buf *out)
{
    buf_puts(out, f->folder);
    buf_putc(out, '/');
    buf_text(out, name);
    buf_putc(out, 0);
}

/* ---- the folder ---- */

bool files_open(struct files *f, const char *folder, struct buf *why)
{
    buf_printf(why, "cannot keep files in %s: ", folder);
    *f = (struct files){ folder, own_folder(folder, why) };
    if (f->fd < 0)
        return false;
    if (faccessat(f->fd, ".", W_OK | X_OK, 0)) {
        buf_puts(why, strerror(errno));
        return false;
    }
    buf_reset(why);
    if (!flock(f->fd, LOCK_EX | LOCK_NB))
        return true;
    if (errno == EWOULDBLOCK)
        buf_printf(why, "another server keeps its files in %s; choose another folder", folder);
    else
        buf_printf(why, "cannot lock %s: %s", folder, strerror(errno));
    return false;
}

void files_close(struct files *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

/* ---- one file ---- */

int files_create(const struct files *f, const char *name)
{
    char part[FILES_NAME_MAX + sizeof PART];
    part_name(name, part);
    int fd = openat(f->fd, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : fd;
}

int files_reopen(const struct files *f, const char *name)
{
    char part[FILES_NAME_MAX + sizeof PART];
    part_name(name, part);
    int fd = openat(f->fd, part, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int files_write(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t written = write(fd, p, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -EIO;
        p += written;
        n -= (size_t)written;
    }
    return 0;
}

int files_sync(const struct files *f, int fd)
{
    return fsync(fd) < 0 || fsync(f->fd) < 0 ? -errno : 0;
}

int files_keep(const struct files *f, const char *name)
{
    char part[FILES_NAME_MAX + sizeof PART];
    part_name(name, part);
    return renameat(f->fd, part, f->fd, name) < 0 ? -errno : 0;
}

int files_drop(const struct files *f, const char *name)
{
    char part[FILES_NAME_MAX + sizeof PART];
    part_name(name, part);
    return unlinkat(f->fd, part, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int files_delete(const struct files *f, const char *name)
{
    return unlinkat(f->fd, name, 0) < 0 ? -errno : 0;
}
