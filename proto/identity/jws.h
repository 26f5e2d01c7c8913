/* Jws: a signed token in its compact form, header.payload.signature (RFC 7515, section 3.1), taken apart strictly:
 * three parts, none empty, each in its one spelling, header and payload JSON objects in which no name stands twice.
 * What they say and who has signed are the caller's questions. Any thread. */
#pragma once

#include "proto/base/text.h"

#include <jansson.h>
#include <openssl/types.h>
#include <stdint.h>

enum { JWS_MAX = 16384 /* bytes */ };

struct jws {
    struct text signing_input; /* header.payload, as it was sent: what the signature is over */
    struct text signature;     /* as it was sent */
    json_t *header, *payload;
};

/* False, and nothing to free, if it is none, or has more than JWS_MAX bytes. *ret borrows the token. */
bool jws_read(struct text token, struct jws *ret);
void jws_fini(struct jws *jws);

/* The parts of a token without a look into them. False if there are not three, or one is empty. */
bool jws_split(struct text token, struct text *ret_header, struct text *ret_payload, struct text *ret_signature);

/* Is the header of a token that is signed by this algorithm, and in which nothing stands that must be understood? */
bool jws_header_fits(const json_t *header, const char *algorithm);

/* Is the signature the token's HMAC by this digest and key (RFC 7518, section 3.2)? Takes as long whether it is or not. */
bool jws_mac_fits(const struct jws *jws, const EVP_MD *digest, const char *key);

/* A member that is a text; absent if it is none. */
struct text jws_text(const json_t *object, const char *name);
/* Is the member absent, or a text? */
bool jws_text_if_there(const json_t *object, const char *name);

/* Reads a whole number of seconds since 1970, up to the end of the year 9999: no text, no fraction, nothing before
 * 1970.
 */
bool jws_time(const json_t *object, const char *name, int64_t *ret);
