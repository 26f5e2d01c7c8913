/* Peers: counting per address. */
#include "tests/test.h"
#include "transport/wire/peers.h"

#include <netinet/in.h>
#include <string.h>

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

static void ipv4_in_ipv6_is_ipv4(void **state)
{
    struct peers p = { 0 };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = 1 };
    struct sockaddr_in four = v4(0xc0000201, 2);
    six.sin6_addr.s6_addr[10] = six.sin6_addr.s6_addr[11] = 0xff;
    memcpy(six.sin6_addr.s6_addr + 12, &four.sin_addr, 4);
    assert_ptr_equal(peers_take(&p, (struct sockaddr *)&six), peers_take(&p, (struct sockaddr *)&four));
    peers_fini(&p);
}

/* Whoever only knows an address does not count, and what nobody knows any more is gone. */
static void to_know_is_not_to_count(void **state)
{
    struct peers p = { 0 };
    struct sockaddr_in a = v4(1, 1);
    struct peer *taken = peers_take(&p, (struct sockaddr *)&a), *known = peers_know(&p, (struct sockaddr *)&a);
    assert_ptr_equal(taken, known);
    assert_int_equal(known->count, 1);
    peers_give(&p, taken);
    assert_int_equal(known->count, 0);
    assert_int_equal(p.n, 1);
    peers_forget(&p, known);
    assert_int_equal(p.n, 0);
    peers_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(ports_do_not_matter_addresses_do),
                                        cmocka_unit_test(families_are_apart), cmocka_unit_test(ipv4_in_ipv6_is_ipv4),
                                        cmocka_unit_test(to_know_is_not_to_count) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
