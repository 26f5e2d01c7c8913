/* UTF-8: is a text well-formed (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF)? Any thread. */
#pragma once

#include "proto/text.h"

bool utf8_valid(struct text t);
