/* Frames: the bytes of RFC 6455 as messages and control frames, read by wslay, and back. Pure; one thread per reader. A
 * reader costs 5 KB, so a socket has one only while something is half here. */
#pragma once

#include "proto/base/buf.h"

enum { CONTROL_MOST = 125, FRAME_HEAD_MOST = 10 };

enum frame_kind { FRAME_TEXT = 1, FRAME_BINARY = 2, FRAME_CLOSE = 8, FRAME_PING = 9, FRAME_PONG = 10 };

/* Close codes that this server says (RFC 6455, section 7.4, and the IANA registry; from 4000 on they are its own). */
enum close_code {
    CLOSE_CODE_NONE = 0, /* a close frame without one */
    CLOSE_CODE_NORMAL = 1000,
    CLOSE_CODE_GOING_AWAY = 1001,
    CLOSE_CODE_PROTOCOL = 1002,
    CLOSE_CODE_BINARY = 1003,
    CLOSE_CODE_TEXT = 1007,
    CLOSE_CODE_POLICY = 1008,
    CLOSE_CODE_TOO_BIG = 1009,
    CLOSE_CODE_INTERNAL = 1011,
    CLOSE_CODE_TRY_AGAIN = 1013,
    CLOSE_CODE_TOKEN = 4401,
    CLOSE_CODE_REMOVED = 4403,
    CLOSE_CODE_SLOW = 4408,
};

struct frame_reader;

/* What a reader tells. Payloads are borrowed until the call returns. False: no more for now; what has come is kept. */
struct frame_user {
    bool (*message)(void *arg, enum frame_kind kind, struct text payload); /* whole; text is UTF-8 */
    bool (*control)(void *arg, enum frame_kind kind, struct text payload); /* close: see frame_close */
};

/* NULL without memory. */
struct frame_reader *frame_reader_create(void);
void frame_reader_destroy(struct frame_reader *r); /* NULL is fine */

/* p[0..n) has come, behind what is kept. Goes on until all is read, the user wants no more, or the peer has done what it
 * may not: then the code to close with is returned, and *ret_why says what; the reader is of no use any more. Messages may
 * have `most` bytes, binary ones only if they are wanted. */
enum close_code frame_read(struct frame_reader *r, const char *p, size_t n, uint64_t most, bool binary,
                           const struct frame_user *user, void *arg, const char **ret_why);

/* Nothing is half here, nothing is kept: it may serve another socket. */
bool frame_reader_idle(const struct frame_reader *r);
/* A message or a frame has begun and not ended. */
bool frame_reader_amid(const struct frame_reader *r);
/* Bytes up to the last moment at which nothing was half here: what is half here now has begun after it. */
uint64_t frame_reader_whole(const struct frame_reader *r);
uint64_t frame_reader_memory(const struct frame_reader *r); /* bytes */

/* What a close frame says: its code, 0: none. False: it may not say that, and *ret_code is the one to answer with. */
bool frame_close(struct text payload, uint16_t *ret_code);

/* The head of an unmasked frame with n bytes of payload, which is the whole message. Returns its length. */
size_t frame_head(enum frame_kind kind, size_t n, char ret[static FRAME_HEAD_MOST]);
/* A whole frame. */
void frame_append(enum frame_kind kind, struct text payload, struct buf *out);
/* A close frame; the reason is shortened to what fits. Code 0: without any. */
void frame_append_close(uint16_t code, const char *reason, struct buf *out);
