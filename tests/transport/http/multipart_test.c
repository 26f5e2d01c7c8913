/* Multipart: forms in tables, each cut in every place, and what is malformed. */
#include "tests/test.h"
#include "transport/http/multipart.h"

#include <stdio.h>

/* What came out, as text: name(file,type)=data; for each part. */
static char out[2000];
static int stop_at; /* calls left until a call gives up; negative: never */

static bool goes_on(void)
{
    return stop_at < 0 || stop_at-- > 0;
}

static void put(struct text t)
{
    size_t n = strlen(out);
    snprintf(out + n, sizeof out - n, "%.*s", (int)t.n, t.p ? t.p : "-");
}

static bool begin(void *arg, const struct part *part)
{
    put(part->name);
    put(TEXT("("));
    put(part->file_name.p ? part->file_name : TEXT("-"));
    put(TEXT(","));
    put(part->content_type.p ? part->content_type : TEXT("-"));
    put(TEXT(")="));
    return goes_on();
}

static bool data(void *arg, struct text bytes)
{
    put(bytes);
    return goes_on();
}

static bool end(void *arg)
{
    put(TEXT(";"));
    return goes_on();
}

static const struct multipart_ops ops = { begin, data, end };

static enum multipart_result parse(const char *p, size_t n, size_t cut)
{
    struct multipart m;
    out[0] = 0;
    multipart_init(&m, TEXT("B"), &ops, NULL);
    enum multipart_result result = multipart_push(&m, p, cut);
    return result <= MULTIPART_COMPLETE ? multipart_push(&m, p + cut, n - cut) : result;
}

#define PART(name) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n"

static void forms(void **state)
{
    static const struct {
        const char *text;
        enum multipart_result result;
        const char *parts;
    } rows[] = {
        { "--B--", MULTIPART_COMPLETE, "" },
        { "--B--\r\nepilogue --B\r\n", MULTIPART_COMPLETE, "" },
        { "preamble\r\n--B--\r\n", MULTIPART_COMPLETE, "" },
        { "--B\r\n" PART("a") "1\r\n--B--", MULTIPART_COMPLETE, "a(-,-)=1;" },
        { "--B  \r\n" PART("a") "\r\n--B--", MULTIPART_COMPLETE, "a(-,-)=;" },
        { "--B\r\n" PART("a") "1\r\n--B\r\n" PART("b") "2\r\n3\r\n--B--", MULTIPART_COMPLETE,
          "a(-,-)=1;b(-,-)=2\r\n3;" },
        { "--B\r\n" PART("a") "\r\n-\r\n--\r\r\n--C\r\n--B--", MULTIPART_COMPLETE, "a(-,-)=\r\n-\r\n--\r\r\n--C;" },
        { "--B\r\ncontent-type: audio/x\r\nX: y\r\nCONTENT-DISPOSITION: form-data; filename=\"a \\\"b\\\".x\"; name=f\r\n\r\nz\r\n--B--",
          MULTIPART_COMPLETE, "f(a \"b\".x,audio/x)=z;" },
        { "--B\r\nContent-Disposition: form-data; name=f;\r\n filename=\"=?u?q?a?=\r\n\t=?u?q?b?=\"\r\n\r\nz\r\n--B--",
          MULTIPART_COMPLETE, "f(ab,-)=z;" },
        { "--B\r\n" PART("a") "1\r\n", MULTIPART_MORE, "a(-,-)=1" },
        { "--B", MULTIPART_MORE, "" },
        { "", MULTIPART_MORE, "" },
        { "--B\r\n\r\n1\r\n--B--", MULTIPART_MALFORMED, "" },
        { "--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n--B--", MULTIPART_MALFORMED, "" },
        { "--B\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--B--", MULTIPART_MALFORMED, "" },
        { "--B\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--B--", MULTIPART_MALFORMED, "" },
        { "--B\r\nContent-Disposition: form-data; name=a\n\r\n1\r\n--B--", MULTIPART_MALFORMED, "" },
        { "--Bx\r\n" PART("a") "1\r\n--B--", MULTIPART_MALFORMED, "" },
        { "--B-x", MULTIPART_MALFORMED, "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t cut = 0; cut <= strlen(rows[i].text); cut++) {
            enum multipart_result result = parse(rows[i].text, strlen(rows[i].text), cut);
            if (result != rows[i].result || strcmp(out, rows[i].parts) != 0)
                fail_msg("%d %s (cut at %zu): %s", result, out, cut, rows[i].text);
        }
}

static void every_call_can_give_up(void **state)
{
    static const char text[] = "--B\r\n" PART("a") "1\r\n--B--";
    for (stop_at = 0; stop_at < 3;) {
        int calls = stop_at;
        assert_int_equal(parse(text, sizeof text - 1, 0), MULTIPART_STOPPED);
        stop_at = calls + 1;
    }
    assert_int_equal(parse(text, sizeof text - 1, 0), MULTIPART_COMPLETE);
    stop_at = -1;
}

static void heads_are_bounded(void **state)
{
    char text[MULTIPART_HEAD_MOST + 200];
    for (int extra = 0; extra < 2; extra++) {
        int rest = MULTIPART_HEAD_MOST - (int)strlen(PART("a") "X: \r\n") + extra;
        int n = snprintf(text, sizeof text, "--B\r\nX: %0*d\r\n" PART("a") "1\r\n--B--", rest, 0);
        assert_int_equal(parse(text, (size_t)n, 0), extra ? MULTIPART_MALFORMED : MULTIPART_COMPLETE);
    }
}

static void boundaries(void **state)
{
    static const struct {
        const char *type, *boundary;
    } rows[] = {
        { "multipart/form-data; boundary=abc", "abc" },
        { "multipart/form-data; charset=x; BOUNDARY=\"a b\"; z", "a b" },
        { "multipart/form-data;boundary=abc;x=y", "abc" },
        { "multipart/form-data", NULL },
        { "multipart/form-data; boundary=", NULL },
        { "multipart/form-data; boundary=\"\"", NULL },
        { "multipart/form-data; boundary=\"abc", NULL },
        { "multipart/form-data; xboundary=abc", NULL },
        { "multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789x",
          NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text boundary;
        bool found = multipart_boundary(text_of(rows[i].type), &boundary);
        assert_int_equal(found, rows[i].boundary != NULL);
        assert_true(!found || text_is(boundary, rows[i].boundary));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(every_call_can_give_up),
        cmocka_unit_test(heads_are_bounded),
        cmocka_unit_test(boundaries),
    };
    stop_at = -1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
