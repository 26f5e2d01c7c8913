/* Password: bcrypt hashes as they are stored, and checking against them. Blocking (about 200 ms at cost 12): pool
 * threads only. Any number at once; no state. Leaves no password or key in memory it gives back. */
#pragma once

#include "proto/text.h"

/* Stored forms: `$2b$CC$...` for passwords that bcrypt reads whole; for those it would cut (more than 71 bytes, or with
 * a NUL) a mark before the same. They are pre-hashed with HMAC-SHA-256: `$lectern-salted$` under the salt of this hash,
 * `$lectern-hmac$` under password-key. Without a password-key such a hash is from when the key was derived from the
 * jwt-secret; that one and the one from before it are tried. */
enum { PASSWORD_STORED_MAX = 96, PASSWORD_BYTES_MAX = 65536 };

/* Hashes at a cost of 4..15. False without memory or chance, or for a password of more than PASSWORD_BYTES_MAX. */
bool password_hash(struct text password, int cost, char ret[static PASSWORD_STORED_MAX]);

/* Does the password fit the stored text? Also takes `$2a$` and `$2y$`, and reads 72 bytes for hashes made elsewhere. A
 * stored text that is no hash at all takes the time of one of `cost` and says no; so does NULL, for unknown accounts.
 */
bool password_verify(struct text password, const char *stored, int cost);

/* After a password has fitted: should it be hashed again, because its stored form is not today's, or its cost lower
 * than `cost`? */
bool password_needs_renewal(struct text password, const char *stored, int cost);
