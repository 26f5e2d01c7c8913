/* Secret: see secret.h. A new file is complete before it gets its name, so a start that dies half-way leaves no short
 * key. */
#include "proto/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGITS = 64 };
static char kept[1024];

bool secret_hex(char *to, size_t n)
{
    unsigned char bytes[64];
    if (n > sizeof bytes || getrandom(bytes, n, 0) != (ssize_t)n)
        return false;
    for (size_t i = 0; i < n; i++)
        snprintf(to + 2 * i, 3, "%02x", bytes[i]);
    explicit_bzero(bytes, sizeof bytes);
    return true;
}

bool secret_same(struct text given, const char *secret)
{
    size_t n = strlen(secret);
    unsigned char differs = given.n != n;
    for (size_t i = 0; i < given.n; i++)
        differs |= (unsigned char)(given.p[i] ^ secret[n ? i % n : 0]);
    return !differs;
}

bool secret_folder(const char *folder)
{
    char path[PATH_MAX];
    size_t n = strlen(folder);
    if (!n || n >= sizeof path) {
        errno = n ? ENAMETOOLONG : ENOENT;
        return false;
    }
    memcpy(path, folder, n + 1);
    for (char *at = path + 1;; at++) {
        if (*at && *at != '/')
            continue;
        char end = *at;
        *at = 0;
        if (!mkdir(path, 0711))
            (void)chmod(path, end ? 0755 : 0711); /* whatever the umask is; failing leaves it more private */
        else if (errno != EEXIST)
            return false;
        if (!end)
            return true;
        *at = end;
    }
}

static bool make(const char *path)
{
    char temporary[PATH_MAX + 8], digits[DIGITS + 2];
    snprintf(temporary, sizeof temporary, "%s.new", path);
    (void)unlink(temporary); /* left by a start that died */
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    bool made = secret_hex(digits, DIGITS / 2);
    digits[DIGITS] = '\n';
    made = made && write(file, digits, DIGITS + 1) == DIGITS + 1 && !fsync(file);
    explicit_bzero(digits, sizeof digits);
    close(file);
    return made && !rename(temporary, path);
}

bool secret_keep(const char *folder, const char *name, const char **ret, char *why, size_t size)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT && secret_folder(folder) && make(path))
        file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read(file, kept, sizeof kept - 1);
    if (n < 0)
        snprintf(why, size, "cannot read or make %s: %s", path, strerror(errno));
    if (file >= 0)
        close(file);
    if (n < 0)
        return false;
    kept[n] = 0;
    kept[strcspn(kept, "\r\n")] = 0;
    *ret = kept;
    return true;
}
