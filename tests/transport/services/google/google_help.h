/* Google help: an RSA key of the test's own, its key document, and ID tokens that it signs. */
#pragma once

#include "proto/base/buf.h"
#include "tests/test.h"

#include <stdint.h>

#define AUDIENCE "client.apps.example"
#define KID      "key-1"
#define NOW      INT64_C(1700000000)

void google_start(void); /* makes the key: half a second */
void google_stop(void);

/* Appends the key as an entry of a document, under this name. */
void google_put_key(struct buf *out, const char *kid);
/* {"keys": [entries]}; borrowed until the next call. */
struct text google_document(const char *entries);

/* A token of these very bytes, signed. Borrowed until the next call. */
struct text google_token(const char *header, const char *payload);

/* The header and claims of a good one at NOW. */
#define GOOD_HEADER "{\"alg\":\"RS256\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}"
#define GOOD_CLAIMS                                                                                                    \
    "{\"iss\":\"https://accounts.google.com\",\"aud\":\"" AUDIENCE "\",\"sub\":\"1\",\"email\":\"ada@example.org\","   \
    "\"email_verified\":true,\"name\":\"Ada\",\"iat\":1700000000,\"exp\":1700003600}"
