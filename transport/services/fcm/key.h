/* Key: a Firebase service account (classroom contract, section 10): who we are to Google, and the signature that proves
 * it. Read once at start; immutable, any thread may sign with it. */
#pragma once

#include "proto/base/buf.h"

#include <stdint.h>

struct fcm_key {
    char *project; /* letters, digits, - . : only, fit for a URL */
    char *email, *key_id /* or NULL */, *token_uri;
    char *pem; /* the private key; never leaves this file */
};

/* Reads the JSON file at this path and tries the key once. NULL with the reason in why, which names neither the path
 * nor anything of the content. Main thread: it reads a file. */
struct fcm_key *fcm_key_read(const char *path, struct buf *why);
void fcm_key_free(struct fcm_key *k); /* wipes the private key; NULL is fine */

/* Appends the assertion for an access token: an RS256 JWT to this audience, good for an hour from now_s on (RFC 7523).
 * Takes about a millisecond: for the blocking pool. */
bool fcm_key_assert(const struct fcm_key *k, const char *audience, int64_t now_s, struct buf *out);
