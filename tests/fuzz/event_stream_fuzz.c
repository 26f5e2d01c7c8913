/* Event stream fuzz: whatever bytes come as server-sent events or as an answer of a chat-completions API, their readers
 * stay within them, and the way the bytes are cut makes no difference. As a libFuzzer target: clang-14
 * -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -I. tests/fuzz/event_stream_fuzz.c
 * transport/services/openai/{event_stream,completion}.c proto/base/{json,stamp,buf,utf8}.c -ljansson -lunistring -lm
 * The corpus is tests/fuzz/event_stream; tests/transport/services/openai/event_stream_fuzz_test.c runs it, mutated by a
 * seed, in every test run. */
#include "proto/base/utf8.h"
#include "transport/services/openai/completion.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

struct said {
    uint64_t sum;
    size_t n, bytes;
};

static void on_said(void *arg, struct text data)
{
    struct said *s = arg;
    s->n++;
    s->bytes += data.n;
    s->sum = s->sum * 31 + text_digest(data);
}

static struct said read_events(struct text t, size_t piece)
{
    struct event_stream s = { 0 };
    struct said said = { 0 };
    bool good = true;
    for (size_t at = 0; at < t.n && good; at += piece)
        good = event_stream_feed(&s, (struct text){ t.p + at, t.n - at < piece ? t.n - at : piece }, on_said, &said);
    good = good && event_stream_end(&s, on_said, &said);
    MUST(good == !s.broken);
    MUST(said.bytes <= t.n);
    event_stream_fini(&s);
    return said;
}

static enum completion_fault read_answer(struct text t, size_t piece, struct buf *reply)
{
    struct completion c = { 0 };
    for (size_t at = 0; at < t.n; at += piece)
        completion_feed(&c, (struct text){ t.p + at, t.n - at < piece ? t.n - at : piece });
    enum completion_fault fault = completion_end(&c);
    if (!fault)
        buf_text(reply, buf_view(&c.reply));
    completion_fini(&c);
    return fault;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1); /* exactly: the sanitizer sees a byte too many */
    struct buf one = { 0 }, other = { 0 };
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    struct text t = { copy, size };
    struct said whole = read_events(t, size ? size : 1), bytes = read_events(t, 1), threes = read_events(t, 3);
    MUST(!memcmp(&whole, &bytes, sizeof whole) && !memcmp(&whole, &threes, sizeof whole));
    enum completion_fault fault = read_answer(t, size ? size : 1, &one);
    MUST(read_answer(t, 1, &other) == fault && text_equal(buf_view(&one), buf_view(&other)));
    MUST(fault || (one.n && utf8_valid(buf_view(&one)) && !memchr(one.p, 0, one.n)));
    struct completion_spelling s = { 0 };
    MUST(completion_refuses_spelling(400, t, &s) == (s.newer || s.whole));
    buf_fini(&one);
    buf_fini(&other);
    free(copy);
    return 0;
}
