/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_name.h - a domain name from a DNS message, compression resolved, as text (RFC 1035 4.1.4 and 5.1).
 */
#ifndef DISSECT_DNS_NAME_H
#define DISSECT_DNS_NAME_H

#include <stdbool.h>

#include "decode/cursor.h"

/* 255 wire bytes, each at most "\DDD", and room to spare for names that break the rule of 255. */
#define DNS_NAME_TEXT_MAX 1024

struct dns_name {
    char text[DNS_NAME_TEXT_MAX]; /* letter case kept, no final dot, no NUL; '.' and '\' inside a label as "\." and "\\",
                                     bytes outside 0x21..0x7e as \DDD: reversible */
    size_t size;                  /* bytes of text, 0 for the root */
};

/* Reads the name at `at`, a cursor inside `message`, and moves `at` behind it. False (cursor undefined) when the name is cut,
 * has a reserved label type, points outside the message, loops, or does not fit. */
bool dns_name_read(struct slice message, struct cursor *at, struct dns_name *out);

/* Moves `at` behind the name without following its pointer. False when it is cut or has a reserved label type. */
bool dns_name_skip(struct cursor *at);

#endif
