/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c - the options become properties of librdkafka. What has an option of its own is set first; `properties` comes last and may
 * say anything but what the account of lines rests on.
 */
#include <stdio.h>
#include <string.h>

#include "kafka.h"

struct target {
    rd_kafka_conf_t *conf;
    char *error;
    size_t error_size;
};

static bool set(const struct target *t, const char *name, const char *value)
{
    char why[256];
    if (rd_kafka_conf_set(t->conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK)
        return true;
    snprintf(t->error, t->error_size, "kafka: property '%.64s': %.256s", name, why);
    return false;
}

static bool set_unless_empty(const struct target *t, const char *name, const char *value)
{
    return *value == '\0' || set(t, name, value);
}

/* Why a property may not be set; NULL when it may. */
static const char *reserved(const char *name)
{
    static const char *const words[][2] = {
        {"bootstrap.servers", "use the option brokers"},
        {"metadata.broker.list", "use the option brokers"},
        {"enable.idempotence", "a line counts as written when all replicas have it, once"},
        {"acks", "a line counts as written when all replicas have it, once"},
        {"request.required.acks", "a line counts as written when all replicas have it, once"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(name, words[i][0]) == 0)
            return words[i][1];
    return NULL;
}

/* "name=value". The value may be secret and is never repeated. */
static bool set_property(const struct target *t, const char *text)
{
    const char *equals = strchr(text, '=');
    char name[128];
    if (equals == NULL || equals == text || (size_t)(equals - text) >= sizeof name) {
        snprintf(t->error, t->error_size, "kafka: an item of properties is not of the form name=value");
        return false;
    }
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    const char *why = reserved(name);
    if (why != NULL) {
        snprintf(t->error, t->error_size, "kafka: property '%s' cannot be set: %s", name, why);
        return false;
    }
    return set(t, name, equals + 1);
}

static bool set_properties(const struct target *t, const struct kafka *k, const struct sensor_options *o)
{
    size_t count = k->host->option_count(o, "properties");
    for (size_t i = 0; i < count; i++)
        if (!set_property(t, k->host->option_item(o, "properties", i)))
            return false;
    return true;
}

static bool set_all(const struct target *t, const struct kafka *k, const struct sensor_options *o)
{
    const struct sensor_host *h = k->host;
    char linger[24];
    snprintf(linger, sizeof linger, "%lld", (long long)h->option_number(o, "linger"));
    return set(t, "client.id", h->option_text(o, "client-id")) && set(t, "bootstrap.servers", h->option_text(o, "brokers")) &&
           set(t, "enable.idempotence", "true") && set(t, "message.timeout.ms", "0") && /* the host decides when a line is given up */
           set(t, "partitioner", "murmur2_random") &&                                   /* as Java's clients */
           set(t, "reconnect.backoff.max.ms", "5000") && set(t, "linger.ms", linger) &&
           set(t, "compression.codec", h->option_text(o, "compression")) &&
           set_unless_empty(t, "sasl.username", h->option_text(o, "username")) &&
           set_unless_empty(t, "sasl.password", h->option_text(o, "password")) && set_properties(t, k, o);
}

bool kafka_configure(struct kafka *k, const struct sensor_options *o, char *error, size_t error_size)
{
    const char *key = k->host->option_text(o, "key");
    k->topic = k->host->option_text(o, "topic");
    k->keyed = strcmp(key, "host") == 0;
    if (!k->keyed && strcmp(key, "none") != 0) {
        snprintf(error, error_size, "kafka has no key '%.64s'; use host or none", key);
        return false;
    }
    if (*k->topic == '\0') {
        snprintf(error, error_size, "kafka needs a topic");
        return false;
    }
    k->conf = rd_kafka_conf_new();
    const struct target target = {k->conf, error, error_size};
    if (!set_all(&target, k, o))
        return false;
    rd_kafka_conf_set_opaque(k->conf, k);
    rd_kafka_conf_set_dr_msg_cb(k->conf, kafka_delivered);
    rd_kafka_conf_set_error_cb(k->conf, kafka_troubled);
    rd_kafka_conf_set_log_cb(k->conf, NULL);
    return true;
}
