/* SPDX-License-Identifier: Apache-2.0 */
/*
 * classic.h - the records of a classic pcap file, walked where they lie in the read buffer. Only for the folder capture.
 *
 * libpcap copies each record out of the stdio buffer, which costs five times the walk. It keeps the say in everything out of the ordinary:
 * it reads the header, and at the first record that is not plain and whole the walk steps aside for good. The bytes it
 * had read ahead are then drained, so libpcap goes on at that very record, with its own words for the damage.
 */
#ifndef CAPTURE_CLASSIC_H
#define CAPTURE_CLASSIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <pcap/pcap.h>

#define CLASSIC_HEADER 24u /* bytes of the file's header */

struct classic_options {
    const uint8_t *header;                                 /* the file's first CLASSIC_HEADER bytes */
    uint32_t snaplen;                                      /* pcap_snapshot(3PCAP): a longer record is for libpcap */
    size_t buffer_size;                                    /* bytes read at once; a longer record is for libpcap */
    ssize_t (*read)(void *cookie, char *out, size_t size); /* what follows the header; at most 0 ends the walk */
    void *cookie;
};

struct classic;

/* NULL when the header is not that of version 2.4 in this machine's byte order, or memory is short: read by libpcap then. */
struct classic *classic_new(const struct classic_options *options);
void classic_free(struct classic *c); /* takes NULL */

/* The next record, valid until the next call, times in nanoseconds. False, now and ever after: libpcap shall go on. */
bool classic_next(struct classic *c, struct pcap_pkthdr *header, const u_char **bytes);

/* Moves up to `size` bytes, read and not walked, to `out`; returns how many. */
size_t classic_drain(struct classic *c, char *out, size_t size);
/* How many bytes there are to drain. */
size_t classic_left(const struct classic *c);

#endif
