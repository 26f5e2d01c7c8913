/* Conf: librdkafka's configuration, made of ours. Main thread, or where nothing else reads it: `config` is immutable. */
#pragma once

#include "proto/base/buf.h"

#include <librdkafka/rdkafka.h>

/* Is it brokers, HOST[:PORT], comma separated, a numeric IPv6 host in brackets? False with a sentence in why. */
bool kafka_servers_good(const char *list, struct buf *why);

/* Can events be published with the parameters that begin with kafka-? False with a sentence in why. */
bool kafka_conf_good(struct buf *why);

/* What rd_kafka_new takes over. NULL with a sentence in why. */
rd_kafka_conf_t *kafka_conf_create(struct buf *why);
