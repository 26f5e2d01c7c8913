/* Secret: see secret.h. A new file is complete before it gets its name, so a start that dies half-way leaves no short
 * key. */
#include "proto/config/secret.h"

#include "proto/base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { DIGITS = 64 };

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

static bool fill(int file)
{
    char digits[DIGITS + 2];
    bool made = secret_hex(digits, DIGITS / 2);
    digits[DIGITS] = '\n';
    made = made && write(file, digits, DIGITS + 1) == DIGITS + 1 && !fsync(file);
    explicit_bzero(digits, sizeof digits);
    return made;
}

static bool make(int folder, const char *name)
{
    char temporary[NAME_MAX];
    snprintf(temporary, sizeof temporary, "%s.new", name);
    (void)unlinkat(folder, temporary, 0); /* left by a start that died */
    int file = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    bool made = fill(file);
    close(file);
    return made && !renameat(folder, temporary, folder, name);
}

static int open_or_make(int folder, const char *path, const char *name, struct buf *why)
{
    size_t said = why->n;
    int file = own_file(folder, path, name, O_RDONLY, geteuid(), OWN_ANY, why);
    if (file < 0 && why->n == said && make(folder, name))
        file = own_file(folder, path, name, O_RDONLY, geteuid(), OWN_ANY, why);
    return file;
}

bool secret_keep(const char *path, const char *name, char to[static SECRET_MAX], struct buf *why)
{
    buf_printf(why, "cannot read or make %s/%s: ", path, name);
    size_t said = why->n;
    int folder = own_folder(path, why), file = folder < 0 ? -1 : open_or_make(folder, path, name, why);
    ssize_t n = file < 0 ? -1 : read(file, to, SECRET_MAX - 1);
    if (n < 0 && why->n == said)
        buf_puts(why, strerror(errno));
    if (file >= 0)
        close(file);
    if (folder >= 0)
        close(folder);
    if (n < 0)
        return false;
    buf_reset(why);
    to[n] = 0;
    to[strcspn(to, "\r\n")] = 0;
    return true;
}
