/* Invite token: what the link of an invitation carries (coaching contract, section 9.1). It is made of the key, the
 * invitation and how many links that has had (HMAC-SHA256, RFC 2104, as base64url without padding), so that whoever
 * sends it can make it again, and it need be stored nowhere: the database has its digest (digest.h). Any thread. */
#pragma once

#include "proto/base/text.h"

enum { INVITE_TOKEN_MAX = 44 };

/* Writes the token of an invitation's link number `generation`, from 1, ended by NUL. False without memory. */
bool invite_token_make(const char *key, struct text id, int32_t generation, char to[static INVITE_TOKEN_MAX]);
