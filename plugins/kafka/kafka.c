/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka.c - the output plugin for Kafka: one message an event, keyed by the internal host that it is about.
 *
 * A line is written when all replicas have acknowledged it. The lines of a batch are handed to librdkafka together; `line` remembers
 * for each that the host will offer next what became of it. The producer is idempotent and never gives a message up by itself, so
 * within one run nothing is lost, doubled or out of order between it and the brokers.
 */
#include "kafka.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ANSWER_MS 500 /* how long acknowledgements are waited for before the host is asked to come again */
#define KEY_SIZE  46

static const struct sensor_option options[] = {
    {"brokers", OPTION_TEXT, "127.0.0.1:9092", 0, 0, "some of them, as host:port,host:port"},
    {"topic", OPTION_TEXT, "haetae", 0, 0, "where events go"},
    {"key", OPTION_TEXT, "host", 0, 0, "host: the internal address, so that all about a host is in one partition; none"},
    {"compression", OPTION_TEXT, "zstd", 0, 0, "none, gzip, snappy, lz4 or zstd"},
    {"linger", OPTION_NUMBER, "5", 0, 900, "milliseconds that a message waits for others"},
    {"client-id", OPTION_TEXT, "haetae", 0, 0, "as brokers see it"},
    {"username", OPTION_TEXT, "", 0, 0, "of SASL"},
    {"password", OPTION_TEXT, "", 0, 0, "of SASL"},
    {"properties", OPTION_LIST, "", 0, 0, "of librdkafka, as name=value: security.protocol=SASL_SSL"},
    {NULL, OPTION_TEXT, NULL, 0, 0, NULL},
};

/* ------------------------------------------------------------------- life */

static void kafka_close(void *state)
{
    struct kafka *k = state;
    if (k == NULL)
        return;
    kafka_stop(k);
    if (k->conf != NULL)
        rd_kafka_conf_destroy(k->conf);
    free(k->line);
    free(k);
}

static void *kafka_open(const struct sensor_host *host, const struct sensor_options *o, char *error, size_t error_size)
{
    struct kafka *k = calloc(1, sizeof *k);
    if (k == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    k->host = host;
    k->base = 1;
    if (kafka_configure(k, o, error, error_size)) {
        if (kafka_start(k))
            return k;
        snprintf(error, error_size, "%s", k->error);
    }
    kafka_close(k);
    return NULL;
}

/* --------------------------------------------------- what became of lines */

static bool remember(struct kafka *k, size_t count)
{
    if (count > k->capacity) {
        uint8_t *line = realloc(k->line, count);
        if (line == NULL)
            return false;
        k->line = line;
        k->capacity = count;
    }
    if (count > k->known) {
        memset(k->line + k->known, NEW, count - k->known);
        k->known = count;
    }
    return true;
}

/* The first lines have been accounted for. */
static void forget(struct kafka *k, size_t count)
{
    memmove(k->line, k->line + count, k->known - count);
    k->known -= count;
    k->base += count;
}

static size_t count_of(const struct kafka *k, size_t count, enum line_state state)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += k->line[i] == state;
    return found;
}

/* ---------------------------------------------------------------- writing */

/* The text of the host's address, and its size; 0 when there is none, and then any partition will do. */
static size_t key_of(const struct kafka *k, const struct sensor_line *line, char *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    const uint8_t *bytes = line->host.bytes;
    if (!k->keyed || !line->has_host)
        return 0;
    bool is_v4 = memcmp(bytes, mapped, sizeof mapped) == 0;
    return inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? bytes + 12 : bytes, out, KEY_SIZE) != NULL ? strlen(out) : 0;
}

static rd_kafka_resp_err_t produce(struct kafka *k, const struct sensor_line *line, uint64_t number)
{
    char text[KEY_SIZE];
    size_t key_size = key_of(k, line, text);
    const char *key = key_size > 0 ? text : NULL;
    return rd_kafka_producev(k->producer, RD_KAFKA_V_TOPIC(k->topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_KEY(key, key_size),
                             RD_KAFKA_V_VALUE((void *)(uintptr_t)line->text.at, line->text.size - 1), /* without LF */
                             RD_KAFKA_V_OPAQUE((void *)(uintptr_t)number), RD_KAFKA_V_END);
}

/* Hands the NEW ones among the lines to the library, as far as it takes them. */
static void hand_over(struct kafka *k, const struct sensor_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (k->line[i] != NEW)
            continue;
        rd_kafka_resp_err_t code = produce(k, &lines[i], k->base + i);
        k->line[i] = code == RD_KAFKA_RESP_ERR_NO_ERROR ? SENT : code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ? REFUSED : NEW;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            continue; /* a full queue is no failure: acknowledgements make room */
        snprintf(k->error, sizeof k->error, "kafka: topic %.200s: %s", k->topic, rd_kafka_err2str(code));
        if (k->line[i] == NEW)
            return;
    }
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wait_for_answers(struct kafka *k, size_t count)
{
    int64_t until = now_ms() + ANSWER_MS, left = ANSWER_MS;
    rd_kafka_poll(k->producer, 0); /* for troubles, when nothing could be sent */
    while (left > 0 && !k->broken && count_of(k, count, SENT) > 0) {
        rd_kafka_poll(k->producer, (int)left);
        left = until - now_ms();
    }
}

static enum sensor_written kafka_write(void *state, const struct sensor_line *lines, size_t count)
{
    struct kafka *k = state;
    if (k->broken)
        kafka_stop(k);
    if (!remember(k, count) || (k->producer == NULL && !kafka_start(k)))
        return SENSOR_RETRY;
    hand_over(k, lines, count);
    wait_for_answers(k, count);
    if (count == 1 && k->line[0] == REFUSED) {
        forget(k, 1);
        snprintf(k->error, sizeof k->error, "kafka: topic %.200s: a line is larger than brokers take", k->topic);
        return SENSOR_LOST;
    }
    if (count_of(k, count, CONFIRMED) < count)
        return SENSOR_RETRY; /* with refused ones among them: the host comes back line by line */
    forget(k, count);
    return SENSOR_WRITTEN;
}

static const char *kafka_error(void *state)
{
    const struct kafka *k = state;
    return k->error;
}

SENSOR_PLUGIN(kafka) = {
    SENSOR_PLUGIN_ABI,       .kind = SENSOR_OUTPUT,
    .name = "kafka",         .version = "1.0",
    .license = "Apache-2.0", .summary = "sends events to a Kafka topic, keyed by internal host",
    .options = options,      .output = {.open = kafka_open, .write_lines = kafka_write, .error = kafka_error, .close = kafka_close},
};
