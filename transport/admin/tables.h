/* Tables: all commands: a table for each group of them, and which row a request means. Any thread. */
#pragma once

#include "transport/admin/command.h"

/* Each table ends with a zeroed row; the list ends with NULL. */
extern const struct admin_command *const admin_tables[];

/* The row for the words (the first is its name), its arguments in call. NULL with a sentence in why, which is empty
 * before. */
const struct admin_command *tables_find(const char *const *words, size_t n, struct admin_call *call, struct buf *why);
