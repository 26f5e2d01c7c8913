/* Password: bcrypt hashes as they are stored, and checking against them. Blocking (about 200 ms at cost 12): pool
 * threads only. Any number at once; no state. Leaves no password or key in memory it gives back. */
#pragma once

#include "proto/base/text.h"

/* One password, however its letters are composed and whichever blanks its keyboard makes: what is hashed is its form by
 * RFC 8265, OpaqueString (other spaces of Unicode become the ordinary one, then Normalization Form C), called normal
 * here. Where that differs from what came, what came is tried too, since older hashes were made of it. A text that is
 * not UTF-8, or has more than PASSWORD_BYTES_MAX, is its own normal form.
 *
 * Stored forms: `$2b$CC$...` for passwords that bcrypt reads whole; for those it would cut (more than 71 bytes, or with
 * a NUL) a mark before the same. They are pre-hashed with HMAC-SHA-256: `$lectern-salted$` under the salt of this hash,
 * `$lectern-hmac$` under password-key. Without a password-key such a hash is from when the key was derived from the
 * jwt-secret; that one and the one from before it are tried. */
enum { PASSWORD_STORED_MAX = 96, PASSWORD_BYTES_MAX = 65536 };

/* Code points of the normal form; SIZE_MAX without memory. */
size_t password_characters(struct text password);

enum password_fit { PASSWORD_WRONG, PASSWORD_FITS, PASSWORD_FITS_AS_IT_CAME /* and not in the normal form */ };

/* Hashes the normal form at a cost of 4..15. False without memory or chance, or for a password of more than
 * PASSWORD_BYTES_MAX. */
bool password_hash(struct text password, int cost, char ret[static PASSWORD_STORED_MAX]);

/* Does the password fit the stored text? Also takes `$2a$` and `$2y$`, and reads 72 bytes for hashes made elsewhere. A
 * stored text that is no hash at all takes the time of one of `cost` and says no; so does NULL, for unknown accounts.
 * Twice that time where what came is not the normal form and that does not fit. */
enum password_fit password_verify(struct text password, const char *stored, int cost);

/* After a password has fitted in its normal form: should it be hashed again, because its stored form is not today's, or
 * its cost lower than `cost`? */
bool password_needs_renewal(struct text password, const char *stored, int cost);
