/* Queues: the table and the README.md beside it say the same, row by row. */
#include "tests/test.h"
#include "transport/metrics/queues.h"
#include "transport/parts.h"

#include <stdio.h>
#include <stdlib.h>

static char document[1 << 20];

static void read_document(void)
{
    FILE *file = fopen("transport/metrics/README.md", "re");
    assert_non_null(file);
    size_t n = fread(document, 1, sizeof document, file);
    assert_in_range(n, 1, sizeof document - 1);
    document[n] = '\0';
    fclose(file);
}

/* The lines of the document's table, the head left out. */
static const char *table(void)
{
    const char *at = strstr(document, "| Name | Queue | Limit | When full |\n|---|---|---|---|\n");
    assert_non_null(at);
    return strchr(strchr(at, '\n') + 1, '\n') + 1;
}

static void the_document_has_the_same_rows(void **state)
{
    char expected[1024];
    read_document();
    const char *at = table();
    const struct queue_row *q;
    for (int i = 0; (q = queue_at(i)); i++) {
        size_t n = strcspn(at, "\n");
        snprintf(expected, sizeof expected, "| `%s` | %s | %s | %s |", q->name, q->about, q->limit, q->full);
        if (strlen(expected) != n || strncmp(at, expected, n))
            fail_msg("README.md says\n%.*s\nand the rows of the parts\n%s", (int)n, at, expected);
        at += n + 1;
    }
    if (*at == '|')
        fail_msg("README.md has a queue more than the parts:\n%.*s", (int)strcspn(at, "\n"), at);
}

static void names_are_labels_and_different(void **state)
{
    const struct queue_row *q;
    for (int i = 0; (q = queue_at(i)); i++) {
        assert_int_equal(strspn(q->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(q->name));
        for (int other = 0; other < i; other++)
            assert_string_not_equal(queue_at(other)->name, q->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_has_the_same_rows),
        cmocka_unit_test(names_are_labels_and_different),
    };
    queues_use(parts);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
