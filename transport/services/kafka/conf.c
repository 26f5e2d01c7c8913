/* Conf: see conf.h. */
#include "transport/services/kafka/conf.h"

#include "proto/base/masked.h"
#include "proto/config/config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- the brokers ---- */

static bool port_good(const char *p, size_t n)
{
    char digits[6] = { 0 };
    if (!n || n >= sizeof digits || strspn(p, "0123456789") < n)
        return false;
    memcpy(digits, p, n);
    int port = atoi(digits);
    return port > 0 && port < 65536;
}

static bool host_good(const char *p, size_t n, bool numeric)
{
    for (size_t i = 0; i < n; i++)
        if (!(numeric ? isxdigit((unsigned char)p[i]) || strchr(":.", p[i])
                      : isalnum((unsigned char)p[i]) || strchr(".-_", p[i])))
            return false;
    return n > 0;
}

static bool server_good(const char *p, size_t n)
{
    const char *closing = *p == '[' ? memchr(p, ']', n) : NULL;
    const char *colon = memchr(closing ? closing : p, ':', n - (size_t)((closing ? closing : p) - p));
    size_t host = colon ? (size_t)(colon - p) : n;
    if (colon && !port_good(colon + 1, n - host - 1))
        return false;
    if (closing)
        return closing == p + host - 1 && host_good(p + 1, host - 2, true);
    return host_good(p, host, false);
}

bool kafka_servers_good(const char *list, struct buf *why)
{
    for (const char *p = list;; p++) {
        p += strspn(p, " ");
        size_t n = strcspn(p, ",");
        if (!n || !server_good(p, n)) {
            buf_puts(why, "it must be HOST:PORT, or several of them separated by commas, such as localhost:9092");
            return false;
        }
        p += n;
        if (!*p)
            return true;
    }
}

/* ---- librdkafka's configuration ---- */

struct setting {
    const char *name, *value;
};

static bool set_all(rd_kafka_conf_t *conf, const struct setting *settings, size_t n, struct buf *why)
{
    char fault[512];
    for (size_t i = 0; i < n; i++) {
        if (!*settings[i].value)
            continue;
        if (rd_kafka_conf_set(conf, settings[i].name, settings[i].value, fault, sizeof fault) == RD_KAFKA_CONF_OK)
            continue;
        buf_puts(why, fault);
        return false;
    }
    return true;
}

static bool with_sasl(void)
{
    return !strncmp(config.kafka_security, "sasl_", 5);
}

/* Acknowledged by all in-sync replicas, in order whatever is sent again, and never given up by the library: what waits
 * too long is judged by the outbox, which knows what it means. */
static bool set_producer(rd_kafka_conf_t *conf, struct buf *why)
{
    const struct setting settings[] = {
        { "bootstrap.servers", config.kafka_servers },
        { "client.id", "lectern" },
        { "enable.idempotence", "true" },
        { "acks", "all" },
        { "message.timeout.ms", "0" },
        { "linger.ms", "5" },
        { "queue.buffering.max.messages", "2000" }, /* two batches of the publisher */
        { "queue.buffering.max.kbytes", "65536" },
        { "partitioner", "murmur2_random" },             /* a key is where other clients look for it */
        { "topic.metadata.propagation.max.ms", "5000" }, /* then there is no such topic */
        { "reconnect.backoff.max.ms", "10000" },
        { "socket.keepalive.enable", "true" },
        { "statistics.interval.ms", "5000" },
        { "log.queue", "true" },
    };
    return set_all(conf, settings, sizeof settings / sizeof *settings, why);
}

static bool set_security(rd_kafka_conf_t *conf, struct buf *why)
{
    bool sasl = with_sasl();
    const struct setting settings[] = {
        { "security.protocol", config.kafka_security },
        { "sasl.mechanisms", sasl ? config.kafka_sasl_mechanism : "" },
        { "sasl.username", sasl ? config.kafka_sasl_username : "" },
        { "sasl.password", sasl ? config.kafka_sasl_password : "" },
        { "ssl.ca.location", config.outbound_ca },
        { "ssl.certificate.location", config.kafka_certificate },
        { "ssl.key.location", config.kafka_key },
    };
    if (sasl && (!*config.kafka_sasl_username || !*config.kafka_sasl_password)) {
        buf_puts(why, "with that security protocol KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD must be set");
        return false;
    }
    if (!*config.kafka_certificate != !*config.kafka_key) {
        buf_puts(why, "KAFKA_CERTIFICATE and KAFKA_KEY go together");
        return false;
    }
    return set_all(conf, settings, sizeof settings / sizeof *settings, why);
}

/* The library knows more than what we can serve with. */
static bool words_good(struct buf *why)
{
    static const char *const protocols[] = { "plaintext", "ssl", "sasl_plaintext", "sasl_ssl" };
    static const char *const mechanisms[] = { "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512" };
    bool protocol = false, mechanism = false;
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        protocol |= !strcmp(config.kafka_security, protocols[i]);
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++)
        mechanism |= !strcmp(config.kafka_sasl_mechanism, mechanisms[i]);
    if (!protocol)
        buf_puts(why, "KAFKA_SECURITY_PROTOCOL must be plaintext, ssl, sasl_plaintext or sasl_ssl");
    else if (!mechanism)
        buf_puts(why, "KAFKA_SASL_MECHANISM must be PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512");
    return protocol && mechanism;
}

rd_kafka_conf_t *kafka_conf_create(struct buf *why)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (words_good(why) && set_producer(conf, why) && set_security(conf, why))
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}

bool kafka_conf_good(struct buf *why)
{
    rd_kafka_conf_t *conf = kafka_servers_good(config.kafka_servers, why) ? kafka_conf_create(why) : NULL;
    if (conf)
        rd_kafka_conf_destroy(conf);
    return conf;
}
