/* Token: the pair of tokens that sign-in to coaching hands out (coaching contract, section 3.1): JWTs signed with the area's
 * key, that say whom they name, what they are for, and until when. Nothing of them is stored. Whoever has the key may make
 * such tokens elsewhere. Any thread. */
#pragma once

#include "proto/base/json.h"

enum { COACHING_USER_MAX = 256 }; /* bytes of the id of a user in a token, NUL included */

/* Appends {"access_token": …, "refresh_token": …}. False without memory or chance. */
bool coaching_tokens_put(struct buf *out, const char *user);

enum coaching_token { COACHING_ACCESS, COACHING_REFRESH };

/* Reads whom a token names that counts at the time `now` (seconds since 1970) and is for this. False: it does not. */
bool coaching_token_read(struct text token, enum coaching_token what, int64_t now,
                         char ret_user[static COACHING_USER_MAX]);
