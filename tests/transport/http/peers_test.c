/* Peers: counting per address. */
#include "transport/http/peers.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ADDRESSES = 3000 };

static struct sockaddr_in v4(uint32_t host, uint16_t port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(host), .sin_port = htons(port) };
}

static void ports_do_not_matter_addresses_do(void **state)
{
    struct peers p = { 0 };
    struct peer *first[ADDRESSES], *second[ADDRESSES];
    for (uint32_t i = 0; i < ADDRESSES; i++) {
        struct sockaddr_in a = v4(i, 1), b = v4(i, 2);
        first[i] = peers_take(&p, (struct sockaddr *)&a);
        second[i] = peers_take(&p, (struct sockaddr *)&b);
        assert_non_null(first[i]);
        assert_ptr_equal(first[i], second[i]);
        assert_int_equal(first[i]->count, 2);
    }
    assert_int_equal(p.n, ADDRESSES);
    for (uint32_t i = 0; i < ADDRESSES; i++) {
        peers_give(&p, first[i]);
        assert_int_equal(second[i]->count, 1);
        peers_give(&p, second[i]);
    }
    assert_int_equal(p.n, 0);
    peers_fini(&p);
}

static void families_are_apart(void **state)
{
    struct peers p = { 0 };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = 1 };
    struct sockaddr_in four = v4(0, 1);
    struct peer *a = peers_take(&p, (struct sockaddr *)&six), *b = peers_take(&p, (struct sockaddr *)&four);
    assert_ptr_not_equal(a, b);
    six.sin6_addr.s6_addr[15] = 1;
    assert_ptr_not_equal(peers_take(&p, (struct sockaddr *)&six), a);
    peers_give(&p, NULL);
    peers_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(ports_do_not_matter_addresses_do),
                                        cmocka_unit_test(families_are_apart) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
