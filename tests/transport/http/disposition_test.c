/* Disposition: file names as clients of all kinds write them, broken ones, and mutations by a fixed seed. */
#include "tests/test.h"
#include "transport/http/disposition.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* In memory of its own, so that the sanitizers see every byte behind it. */
static char *name_of(const char *header, size_t n, size_t *ret_n)
{
    struct text name;
    char *copy = malloc(n ? n : 1), *kept = NULL;
    memcpy(copy, header, n);
    if (disposition_file_name(copy, n, &name)) {
        kept = malloc(name.n + 1);
        memcpy(kept, name.p, name.n);
        kept[name.n] = 0;
        *ret_n = name.n;
    }
    free(copy);
    return kept;
}

static void names(void **state)
{
    static const struct {
        const char *header, *name;
    } rows[] = {
        { "form-data; name=file", NULL },
        { "form-data; name=file; filename=a.mp3", "a.mp3" },
        { "form-data; name=file; filename=my song.mp3 ; x=y", "my song.mp3" },
        { "form-data; name=file; FileName = \"a.mp3\"", "a.mp3" },
        { "form-data; name=file; filename=\"\"", "" },
        { "form-data; name=file; filename=\" a.mp3 \"", "a.mp3" },
        { "form-data; filename=\"a;b.mp3\"; name=file", "a;b.mp3" },
        { "form-data; filename=\"песня.mp3\"", "песня.mp3" },
        { "form-data; filename=\"a \\\"b\\\" \\\\c.mp3\"", "a \"b\" \\c.mp3" },
        { "form-data; filename=\"C:\\music\\a.mp3\"", "C:\\music\\a.mp3" },
        { "form-data; filename=\"a%22b%0d%0A.mp3\"", "a\"b\r\n.mp3" },
        { "form-data; filename=\"100%25 100%.mp3\"", "100%25 100%.mp3" },
        /* RFC 8187 */
        { "form-data; filename*=UTF-8''%E7%9F%AD%E6%AD%8C.mp3", "短歌.mp3" },
        { "form-data; filename*=utf-8'de'%e2%82%ac.mp3", "€.mp3" },
        { "form-data; filename*=\"utf-8''%E7%9F%AD.mp3\"", "短.mp3" },
        { "form-data; FILENAME*=UTF-8''a.mp3; filename=\"a.txt\"", "a.mp3" },
        { "form-data; filename=\"a.txt\"; filename*=UTF-8''a%2Emp3", "a.mp3" },
        { "form-data; filename=\"a.mp3\"; filename*=iso-8859-1''a.wav", "a.wav" },
        { "form-data; filename=\"=?utf-8?B?55+t5q2MLm1wMw==?=\"; filename*=utf-8''%E7%9F%AD%E6%AD%8C.mp3", "短歌.mp3" },
        { "form-data; filename=\"a.mp3\"; filename*=UTF-8''%E7%9", "a.mp3" },
        { "form-data; filename=\"a.mp3\"; filename*=UTF-8''", "a.mp3" },
        { "form-data; filename=\"a.mp3\"; filename*=nonsense", "a.mp3" },
        { "form-data; filename*=UTF-8'a.mp3", "UTF-8'a.mp3" },
        { "form-data; filename*=UTF-8''%zz.mp3", "UTF-8''%zz.mp3" },
        /* RFC 2047 */
        { "form-data; filename=\"=?utf-8?B?55+t5q2MLm1wMw==?=\"", "短歌.mp3" },
        { "form-data; filename==?UTF-8?b?55+t5q2MLm1wMw?=", "短歌.mp3" },
        { "form-data; filename=\"=?UTF-8?Q?f=C3=BCr_Elise.mp3?=\"", "für Elise.mp3" },
        { "form-data; filename=\"=?utf-8*de?q?a?= \t =?utf-8?q?b?= c.mp3\"", "ab c.mp3" },
        { "form-data; filename=\"=?utf-8?B?55+t?=.mp3\"", "短.mp3" },
        { "form-data; filename=\"x =?utf-8?Q?=2Emp3?=\"", "x .mp3" },
        { "form-data; filename=\"=?utf-8?X?a?=.mp3\"", "=?utf-8?X?a?=.mp3" },
        { "form-data; filename=\"=?utf-8?B?!?=.mp3\"", "=?utf-8?B?!?=.mp3" },
        { "form-data; filename=\"=?utf-8?Q?a=Z?=.mp3\"", "=?utf-8?Q?a=Z?=.mp3" },
        { "form-data; filename=\"=?utf-8?Q?a.mp3\"", "=?utf-8?Q?a.mp3" },
        { "form-data; filename=\"=?\"", "=?" },
        { "form-data; filename=\"=?\?=\"", "=?\?=" },
        { "form-data; filename=\"=?u?q?\?=\"", "" },
        /* quotation marks that do not end */
        { "form-data; name=file; filename=\"a.mp3", NULL },
        { "form-data; filename=\"a.mp3\\\"", NULL },
        { "", NULL },
        { ";", NULL },
        { ";=;=;filename", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n;
        char *name = name_of(rows[i].header, strlen(rows[i].header), &n);
        if (!name != !rows[i].name || (name && (strcmp(name, rows[i].name) != 0 || strlen(name) != n)))
            fail_msg("%s: %s", rows[i].header, name ? name : "none");
        free(name);
    }
}

static void long_names(void **state)
{
    char header[4000];
    size_t n;
    int head = snprintf(header, sizeof header, "form-data; filename=\"=?utf-8?B?");
    memset(header + head, 'Q', 3600);
    snprintf(header + head + 3600, sizeof header - (size_t)head - 3600, "?=.mp3\"");
    char *name = name_of(header, strlen(header), &n);
    assert_string_equal(name + n - 6, "?=.mp3"); /* no such word is decoded, and nothing is lost */
    free(name);
}

static void broken_headers_are_harmless(void **state)
{
    static const char whole[] =
        "form-data; name=f; filename=\"=?utf-8?Q?a=20?= =?u?b?QUJD?=%22\\\"\"; filename*=u''%41%";
    static const char letters[] = "=?'\"\\%;*bBqQ 4A\0\xff";
    unsigned seed = 5;
    for (int i = 0; i < 50000; i++) {
        char header[sizeof whole];
        size_t n;
        memcpy(header, whole, sizeof whole);
        for (int k = rand_r(&seed) % 6; k >= 0; k--)
            header[(unsigned)rand_r(&seed) % (sizeof whole - 1)] =
                letters[(unsigned)rand_r(&seed) % (sizeof letters - 1)];
        free(name_of(header, (unsigned)rand_r(&seed) % sizeof whole, &n));
    }
}

static void parameters(void **state)
{
    struct text value;
    assert_true(disposition_parameter(TEXT("multipart/form-data; Boundary=B"), "boundary", &value));
    assert_true(text_is(value, "B"));
    assert_true(disposition_parameter(TEXT("x; a=\"b;c=\\\"\"; c = d "), "c", &value));
    assert_true(text_is(value, "d"));
    assert_false(disposition_parameter(TEXT("x; a=b"), "b", &value));
    assert_false(disposition_parameter(TEXT("x; filename=b"), "name", &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(long_names),
        cmocka_unit_test(broken_headers_are_harmless),
        cmocka_unit_test(parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
