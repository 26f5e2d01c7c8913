/* Verdict: what each of Kafka's answers does to an event. */
#include "tests/test.h"
#include "transport/services/kafka/verdict.h"

static void codes_mean_what_they_are_to_mean(void **state)
{
    static const struct {
        rd_kafka_resp_err_t err;
        enum event_fate fate;
    } cases[] = {
        { RD_KAFKA_RESP_ERR_NO_ERROR, EVENT_PUBLISHED },
        { RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, EVENT_REFUSED },
        { RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE, EVENT_REFUSED },
        { RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, EVENT_REFUSED },
        { RD_KAFKA_RESP_ERR_INVALID_RECORD, EVENT_REFUSED },
        { RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, EVENT_CLOSED },
        { RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, EVENT_CLOSED },
        { RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, EVENT_CLOSED },
        { RD_KAFKA_RESP_ERR__TRANSPORT, EVENT_LATER },
        { RD_KAFKA_RESP_ERR__FATAL, EVENT_LATER },
        { RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, EVENT_LATER },
        { RD_KAFKA_RESP_ERR__QUEUE_FULL, EVENT_LATER },
        { RD_KAFKA_RESP_ERR__AUTHENTICATION, EVENT_LATER },
        { RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, EVENT_LATER },
        { (rd_kafka_resp_err_t)9999, EVENT_LATER },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(kafka_verdict(cases[i].err), cases[i].fate);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(codes_mean_what_they_are_to_mean) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
