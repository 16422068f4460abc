/* SPDX-License-Identifier: Apache-2.0 */
/* kafka.h - the producer, and what became of each line that the host will offer next. Inside this plugin only. */
#ifndef KAFKA_KAFKA_H
#define KAFKA_KAFKA_H

#include <librdkafka/rdkafka.h>

#include "sensor_plugin.h"

enum line_state { NEW = 0, SENT, CONFIRMED, REFUSED };

struct kafka {
    const struct sensor_host *host;
    const char *topic;
    bool keyed;              /* by the internal host */
    rd_kafka_conf_t *conf;   /* of each producer that is made */
    rd_kafka_t *producer;    /* NULL: none could be made */
    bool broken;             /* it met an error that it cannot survive: make a new one */
    uint8_t *line;           /* enum line_state of the lines the host will offer next, from number `base` */
    size_t known, capacity;  /* so many of them may be other than NEW; allocated */
    uint64_t base;
    char error[512];         /* the latest trouble, "" when acknowledgements come */
};

/* config.c: from the options; false and `error`. */
bool kafka_configure(struct kafka *k, const struct sensor_options *o, char *error, size_t error_size);

/* producer.c: makes the producer, or a new one; false with k->error. */
bool kafka_start(struct kafka *k);
/* Forgets what is under way (it becomes NEW) and ends the producer. */
void kafka_stop(struct kafka *k);
/* Called by the library for each message, inside of rd_kafka_poll. */
void kafka_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque);
/* Troubles of brokers, in the same way. */
void kafka_troubled(rd_kafka_t *producer, int code, const char *reason, void *opaque);

#endif
