/* SPDX-License-Identifier: Apache-2.0 */
/*
 * producer.c - the life of a producer, and what the library tells of messages and brokers. Its callbacks run on the host's thread,
 * inside of rd_kafka_poll; the library's own threads see nothing of ours.
 */
#include <signal.h>
#include <stdio.h>

#include "kafka.h"

/* Signals are no business of the library's threads; a fault in one of them is. */
static void block_signals(sigset_t *old)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    sigset_t set;
    sigfillset(&set);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&set, faults[i]);
    pthread_sigmask(SIG_SETMASK, &set, old);
}

bool kafka_start(struct kafka *k)
{
    char why[256];
    sigset_t old;
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(k->conf);
    block_signals(&old);
    k->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    k->broken = false;
    if (k->producer != NULL)
        return true;
    rd_kafka_conf_destroy(conf);
    snprintf(k->error, sizeof k->error, "kafka: %s", why);
    return false;
}

void kafka_stop(struct kafka *k)
{
    if (k->producer == NULL)
        return;
    rd_kafka_purge(k->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_poll(k->producer, 0);
    for (size_t i = 0; i < k->known; i++)
        if (k->line[i] == SENT)
            k->line[i] = NEW;
    k->base += k->known + 1; /* what is told of the old ones from now on is not known */
    rd_kafka_destroy(k->producer);
    k->producer = NULL;
}

/* Is it the message itself that no broker will ever take? */
static bool is_final(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || code == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
           code == RD_KAFKA_RESP_ERR_INVALID_RECORD || code == RD_KAFKA_RESP_ERR_INVALID_MSG;
}

void kafka_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct kafka *k = opaque;
    uint64_t number = (uint64_t)(uintptr_t)message->_private;
    (void)producer;
    if (number < k->base || number - k->base >= k->known)
        return; /* of a producer that was given up */
    uint8_t *line = &k->line[number - k->base];
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        *line = CONFIRMED;
        k->error[0] = '\0';
        return;
    }
    *line = is_final(message->err) ? REFUSED : NEW;
    snprintf(k->error, sizeof k->error, "kafka: topic %.200s: %s", k->topic, rd_kafka_err2str(message->err));
}

void kafka_troubled(rd_kafka_t *producer, int code, const char *reason, void *opaque)
{
    struct kafka *k = opaque;
    char why[256];
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        rd_kafka_fatal_error(producer, why, sizeof why);
        snprintf(k->error, sizeof k->error, "kafka: %s; beginning anew", why);
        k->broken = true;
        return;
    }
    snprintf(k->error, sizeof k->error, "kafka: %.400s", reason);
}
