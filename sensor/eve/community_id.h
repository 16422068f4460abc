/* SPDX-License-Identifier: Apache-2.0 */
/*
 * community_id.h - Community ID version 1: one text for a conversation, the same in every tool that knows it.
 * Specification: github.com/corelight/community-id-spec.
 */
#ifndef EVE_COMMUNITY_ID_H
#define EVE_COMMUNITY_ID_H

#include <stdint.h>

#include "sensor_plugin.h"

#define COMMUNITY_ID_SIZE 30 /* "1:" and 28 of base64; no NUL */

/* Writes the id of the observation's flow to `out`[COMMUNITY_ID_SIZE]. Both directions give the same text. */
void community_id_of(const struct observation *o, uint16_t seed, char *out);

/* The ICMP or ICMPv6 type that answers `type` (echo and echo reply, ...), -1 when there is none. */
int community_id_icmp_counterpart(uint8_t proto, uint8_t type);

#endif
