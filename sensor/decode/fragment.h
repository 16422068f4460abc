/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fragment.h - puts the pieces of fragmented datagrams together: IPv4, IPv6 and CAPWAP. Bounded in datagrams, bytes and
 * packet time.
 *
 * Overlaps: what came first stays, byte for byte, whoever sends it again, for every kind of datagram. A piece that
 * contradicts the datagram's length is refused. A datagram whose rest does not come, in time or before room is needed, is
 * handed out as far as it goes: captures by port hold nothing but first pieces. Nothing that comes out depends on the order
 * of the hash table, only on the frames.
 */
#ifndef DECODE_FRAGMENT_H
#define DECODE_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "decode/packet.h"

#define FRAGMENT_DATAGRAM_MAX 65535u /* bytes of the largest datagram, without its IP header */
#define FRAGMENT_HEADER_MAX   40u

struct fragment_options {
    uint32_t datagram_max; /* incomplete datagrams held at once, 16..65536 */
    uint32_t memory_max;   /* bytes for their contents, 128 KiB..1 GiB */
    uint32_t timeout_s;    /* an incomplete datagram is given up this long after its first piece, 1..3600 */
};
extern const struct fragment_options fragment_options_default; /* 8192, 16 MiB, 30 s as Linux */

/* What the pieces of one datagram have in common. Hashed and compared as bytes: no padding, every byte written. */
struct fragment_key {
    struct address src, dst;
    uint32_t id;
    uint16_t vlan[3];
    uint8_t proto; /* IPv4: the protocol; IPv6: 0, for it belongs to no key (RFC 8200 4.5) */
    uint8_t kind;  /* 4, 6: IP version; others tell other protocols apart */
};

/* One piece, as a frame brought it. */
struct fragment {
    struct fragment_key key;
    uint32_t at;                 /* where its bytes belong, a multiple of 8 */
    uint32_t size;               /* bytes on the wire */
    struct slice bytes;          /* of them, at hand: less when the snap length cut the frame */
    bool more;                   /* others follow behind it */
    struct slice header;         /* to be put before the datagram, taken from the piece at 0; at most FRAGMENT_HEADER_MAX */
    const struct packet *packet; /* the piece as a packet, kept from the piece at 0; NULL: nothing without the rest */
    uint8_t proto;               /* kept from the piece at 0 */
    uint64_t time_ns;
    uint32_t frames;      /* that it came in and that nothing else accounts for: more than 1 when it was put together itself */
    uint32_t frame_bytes; /* their lengths on the wire */
};

/* A datagram that has become whole, or has been given up. */
struct datagram {
    uint8_t *bytes; /* header, then the datagram as far as it was captured; the caller's buffer */
    uint32_t header_size;
    uint32_t size;              /* bytes of the datagram on the wire, without the header; given up: as far as is known */
    uint32_t size_at_hand;      /* of them, from the beginning; less than `size` when a piece was cut or is missing */
    const struct packet *first; /* the piece at 0, as given with it; good until the next call */
    uint8_t proto;
    uint32_t frames; /* that brought its pieces, the last one included */
    uint32_t frame_bytes;
};

enum fragment_result {
    FRAGMENT_WAITS = 0, /* kept; the datagram is not whole */
    FRAGMENT_COMPLETES, /* the datagram is whole */
    FRAGMENT_IMPOSSIBLE /* refused */
};

struct fragment_counters {
    uint64_t fragments_v4, fragments_v6;         /* pieces given */
    uint64_t reassembled_v4, reassembled_v6;     /* datagrams put together */
    uint64_t timed_out_v4, timed_out_v6;         /* datagrams given up: the rest did not come in time */
    uint64_t reassembled_other, timed_out_other; /* CAPWAP */
    uint64_t evicted;                            /* datagrams given up because room was needed */
    uint64_t salvaged;                           /* of those given up, handed out as far as they went */
    uint64_t overlapped;                         /* pieces that brought bytes already there, and new or other ones */
    uint64_t repeated;                           /* pieces that brought nothing new */
    uint64_t refused;                            /* pieces */
    uint64_t salvaged_frames;                    /* frames of the datagrams salvaged */
    uint64_t lost_frames;                        /* of those given up and not salvaged */
    uint64_t waiting;                            /* of those that are incomplete now */
    uint64_t memory_bytes;                       /* held by them now */
};

struct fragments;

/* NULL and `error` for options out of range or when memory is short. Memory is touched as it fills. */
struct fragments *fragments_new(const struct fragment_options *options, struct error *error);
void fragments_free(struct fragments *f); /* takes NULL */

/* Takes a piece. When it completes the datagram, that is written to `out` of FRAGMENT_HEADER_MAX + FRAGMENT_DATAGRAM_MAX
 * bytes, described in `whole`, and forgotten. `out` may not hold the piece's own bytes. */
enum fragment_result fragments_add(struct fragments *f, const struct fragment *piece, uint8_t *out, struct datagram *whole);

/* Whether no datagram is waiting, as is usual: then there is nothing to give up. */
bool fragments_is_empty(const struct fragments *f);
/* Gives up the oldest datagram if its time is up at `now_ns`, or if room is getting scarce. When its beginning is there it is
 * written to `out`, as above, and described in `rest`; true. One without a beginning is forgotten, and the next looked at.
 * False: nothing more to give up now. */
bool fragments_give_up(struct fragments *f, uint64_t now_ns, uint8_t *out, struct datagram *rest);
/* What was just given up was of no use: it counts as lost. */
void fragments_waste(struct fragments *f, const struct datagram *rest);

void fragments_count(const struct fragments *f, struct fragment_counters *out);

#endif
