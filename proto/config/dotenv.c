/* Dotenv: see dotenv.h. The file is kept in one static block and cut in place, so nothing is allocated or freed. */
#include "proto/config/dotenv.h"

#include "proto/base/masked.h"
#include "proto/base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 65536, PAIRS_MAX = 512 };

static char content[FILE_MAX + 2];
static const char *path;
static struct dotenv_pair pairs[PAIRS_MAX];
static size_t npairs;
static char why[512];
static bool readable; /* by everybody */

static bool is_key_byte(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static char *skip_blanks(char *at)
{
    return at + strspn(at, " \t\r");
}

static char unescaped(char c)
{
    return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

/* Cuts the quoted value that begins behind the quote at `at`. Returns what follows the closing quote, NULL without one.
 */
static char *cut_quoted(char *at, char quote)
{
    char *to = at;
    for (; *at && *at != quote; at++)
        *to++ = quote == '"' && *at == '\\' && at[1] ? unescaped(*++at) : *at;
    if (!*at)
        return NULL;
    *to = 0;
    return at + 1;
}

static void cut_bare(char *value)
{
    char *end = value;
    while (*end && !(*end == '#' && (end == value || end[-1] == ' ' || end[-1] == '\t')))
        end++;
    while (end > value && strchr(" \t\r", end[-1]))
        end--;
    *end = 0;
}

/* Takes one line apart. False if it is not of the form. */
static bool read_line(char *line, int number)
{
    line = skip_blanks(line);
    if (!*line || *line == '#')
        return true;
    if (!strncmp(line, "export ", 7))
        line = skip_blanks(line + 7);
    char *end = line;
    while (is_key_byte(*end))
        end++;
    char *equals = skip_blanks(end);
    if (end == line || *equals != '=')
        return false;
    *end = 0;
    char *value = skip_blanks(equals + 1);
    if (*value == '"' || *value == '\'') {
        char *rest = cut_quoted(value + 1, *value);
        value++;
        if (!rest || !strchr("#", *skip_blanks(rest)))
            return false;
    } else {
        cut_bare(value);
    }
    if (npairs == PAIRS_MAX)
        return false;
    pairs[npairs++] = (struct dotenv_pair){ line, value, number };
    return true;
}

static bool refuse_file(const char *from, const char *what)
{
    struct buf shown = { 0 };
    masked_put(from, &shown);
    snprintf(why, sizeof why, "cannot read the configuration file %.*s: %s", (int)(shown.n < 300 ? shown.n : 300),
             shown.n ? shown.p : "", what);
    buf_fini(&shown);
    return false;
}

static bool read_file(int file)
{
    size_t n = 0;
    for (ssize_t got = 1; got > 0 && n <= FILE_MAX; n += (size_t)(got > 0 ? got : 0))
        got = read(file, content + n, FILE_MAX + 1 - n);
    content[n] = 0;
    if (n > FILE_MAX || strlen(content) != n) {
        snprintf(why, sizeof why, "%.300s is larger than %d bytes or not a text file", path, FILE_MAX);
        return false;
    }
    int number = 1;
    char *begin = content + (n - utf8_past_mark((struct text){ content, n }).n); /* some editors put one there */
    for (char *line = begin, *next; line; line = next, number++) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        if (!read_line(line, number)) {
            snprintf(why, sizeof why, "%.300s, line %d is not KEY=VALUE", path, number);
            return false;
        }
    }
    return true;
}

/* A file of others would choose our database and our keys. One that is named is the operator's choice, whoever's it is,
 * and need be no file; but nobody else may write it. */
static bool may_trust(const struct stat *st, const char *from, bool named)
{
    if (!named && st->st_uid && st->st_uid != geteuid())
        return refuse_file(from, "it belongs to another user; name it with --config if it is meant, or take it away");
    if (S_ISREG(st->st_mode) && st->st_mode & (S_IWGRP | S_IWOTH))
        return refuse_file(from, "others can write it; close it to them: chmod go-w");
    readable = S_ISREG(st->st_mode) && st->st_mode & S_IROTH;
    return true;
}

/* Without a name only a file is one: a folder may be called so too, and no pipe holds the start up. */
static bool read_path(const char *from, bool named)
{
    struct stat st;
    int file = open(from, O_RDONLY | O_CLOEXEC | (named ? 0 : O_NONBLOCK));
    if (file < 0 || fstat(file, &st))
        return !refuse_file(from, strerror(errno)) && !named;
    bool none = !named && !S_ISREG(st.st_mode);
    path = none ? path : from;
    bool read = none || (may_trust(&st, from, named) && read_file(file));
    close(file);
    return read;
}

bool dotenv_load(const char *named, const char **ret_why)
{
    static const char *const places[] = { "./.env", "../.env" };
    npairs = 0;
    path = NULL;
    *ret_why = why;
    if (named)
        return read_path(named, true);
    for (size_t i = 0; i < sizeof places / sizeof *places && !path; i++)
        if (!read_path(places[i], false))
            return false;
    return true;
}

const struct dotenv_pair *dotenv_find(const char *key)
{
    for (size_t i = npairs; i-- > 0;)
        if (!strcasecmp(pairs[i].key, key))
            return &pairs[i];
    return NULL;
}

size_t dotenv_pairs(const struct dotenv_pair **ret)
{
    *ret = pairs;
    return npairs;
}

bool dotenv_readable(void)
{
    return path && readable;
}

const char *dotenv_path(void)
{
    return path;
}
