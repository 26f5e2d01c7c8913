/* Reads every record of every topic of a Kafka from its beginning, for the tests: kafka_reader SERVERS. Prints each as a
 * line of JSON: topic, partition, offset, key, id (the header), at_ms, value (as it is, and so JSON too). New topics are
 * found as they come. Ends when its standard input does. */
#include <jansson.h>
#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_MS = 2000, POLL_MS = 50, LOOKS = 4 /* polls between two looks for topics */ };

static rd_kafka_t *consumer;
static rd_kafka_topic_partition_list_t *read_so_far;

static rd_kafka_t *open_consumer(const char *servers)
{
    static const char *const settings[][2] = {
        { "group.id", "reader" },
        { "enable.auto.commit", "false" },
        { "auto.offset.reset", "earliest" },
        { "log_level", "0" },
        { "fetch.wait.max.ms", "50" },
        { "reconnect.backoff.max.ms", "500" },
        { "fetch.error.backoff.ms", "50" },
    };
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof why);
    rd_kafka_conf_set(conf, "bootstrap.servers", servers, why, sizeof why);
    return rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
}

/* True if it is new. */
static bool add(const char *topic, int32_t partition)
{
    if (*topic == '_' || rd_kafka_topic_partition_list_find(read_so_far, topic, partition))
        return false;
    rd_kafka_topic_partition_list_add(read_so_far, topic, partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
    return true;
}

/* What is read already goes on where it is. */
static void look_for_topics(void)
{
    const rd_kafka_metadata_t *all;
    bool more = false;
    if (rd_kafka_metadata(consumer, 1, NULL, &all, ANSWER_MS))
        return;
    for (int t = 0; t < all->topic_cnt; t++)
        for (int p = 0; p < all->topics[t].partition_cnt; p++)
            more |= add(all->topics[t].topic, all->topics[t].partitions[p].id);
    rd_kafka_metadata_destroy(all);
    if (more)
        rd_kafka_assign(consumer, read_so_far);
}

static json_t *id_of(const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;
    if (rd_kafka_message_headers(m, &headers) || rd_kafka_header_get_last(headers, "id", &value, &size))
        return json_null();
    return json_stringn(value, size);
}

static void print_record(const rd_kafka_message_t *m)
{
    const char *topic = rd_kafka_topic_name(m->rkt);
    json_t *record =
        json_pack("{s:s, s:i, s:I, s:s%, s:o, s:I, s:o}", "topic", topic, "partition", (int)m->partition, "offset",
                  (json_int_t)m->offset, "key", m->key, m->key_len, "id", id_of(m), "at_ms",
                  (json_int_t)rd_kafka_message_timestamp(m, NULL), "value", json_loadb(m->payload, m->len, 0, NULL));
    char *line = json_dumps(record, JSON_COMPACT);
    printf("%s\n", line ? line : "null");
    fflush(stdout);
    free(line);
    json_decref(record);
    rd_kafka_topic_partition_list_find(read_so_far, topic, m->partition)->offset = m->offset + 1;
}

static bool input_ended(void)
{
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
    char c;
    return poll(&in, 1, 0) && read(STDIN_FILENO, &c, 1) <= 0;
}

int main(int argc, char **argv)
{
    consumer = argc == 2 ? open_consumer(argv[1]) : NULL;
    if (!consumer) {
        fprintf(stderr, "usage: kafka_reader SERVERS\n");
        return 2;
    }
    rd_kafka_poll_set_consumer(consumer);
    read_so_far = rd_kafka_topic_partition_list_new(8);
    for (unsigned turn = 0; !input_ended(); turn++) {
        rd_kafka_message_t *m;
        if (turn % LOOKS == 0)
            look_for_topics();
        while ((m = rd_kafka_consumer_poll(consumer, POLL_MS))) {
            if (!m->err)
                print_record(m);
            rd_kafka_message_destroy(m);
        }
    }
    rd_kafka_topic_partition_list_destroy(read_so_far);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return 0;
}
