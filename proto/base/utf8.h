/* UTF-8: is a text well-formed (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF), and what of it can
 * be seen? Any thread. */
#pragma once

#include "proto/base/text.h"

bool utf8_valid(struct text t);

/* Code points of a well-formed text. */
size_t utf8_count(struct text t);

/* The byte order mark, which some programs put before UTF-8, and a text without it. */
#define UTF8_MARK "\xef\xbb\xbf"
struct text utf8_past_mark(struct text t);

/* A well-formed text without what nobody sees at its ends: white space, control characters, and what Unicode calls
 * default ignorable (zero width, direction marks, byte order mark, soft hyphen, fillers …). Inside it they stay, and at
 * the end what belongs to a visible character before it: a variation selector, the tags of a flag, a joiner behind a
 * virama. */
struct text utf8_trim(struct text t);

/* The same without what belongs to its last visible character either, as the database compares names (account.plain):
 * texts that name the same account are one. */
struct text utf8_plain(struct text t);

/* Has a well-formed text such a character anywhere? */
bool utf8_has_invisible(struct text t);
