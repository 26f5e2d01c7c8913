/* WebSocket fuzz: whatever bytes come, the reader of frames stays within them and within its limit, and neither how they
 * are cut nor where the user stops makes a difference. As a libFuzzer target: clang-14 -fsanitize=fuzzer,address,undefined
 * -D_GNU_SOURCE -I. tests/fuzz/ws_fuzz.c transport/ws/frames.c proto/base/{buf,utf8}.c -lwslay -lunistring. The corpus is
 * tests/fuzz/ws; tests/transport/ws/fuzz_test.c runs it, mutated by a seed, in every test run. */
#include "proto/base/utf8.h"
#include "transport/ws/frames.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

enum { MESSAGE_MOST = 300 };

/* A running digest of what the reader tells. */
struct digest {
    uint64_t sum, messages, controls;
    bool stops; /* after each */
};

static bool note(struct digest *d, enum frame_kind kind, struct text payload)
{
    d->sum = (d->sum ^ kind) * 0x100000001b3u + payload.n;
    for (size_t i = 0; i < payload.n; i++)
        d->sum = (d->sum ^ (unsigned char)payload.p[i]) * 0x100000001b3u;
    return !d->stops;
}

static bool on_message(void *arg, enum frame_kind kind, struct text payload)
{
    MUST(payload.n <= MESSAGE_MOST && (kind == FRAME_TEXT || kind == FRAME_BINARY));
    MUST(kind != FRAME_TEXT || utf8_valid(payload));
    ((struct digest *)arg)->messages++;
    return note(arg, kind, payload);
}

static bool on_control(void *arg, enum frame_kind kind, struct text payload)
{
    uint16_t code;
    MUST(payload.n <= CONTROL_MOST && kind >= FRAME_CLOSE && kind <= FRAME_PONG);
    if (kind == FRAME_CLOSE)
        MUST(frame_close(payload, &code) || code == CLOSE_CODE_PROTOCOL || code == CLOSE_CODE_TEXT);
    ((struct digest *)arg)->controls++;
    return note(arg, kind, payload);
}

static const struct frame_user user = { on_message, on_control };

/* Reads on after each stop, until it stops for want of bytes. */
static enum close_code read_piece(struct frame_reader *r, const char *p, size_t n, struct digest *d)
{
    const char *why;
    uint64_t told = d->messages + d->controls;
    enum close_code code = frame_read(r, p, n, MESSAGE_MOST, true, &user, d, &why);
    while (!code && d->stops && told != d->messages + d->controls) {
        told = d->messages + d->controls;
        code = frame_read(r, "", 0, MESSAGE_MOST, true, &user, d, &why);
    }
    MUST(!code == !why);
    return code;
}

static enum close_code read_all(const char *p, size_t n, size_t piece, struct digest *d, bool *ret_amid)
{
    struct frame_reader *r = frame_reader_create();
    enum close_code code = CLOSE_CODE_NONE;
    MUST(r && frame_reader_idle(r));
    for (size_t at = 0; at < n && !code; at += piece)
        code = read_piece(r, p + at, n - at < piece ? n - at : piece, d);
    *ret_amid = !code && frame_reader_amid(r);
    MUST(code || frame_reader_idle(r) == !*ret_amid);
    frame_reader_destroy(r);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool amid, amid_cut, amid_stopped;
    struct digest whole = { 0 }, cut = { 0 }, stopped = { .stops = true };
    char *exact = malloc(size ? size : 1); /* of exactly that size, so that reading past it shows */
    if (!exact)
        return 0;
    memcpy(exact, data, size);
    enum close_code code = read_all(exact, size, size + 1, &whole, &amid);
    MUST(read_all(exact, size, 1, &cut, &amid_cut) == code);
    MUST(read_all(exact, size, 7, &stopped, &amid_stopped) == code);
    MUST(whole.sum == cut.sum && whole.messages == cut.messages && whole.controls == cut.controls && amid == amid_cut);
    MUST(whole.sum == stopped.sum && amid == amid_stopped);
    free(exact);
    return 0;
}
