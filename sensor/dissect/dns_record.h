/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_record.h - questions and resource records of a DNS message, read into an observation (RFC 1035 4.1.2, 4.1.3).
 */
#ifndef DISSECT_DNS_RECORD_H
#define DISSECT_DNS_RECORD_H

#include <stdbool.h>

#include "decode/cursor.h"
#include "flow/observer.h"

#define DNS_TYPE_OPT 41

struct dns_reader {
    struct slice message;      /* the whole DNS message */
    struct cursor at;          /* the next question or record */
    struct observer *observer; /* with a record under way: texts go behind it */
};

/* The part of a record that is the same for every type. */
struct dns_record_head {
    uint16_t type, class;
    uint32_t ttl;
    struct cursor data; /* RDATA */
};

/* Moves over one question, or over one record whose fixed part goes to `head`. False when it is cut or broken. */
bool dns_question_skip(struct cursor *at);
bool dns_record_skip(struct cursor *at, struct dns_record_head *head);

/* Reads the next question or record into `out`, its texts into the observation; `reader->at` moves behind it. False, with
 * `out` zeroed, when a name or the data in it is broken (or it cannot even be skipped). */
bool dns_question_read(struct dns_reader *reader, struct dns_record *out);
bool dns_record_read(struct dns_reader *reader, struct dns_record *out);

#endif
