/* Answer: a request is read, its command found, run and audited, and the answer written. On the thread of commands. */
#pragma once

#include "transport/admin/command.h"

enum { ADMIN_ANSWER_MAX = 8 << 20 };

/* Reads a request and writes the answer to it, whatever the bytes are; one line without its line feed. `failed` without
 * memory. */
void admin_answer(const struct server_view *server, const char *state, struct admin_caller caller, struct text bytes,
                  struct buf *answer);
/* Writes an answer that is an error: a sentence. Any thread. */
void admin_refuse(struct text why, struct buf *answer);
