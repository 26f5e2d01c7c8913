/* Http fuzz: whatever bytes come, the readers of requests stay within them, and the way the bytes are cut makes no
 * difference. As a libFuzzer target: clang-14 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -I.
 * tests/fuzz/http_fuzz.c transport/http/{parser,chunked,percent,arena,multipart,document}.c proto/{field,buf,utf8}.c
 * -lhttp_parser -ljansson The corpus is tests/fuzz/http; tests/transport/http/fuzz_test.c runs it, mutated by a seed,
 * in every test run. */
#include "proto/field.h"
#include "transport/http/chunked.h"
#include "transport/http/document.h"
#include "transport/http/multipart.h"
#include "transport/http/parser.h"
#include "transport/http/percent.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

enum { LINE_MOST = 200, HEADERS_MOST = 1000 };

/* A running digest of what a push parser says. */
struct digest {
    uint64_t sum;
    size_t calls;
};

static void digest_add(struct digest *d, struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        d->sum = (d->sum ^ (unsigned char)t.p[i]) * 0x100000001b3u;
}

static bool on_part(void *arg, const struct part *part)
{
    struct digest *d = arg;
    d->calls++;
    digest_add(d, part->name);
    digest_add(d, part->file_name);
    digest_add(d, part->content_type);
    return true;
}

static bool on_data(void *arg, struct text bytes)
{
    digest_add(arg, bytes);
    return true;
}

static bool on_end(void *arg)
{
    ((struct digest *)arg)->calls++;
    return true;
}

static enum multipart_result parse_form(const char *p, size_t n, size_t piece, struct digest *d)
{
    static const struct multipart_ops ops = { on_part, on_data, on_end };
    struct multipart m;
    enum multipart_result result = MULTIPART_MORE;
    multipart_init(&m, TEXT("b"), &ops, d);
    for (size_t at = 0; at < n && result <= MULTIPART_COMPLETE; at += piece)
        result = multipart_push(&m, p + at, n - at < piece ? n - at : piece);
    return result;
}

static void fuzz_form(const char *p, size_t n)
{
    struct digest whole = { 0 }, cut = { 0 };
    enum multipart_result result = parse_form(p, n, n + 1, &whole);
    MUST(parse_form(p, n, 1, &cut) == result);
    MUST(result > MULTIPART_COMPLETE || (whole.sum == cut.sum && whole.calls == cut.calls));
}

static enum chunked_step decode(const char *p, size_t n, size_t piece, struct digest *d)
{
    struct chunked c = chunked_begin();
    enum chunked_step step = CHUNKED_MORE;
    struct text bytes;
    for (size_t end = piece < n ? piece : n;; end = n - end > piece ? end + piece : n) {
        while ((step = chunked_step(&c, p, end, &d->calls, &bytes)) == CHUNKED_DATA)
            digest_add(d, bytes);
        MUST(d->calls <= end);
        if (step != CHUNKED_MORE || end == n)
            return step;
    }
}

static void fuzz_chunked(const char *p, size_t n)
{
    struct digest whole = { 0 }, cut = { 0 };
    enum chunked_step step = decode(p, n, n + 1, &whole);
    MUST(decode(p, n, 1, &cut) == step);
    MUST(whole.sum == cut.sum && whole.calls == cut.calls);
}

static void fuzz_query(const char *p, size_t n)
{
    struct arena_pool pool = { 0 };
    struct arena arena = arena_from(&pool);
    struct pairs pairs = { 0 };
    struct text copy = arena_copy(&arena, (struct text){ p, n });
    if (pairs_read(&pairs, &arena, (char *)copy.p, copy.n) == PAIRS_READ)
        (void)pairs_last(&pairs, "a");
    arena_fini(&arena);
    arena_pool_fini(&pool);
}

static void fuzz_head(const char *p, size_t n)
{
    struct head_scan whole = { 0 }, cut = { 0 };
    enum scan result = head_scan(&whole, p, n, LINE_MOST, HEADERS_MOST), step = SCAN_MORE;
    for (size_t end = 1; end <= n && step == SCAN_MORE; end++)
        step = head_scan(&cut, p, end, LINE_MOST, HEADERS_MOST);
    MUST(n == 0 || (step == SCAN_DONE) == (result == SCAN_DONE));
    if (result != SCAN_DONE)
        return;
    struct head head;
    MUST(cut.at == whole.at && !memchr(p, 0, whole.at));
    if (head_parse(p, whole.at, &head) != ERROR_OK)
        return;
    MUST(head.path.n > 0 && (head.path.p[0] == '/' || head.path.p[0] == '*'));
    MUST(head.framing != FRAMING_CHUNKED || !head.headers[HEADER_CONTENT_LENGTH].p);
    fuzz_query(head.query.p ? head.query.p : "", head.query.n);
}

static void fuzz_json(const char *p, size_t n)
{
    static const struct field fields[] = { { "a", FIELD_TEXT, .max = 5 }, { "a", FIELD_INT32 },
                                           { "a", FIELD_REAL },           { "a", FIELD_BOOL },
                                           { "a", FIELD_UUID },           { "a", FIELD_OBJECT, .max = 40 } };
    size_t offset;
    struct value v;
    struct text json = { p, n };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        (void)field_check_text(&fields[i], json, &v);
    struct json_t *d = document_read(json, &offset);
    if (!d || !document_is_object(d)) {
        document_free(d);
        return;
    }
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        (void)field_check_json(&fields[i], document_member(d, "a"), &v);
    struct text slice = document_slice(json, "a");
    struct buf out = { 0 };
    MUST(!slice.p || (slice.p >= p && slice.p + slice.n <= p + n));
    if (slice.p && document_member(d, "a") && !field_check_object(&fields[5], slice, &out))
        MUST(out.n <= 40);
    buf_fini(&out);
    document_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = malloc(size ? size : 1); /* of exactly that size, so that reading past it shows */
    if (!exact)
        return 0;
    memcpy(exact, data, size);
    fuzz_head(exact, size);
    fuzz_chunked(exact, size);
    fuzz_form(exact, size);
    fuzz_query(exact, size);
    fuzz_json(exact, size);
    free(exact);
    return 0;
}
