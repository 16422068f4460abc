/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow.h - a flow: both directions of one conversation, as one worker's table holds it.
 *
 * The key is symmetric and includes the VLAN ids: the end with the smaller (address, port) is end 0. `client_end` says which
 * end opened the flow; counters are kept by end and turned into client/server order when they leave as an observation.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "decode/packet.h"
#include "sensor_plugin.h"

/* Symmetric key of 44 bytes without padding: hashed and compared as bytes. Portless protocols have ports 0. */
struct flow_key {
    struct address end[2];
    uint16_t port[2];
    uint16_t vlan[3];
    uint8_t proto;
    uint8_t ip_version;
};

/* Key of a packet; returns which end (0 or 1) sent it. With `use_vlan` false the VLAN ids are left out. */
int flow_key_of(const struct packet *packet, bool use_vlan, struct flow_key *key);

#define BOTH_DONE 3 /* flow->dissect_done: neither end's payload is wanted */

/* The classifier's and the dissectors' private state of a flow. */
struct ndpi_flow_struct;
struct dissection;

/* A place in a doubly linked list of records: slab indices, see timeouts.h. */
struct flow_link {
    uint32_t next, prev;
};

/* Three cache lines: what a look-up compares, what every packet touches, what is fixed or seldom read. */
struct flow {
    struct flow_key key;
    uint32_t next;        /* the table's own: next record of the hash bucket or of the free list */
    struct flow_link age; /* the table's own: neighbours in a slot of the timing wheel */
    uint64_t last_ns;     /* latest packet time; never moves back */

    uint64_t bytes[2];             /* wire lengths, by end */
    uint32_t packets[2];           /* by end, saturating */
    struct ndpi_flow_struct *ndpi; /* NULL before the first and after the last packet shown to nDPI; the classifier owns it */
    struct dissection *dissection; /* NULL until a dissector keeps state; dissect/ owns it */
    uint8_t client_end : 1;        /* 0 or 1 */
    uint8_t class_told : 1;        /* the classifier's own: the caller knows that the matter is settled */
    uint8_t age_class : 6;         /* the table's own */
    uint8_t client_source : 7;     /* enum client_source */
    uint8_t left : 1;              /* the classifier's own: the library is not shown it, see known.h */
    uint8_t tcp_flags[2];          /* by end */
    uint8_t tcp_state;             /* enum tcp_state */
    uint8_t state;                 /* enum flow_state */
    uint8_t app_proto;             /* enum app_proto */
    uint8_t marks;                 /* enum observation_mark */
    uint8_t ndpi_packets;          /* packets shown to nDPI so far, saturating */
    uint8_t dissect_done;          /* bit per direction: the dissectors want no more payload */
    uint16_t gaps[2];              /* holes in the TCP stream, by end, saturating */
    uint8_t icmp_type, icmp_code, reply_icmp_type, reply_icmp_code;
    uint16_t interface; /* of the first packet */
    union {
        uint32_t tcp_isn;  /* TCP: sequence number of the client's SYN, with CLIENT_BY_SYN */
        uint32_t recalled; /* UDP, the classifier's own: place of its first packet in what is remembered, 0: none */
    };

    struct classification class;
    uint64_t id; /* 51 bits, never 0: hash_key_fixed over key, start and order of the first packet; 0 in a free record */
    uint64_t start_ns;
    uint64_t first_order;  /* of the first packet */
    uint8_t mac[2][6];     /* by end, with MARK_HAS_MAC */
    uint32_t tx_count;     /* transactions observed */
};

/* The share of the flow's packets: share.h. */
uint32_t flow_share(const struct flow *f);

/* Which direction a packet from end `end` goes. */
static inline enum direction flow_direction(const struct flow *f, int end)
{
    return end == f->client_end ? TO_SERVER : TO_CLIENT;
}

/* Makes `f` the empty flow that `packet` begins: key, id, start. Counts nothing yet. */
void flow_begin(struct flow *f, const struct flow_key *key, const struct packet *packet);

/*
 * Accounts one packet: counters, times, TCP state and flags, client decision (SYN > SYN-ACK > protocol start > port >
 * first packet). `end` is flow_key_of's answer.
 *
 * TCP states and what counts as new, established and closed are Suricata's (CLOSE_WAIT: the client closed first, FIN_WAIT:
 * the server did). A flow whose handshake was not seen is established once both ends have spoken. Without TCP, a flow is
 * established once both ends have spoken.
 */
void flow_update(struct flow *f, const struct packet *packet, int end);

/* A dissector recognised a message that only a client (or server) sends: `end` is the client. Overrules port and first
 * packet, never SYN or SYN-ACK. */
void flow_client_by_protocol(struct flow *f, int end);

#endif
