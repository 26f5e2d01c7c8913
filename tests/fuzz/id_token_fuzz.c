/* Id token fuzz: whatever bytes come as a token, a key document, a list of objects or a table, their readers stay
 * within them and say nothing that is not so. As a libFuzzer target: clang-14 -fsanitize=fuzzer,address,undefined
 * -D_GNU_SOURCE -I. tests/fuzz/id_token_fuzz.c
 * proto/{id_token,jwks,base64url,csv_reader,field,field_list,json,stamp,buf,utf8}.c -lcrypto -ljansson -lm
 * The corpus is tests/fuzz/id_token; tests/transport/services/google/id_token_fuzz_test.c runs it, mutated by a seed, in every test run. */
#include "proto/base/csv_reader.h"
#include "proto/base/utf8.h"
#include "proto/field.h"
#include "transport/services/google/id_token.h"

#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

/* What is found good is ended by NUL, within its bounds, and the same a second time; no key signs it here. */
static void fuzz_token(struct text t)
{
    static const char audience[] = "client";
    struct id_token one, other;
    enum id_token_fault fault = id_token_read(t, audience, 1000, &one);
    MUST(id_token_read(t, audience, 1000, &other) == fault && !memcmp(&one, &other, sizeof one));
    if (fault)
        return;
    MUST(*one.kid && *one.email && strlen(one.kid) <= JWKS_KID_MAX && strlen(one.email) <= ID_TOKEN_EMAIL_MAX);
    MUST(strlen(one.name) <= ID_TOKEN_NAME_MAX && utf8_valid(text_of(one.name)) && utf8_valid(text_of(one.email)));
    MUST(id_token_read(t, "another", 1000, &other) == ID_TOKEN_AUDIENCE);
}

static void fuzz_keys(struct text t)
{
    struct jwks *set = jwks_read(t);
    if (!set)
        return;
    MUST(jwks_count(set) > 0 && jwks_count(set) <= JWKS_KEYS_MAX);
    struct jwks_key *key = jwks_find(set, TEXT("key-1"));
    jwks_destroy(set);
    if (key)
        MUST(!jwks_key_signed(key, TEXT("a.b"), t));
    jwks_key_unref(key);
}

static void count_fault(void *arg, int item, const struct field *f, enum fault fault, const json_t *v)
{
    ++*(int *)arg;
    MUST(fault > FAULT_NONE && fault < FAULT_COUNT);
}

/* What comes out is JSON with exactly the table's members in every item. */
static void fuzz_list(struct text t)
{
    static const struct field items[] = {
        { "rollNo", FIELD_TEXT, .required = true, .max = 10, .alias = "roll_no" },
        { "name", FIELD_TEXT, .nullable = true },
        { "semester", FIELD_TEXT, .nullable = true, .digits = true },
        { "score", FIELD_REAL, .min = -10, .max = 100 },
        { "flag", FIELD_BOOL, .def = "false" },
        { "day", FIELD_DATE },
        { "at", FIELD_TIME },
        { "n", FIELD_INT64 },
        {},
    };
    static const struct field list = { "list", FIELD_LIST, .max = 5, .items = items };
    json_t *sent = json_loadb(t.p, t.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL), *item;
    struct buf out = { 0 };
    int faults = 0;
    size_t i;
    bool good = sent && field_check_list(&list, sent, &out, count_fault, &faults);
    MUST(!sent || good == (faults == 0));
    json_t *read = good ? json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    MUST(!good || (json_is_array(read) && json_array_size(read) == json_array_size(sent)));
    json_array_foreach(read, i, item) MUST(json_object_size(item) == sizeof items / sizeof *items - 1 &&
                                           json_is_string(json_object_get(item, "roll_no")));
    json_decref(read);
    json_decref(sent);
    buf_fini(&out);
}

static void fuzz_table(struct text t, char separator)
{
    struct csv_reader r = csv_reader_of(t, separator, NULL);
    struct text fields[CSV_FIELDS_MOST];
    size_t bytes = 0;
    int n, line = 0;
    while (csv_reader_row(&r, fields, &n) == CSV_ROW) {
        MUST(n >= 1 && r.line > line);
        line = r.line;
        for (int i = 0; i < n && i < CSV_FIELDS_MOST; i++)
            bytes += fields[i].n;
    }
    MUST(bytes <= t.n);
    csv_reader_fini(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1); /* exactly: the sanitizer sees a byte too many */
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    struct text t = { copy, size };
    fuzz_token(t);
    fuzz_keys(t);
    fuzz_list(t);
    fuzz_table(t, ',');
    fuzz_table(t, '\t');
    free(copy);
    return 0;
}
