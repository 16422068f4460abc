/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain_dns.h - is a DNS message an answer in which a classifier has nothing to find, or a query as everybody asks it? Private to flow/.
 */
#ifndef FLOW_PLAIN_DNS_H
#define FLOW_PLAIN_DNS_H

#include <stdbool.h>

#include "sensor_plugin.h"

/*
 * A response of at most 512 bytes, without error unless `errors_too`, to a standard query with one question, whose answers are of types in
 * everyday use and have a TTL: neither large nor malformed, nor a tunnel in records that nobody needs any more (RFC 1035 4). Looks at the
 * answer section's heads alone.
 */
bool plain_dns_answer(struct slice message, bool errors_too);

/* A standard query with one question and nothing else but additional records (RFC 6891 puts EDNS there). Looks at the header alone. */
bool plain_dns_query(struct slice message);

#endif
