/* UTF-8: is a text well-formed (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF), and where do its
 * words begin and end? Any thread. */
#pragma once

#include "proto/text.h"

bool utf8_valid(struct text t);

/* A well-formed text without the white space at its ends: what Unicode calls so, and the four separators of ASCII. */
struct text utf8_trim(struct text t);
