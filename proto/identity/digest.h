/* Digest: what is stored of a token that must not be stored: its SHA-256 (FIPS 180-4) as hexadecimal digits. Any thread. */
#pragma once

#include "proto/base/text.h"

enum { DIGEST_MAX = 65 };

/* Writes it in lower case, ended by NUL. False without memory. */
bool digest_put(struct text token, char to[static DIGEST_MAX]);
