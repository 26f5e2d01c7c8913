/* Dotenv: a KEY=VALUE file. One file, read once at start by the main thread; the values live as long as the process.
 * Knows nothing of parameters. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct dotenv_pair {
    const char *key, *value;
    int line;
};

/* Reads the file that is named; with NULL ./.env, or ../.env if there is none, and then no file is fine. Lines:
 * KEY=VALUE, `export KEY=VALUE`, # comments, values bare, 'literal' or "with \n \t \\ \" escapes"; after a bare value
 * " #" begins a comment. False with a sentence in ret_why (static storage) on a line that is none of these, on a file
 * of more than 64 KiB, on a named one that cannot be read, on one that others may write, and on one that is not
 * named and belongs to others than root and us. */
bool dotenv_load(const char *named, const char **ret_why);

/* The pair of a key, whatever its letters' case; NULL if absent. The last of several counts. */
const struct dotenv_pair *dotenv_find(const char *key);

/* All pairs in the order of their lines. */
size_t dotenv_pairs(const struct dotenv_pair **ret);

/* Can everybody on this machine read the file that was read? */
bool dotenv_readable(void);

/* The file that was read, NULL if none. */
const char *dotenv_path(void);
