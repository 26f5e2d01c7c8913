/* Process: the kernel's numbers make sense and follow what the process does. */
#include "proto/base/process.h"
#include "tests/test.h"

#include <string.h>
#include <sys/mman.h>

enum { GROWTH = 64 << 20 };

static void memory_is_measured(void **state)
{
    struct process_memory before = process_memory();
    assert_true(before.resident > 0 && before.virtual >= before.resident);
    assert_true(before.files > 0 && before.files < before.resident);
    assert_true(before.limit > before.resident);
    void *p = mmap(NULL, GROWTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(p, MAP_FAILED);
    memset(p, 1, GROWTH);
    struct process_memory after = process_memory();
    munmap(p, GROWTH);
    assert_true(after.resident - before.resident > GROWTH / 2);
    assert_true(after.files - before.files < GROWTH / 2);
    assert_int_equal(after.limit, before.limit);
}

/* Under a sanitizer the allocator is another one, and nearly nothing of this one is in use. */
static void the_allocator_is_asked(void **state)
{
    struct process_heap heap = process_heap();
    assert_true(heap.arenas >= heap.free && heap.free >= 0);
    assert_true(heap.in_use >= heap.arenas - heap.free);
    assert_true(heap.took_us >= 0 && heap.age_ms >= 0);
    (void)process_trim();
    assert_true(process_heap().arenas >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_measured),
        cmocka_unit_test(the_allocator_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
