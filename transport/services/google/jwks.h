/* Jwks: a set of public keys as a sign-in provider publishes it (RFC 7517), of which RSA signature keys are taken, and
 * whether one of them has signed something (RS256, RFC 7518, section 3.3). Immutable once read; any thread. */
#pragma once

#include "proto/base/text.h"

enum {
    JWKS_TEXT_MAX = 65536, /* bytes of a document */
    JWKS_KEYS_MAX = 32,    /* of a set; more are left out */
    JWKS_KID_MAX = 255,
    JWKS_BITS_MIN = 2048,
    JWKS_BITS_MAX = 8192,
};

struct jwks;

/* One key of a set, by itself. */
struct jwks_key;

/* Reads {"keys": [...]}. Whatever is no RSA key for signatures of 2048 to 8192 bits with a kid is left out. NULL if the
 * text is no such document, no key is left, or there is no memory. */
struct jwks *jwks_read(struct text json);
void jwks_destroy(struct jwks *set); /* NULL is fine */
int jwks_count(const struct jwks *set);

/* The key of this name, NULL if there is none. A reference of the caller's own, which outlives the set. */
struct jwks_key *jwks_find(const struct jwks *set, struct text kid);
void jwks_key_unref(struct jwks_key *key); /* NULL is fine */

/* Is signature (raw bytes) one of this key over these bytes, by RSASSA-PKCS1-v1_5 with SHA-256? About 40 microseconds.
 */
bool jwks_key_signed(struct jwks_key *key, struct text bytes, struct text signature);
