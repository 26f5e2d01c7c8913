/* A cluster of brokers out of librdkafka (rdkafka_mock.h), for the tests: kafka_mock [BROKERS]. Prints their addresses,
 * then does what each line of its standard input says and answers "ok" or what was wrong; ends with its input.
 *
 *   create TOPIC PARTITIONS      down [BROKER]     leader TOPIC PARTITION BROKER
 *   fail TIMES ERROR API         up [BROKER]       refuse TOPIC ERROR      delay MS
 *
 * ERROR is a number of the protocol (-195: the connection breaks), API that of a request (0: produce). */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rd_kafka_mock_cluster_t *cluster;

static rd_kafka_resp_err_t fail(int times, int error, int api)
{
    for (int i = 0; i < times; i++)
        rd_kafka_mock_push_request_errors(cluster, (int16_t)api, 1, (rd_kafka_resp_err_t)error);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t refuse(const char *topic, int error)
{
    rd_kafka_mock_topic_set_error(cluster, topic, (rd_kafka_resp_err_t)error);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool is(const char *word, const char *name)
{
    return !strcmp(word, name);
}

static rd_kafka_resp_err_t obey(const char *line)
{
    char word[16] = "", topic[250] = "";
    int a = -1, b = -1, c = -1;
    sscanf(line, "%15s", word);
    if (is(word, "create") && sscanf(line, "%*s %249s %d", topic, &a) == 2)
        return rd_kafka_mock_topic_create(cluster, topic, a, 1);
    if (is(word, "leader") && sscanf(line, "%*s %249s %d %d", topic, &a, &b) == 3)
        return rd_kafka_mock_partition_set_leader(cluster, topic, a, b);
    if (is(word, "refuse") && sscanf(line, "%*s %249s %d", topic, &a) == 2)
        return refuse(topic, a);
    if (is(word, "fail") && sscanf(line, "%*s %d %d %d", &a, &b, &c) == 3)
        return fail(a, b, c);
    sscanf(line, "%*s %d", &a);
    if (is(word, "delay"))
        return rd_kafka_mock_broker_set_rtt(cluster, -1, a);
    if (is(word, "down"))
        return rd_kafka_mock_broker_set_down(cluster, a);
    if (is(word, "up"))
        return rd_kafka_mock_broker_set_up(cluster, a);
    return RD_KAFKA_RESP_ERR__INVALID_ARG;
}

int main(int argc, char **argv)
{
    char line[512], why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why);
    rd_kafka_t *keeper = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    cluster = keeper ? rd_kafka_mock_cluster_new(keeper, argc > 1 ? atoi(argv[1]) : 1) : NULL;
    if (!cluster) {
        fprintf(stderr, "kafka_mock: %s\n", why);
        return 1;
    }
    printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        rd_kafka_resp_err_t err = obey(line);
        printf("%s\n", err ? rd_kafka_err2name(err) : "ok");
        fflush(stdout);
    }
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(keeper);
    return 0;
}
