/* Conf: which lists of brokers are taken, and which parameters go together. */
#include "transport/services/kafka/conf.h"

#include "proto/config/config.h"
#include "tests/test.h"

#include <stdio.h>

static struct buf why;

static void lists_of_brokers(void **state)
{
    static const char *const good[] = { "localhost:9092",     "localhost",  "a:1,b:2, c.example.org:65535",
                                        "127.0.0.1:9092",     "[::1]:9092", "[fe80::1]:9092,x_y-z",
                                        "kafka.example.org:9" };
    static const char *const bad[] = { "",        ",",         "a:1,",  "a:1,,b:2", "a:0",           "a:65536",
                                       "a:",      "a:x",       ":9092", "a b:1",    "a:1 ,b:2",      "ssl://a:1",
                                       "a:1;b:2", "[::1:9092", "[]:1",  "a:1:2",    "a:99999999999", "[a]b:1",
                                       "\"a:1\"" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!kafka_servers_good(good[i], &why))
            fail_msg("%s is refused", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        buf_reset(&why);
        if (kafka_servers_good(bad[i], &why))
            fail_msg("%s is taken", bad[i]);
        assert_true(why.n > 20);
    }
}

static bool refused_for(const char *words)
{
    buf_reset(&why);
    if (kafka_conf_good(&why))
        return false;
    buf_putc(&why, 0);
    return strstr(why.p, words);
}

static void parameters_that_go_together(void **state)
{
    config.kafka_servers = "localhost:9092";
    config.kafka_sasl_mechanism = "PLAIN";
    config.kafka_sasl_username = config.kafka_sasl_password = "";
    config.kafka_certificate = config.kafka_key = config.outbound_ca = "";
    config.kafka_security = "plaintext";
    assert_true(kafka_conf_good(&why));
    config.kafka_security = "tls";
    assert_true(refused_for("KAFKA_SECURITY_PROTOCOL must be plaintext"));
    config.kafka_security = "sasl_ssl";
    assert_true(refused_for("KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"));
    config.kafka_sasl_username = "me";
    assert_true(refused_for("KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"));
    config.kafka_sasl_password = "secret";
    assert_true(kafka_conf_good(&why));
    config.kafka_sasl_mechanism = "GSSAPI";
    assert_true(refused_for("KAFKA_SASL_MECHANISM must be PLAIN"));
    config.kafka_sasl_mechanism = "SCRAM-SHA-512";
    assert_true(kafka_conf_good(&why));
    config.kafka_certificate = "/etc/cert.pem";
    assert_true(refused_for("KAFKA_CERTIFICATE and KAFKA_KEY go together"));
    config.kafka_key = "/etc/key.pem";
    assert_true(kafka_conf_good(&why));
    config.kafka_servers = "localhost:kafka";
    assert_true(refused_for("HOST:PORT"));
}

static int free_why(void **state)
{
    buf_fini(&why);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_brokers),
        cmocka_unit_test(parameters_that_go_together),
    };
    return cmocka_run_group_tests(tests, NULL, free_why);
}
