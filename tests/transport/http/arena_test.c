/* Arena: memory is its own, large pieces do not disturb small ones, blocks come back. */
#include "tests/test.h"
#include "transport/http/arena.h"

static void pieces_do_not_overlap(void **state)
{
    struct arena_pool pool = { 0 };
    struct arena a = arena_from(&pool);
    unsigned char *pieces[300];
    for (int i = 0; i < 300; i++) {
        pieces[i] = arena_alloc(&a, (size_t)i * 7 % 1500 + 1);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], i, (size_t)i * 7 % 1500 + 1);
    }
    for (int i = 0; i < 300; i++)
        for (size_t k = 0; k < (size_t)i * 7 % 1500 + 1; k++)
            assert_int_equal(pieces[i][k], (unsigned char)i);
    assert_true(pool.out > 10);
    arena_fini(&a);
    assert_int_equal(pool.out, 0);
    assert_int_equal(pool.bytes % ARENA_BLOCK, 0); /* what is kept */
    arena_pool_fini(&pool);
    assert_int_equal(pool.bytes, 0);
}

static void a_large_piece_leaves_the_block_in_use(void **state)
{
    struct arena_pool pool = { 0 };
    struct arena a = arena_from(&pool);
    char *before = arena_alloc(&a, 16);
    assert_non_null(arena_alloc(&a, 100000));
    char *after = arena_alloc(&a, 16);
    assert_ptr_equal(after, before + 16);
    assert_true(pool.bytes > 100000 + ARENA_BLOCK && pool.bytes < 101000 + ARENA_BLOCK);
    arena_fini(&a);
    assert_int_equal(pool.out, 0);
    arena_pool_fini(&pool);
}

static void an_arena_may_live_in_itself(void **state)
{
    struct arena_pool pool = { 0 };
    struct arena a = arena_from(&pool), *inside = arena_alloc(&a, sizeof a);
    *inside = a;
    struct text copy = arena_copy(inside, TEXT("text"));
    assert_string_equal(copy.p, "text");
    assert_null(arena_copy(inside, (struct text){ 0 }).p);
    assert_null(arena_alloc(inside, SIZE_MAX - 100));
    a = *inside;
    arena_fini(&a);
    assert_int_equal(pool.out, 0);
    arena_pool_fini(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_do_not_overlap),
        cmocka_unit_test(a_large_piece_leaves_the_block_in_use),
        cmocka_unit_test(an_arena_may_live_in_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
