/* Dotenv: the KEY=VALUE file beside or above the server. One file, read once at start by the main thread; the values
 * live as long as the process. Knows nothing of parameters. */
#pragma once

#include <stdbool.h>

/* Reads ./.env, or ../.env if there is none. Lines: KEY=VALUE, `export KEY=VALUE`, # comments, values bare, 'literal'
 * or "with \n \t \\ \" escapes"; after a bare value " #" begins a comment. No file is fine. False with a sentence in
 * ret_why (static storage) on a line that is none of these, and on a file of more than 64 KiB. */
bool dotenv_load(const char **ret_why);

/* The value of a key, NULL if absent. The last of several counts. */
const char *dotenv_get(const char *key);

/* The file that was read, NULL if none. */
const char *dotenv_path(void);
