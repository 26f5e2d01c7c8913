/* Usage: the grammar of a command's words, which is its help text. Words in capitals are placeholders, words with | are
 * one of these, others must stand as they are; [..] may be left out (placeholders only behind all that may not),
 * WORD... takes the rest as it is. --name is a flag, --name VALUE an option; options may stand anywhere. */
#pragma once

#include "proto/base/buf.h"
#include "transport/admin/command.h"

enum usage { USAGE_FITS, USAGE_WRONG, USAGE_OTHER };

/* Puts words into call->args and call->given. OTHER: the literal words are not these. WRONG: they are, but something
 * else is wrong; why may say what. */
enum usage usage_read(const char *usage, const char *const *words, size_t n, struct admin_call *call, struct buf *why);

/* What a row is called where it has to be told from the others of its name: the name and the words of its usage that
 * are no options. */
void usage_id(const struct admin_command *row, struct buf *out);
