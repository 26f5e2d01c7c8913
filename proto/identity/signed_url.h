/* Signed URL: an address that is good without a token, for a while. Players open bare addresses, so what they may hear
 * is given to them as one: `expires` and a `signature` (HMAC-SHA256, RFC 2104, of the thing and the time, with a key
 * derived from the sign-in secret) stand in its query. It names one thing, says nothing about who asked, and cannot be
 * made by whoever has not the secret. The secret from
 * before it (jwt-secret-previous) still verifies. Any thread. */
#pragma once

#include "proto/base/buf.h"

/* Is `expires` (decimal) still to come at `now`, and the signature that of this thing and time? Seconds since 1970.
 * Takes the same time whatever is wrong with the signature. */
bool signed_url_valid(const char *thing, struct text expires, struct text signature, int64_t now);

/* Appends "expires=1790000000&signature=…" for a thing, such as "audio/5". Marks out as failed where digests are not to
 * be had. */
void signed_url_put(struct buf *out, const char *thing, int64_t expires);

/* ---- audio files ---- */

/* May anybody open audio by its bare address (identity legacy: classroom contract, section 5)? */
bool audio_url_open(void);

/* Appends "audio/5/stream?expires=…&signature=…", relative to where the API is: good for audio-url-hours from now on,
 * up to the next full hour, so that all who ask within one get the same. `now`: seconds since 1970. */
void audio_url_put(struct buf *out, int32_t audio, int64_t now);

/* For documents. */
#define AUDIO_URL_EXAMPLE                                                                                              \
    "audio/1/stream?expires=1790000000&signature=9f86d081884c7d659a2feaa0c55ad0159f86d081884c7d659a2feaa0c55ad015"

/* Is this the query of such an address? `audio`: the id as the path has it. */
bool audio_url_valid(struct text audio, struct text expires, struct text signature, int64_t now);
