/* Verdict: what Kafka's answer for one event means. Pure; any thread. */
#pragma once

#include "actors/publisher/publisher.h"

#include <librdkafka/rdkafka.h>

enum event_fate kafka_verdict(rd_kafka_resp_err_t err);
