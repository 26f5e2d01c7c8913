/* Voice fuzz: whatever bytes an embedder says, their reader stays within them, the way they are cut makes no difference, and
 * what is taken for an embedding is one. As a libFuzzer target: clang-14 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE
 * -I. tests/fuzz/voice_fuzz.c transport/services/voice/voice_frame.c proto/base/buf.c -lm
 * The corpus is tests/fuzz/voice; tests/transport/services/voice/voice_fuzz_test.c runs it, mutated by a seed, in every
 * test run. */
#include "transport/services/voice/voice_frame.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

struct heard {
    uint64_t sum;
    size_t n;
    bool good;
};

static void on_frame(void *arg, const struct voice_frame *f)
{
    struct heard *h = arg;
    double length = 0;
    MUST((f->kind == VOICE_GREETING) == !h->n); /* it comes first, and once */
    for (int i = 0; f->kind == VOICE_EMBEDDING && i < VOICE_FLOATS; i++)
        length += (double)f->floats[i] * f->floats[i];
    MUST(f->kind != VOICE_EMBEDDING || (isfinite(length) && length > 0));
    h->n++;
    h->sum = h->sum * 31 + f->id + (uint64_t)f->kind;
    if (f->kind == VOICE_EMBEDDING)
        h->sum = h->sum * 31 + text_digest((struct text){ (const char *)f->floats, sizeof f->floats });
}

static struct heard read_pieces(struct text t, size_t piece)
{
    struct voice_reader r = { 0 };
    struct heard h = { .good = true };
    for (size_t at = 0; at < t.n && h.good; at += piece)
        h.good = voice_reader_feed(&r, (struct text){ t.p + at, t.n - at < piece ? t.n - at : piece }, on_frame, &h);
    MUST(h.good == !r.broken && h.n <= t.n / 8);
    return h;
}

static bool same(struct heard a, struct heard b)
{
    return a.sum == b.sum && a.n == b.n && a.good == b.good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1); /* exactly: the sanitizer sees a byte too many */
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    struct text t = { copy, size };
    struct heard whole = read_pieces(t, size ? size : 1);
    MUST(same(whole, read_pieces(t, 1)) && same(whole, read_pieces(t, 7)));
    free(copy);
    return 0;
}
