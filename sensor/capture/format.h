/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.h - the two formats of capture files, as functions over struct bytes. Only for the folder capture.
 *
 * Both can be left in the middle (FORMAT_NOT_YET) and called again: nothing is taken from the bytes before a whole record is
 * there. A frame's bytes stay in the window of struct bytes: valid until the next call.
 */
#ifndef CAPTURE_FORMAT_H
#define CAPTURE_FORMAT_H

#include "capture/bytes.h"
#include "capture/capture.h"

#define FRAME_BYTES_MAX 262144u /* of one frame, as everywhere; what is beyond is cut (pcapng) or damage (pcap) */

enum format_result {
    FORMAT_FRAME,
    FORMAT_NOT_YET,
    FORMAT_END,
    FORMAT_DAMAGED /* `damage` says what and where */
};

struct damage {
    uint64_t offset; /* in the file, unpacked */
    char why[192];
};

/* What a reader tells of an interface that a pcapng file declares: returns the number frames of it carry. `name` is as in the file,
 * not checked; size 0: none. */
typedef uint16_t interface_told(void *arg, const char *name, size_t size);

struct pcap_file {
    bool swapped;        /* the file's byte order is not ours */
    bool lengths_turned; /* before version 2.4 the lengths may stand the other way round */
    uint8_t head_size;   /* of a record */
    uint32_t tick_ns;
    int link_type;
    uint64_t number;
    uint16_t interface; /* set by the caller */
};

struct pcapng_interface {
    uint64_t ticks;    /* in a second */
    bool binary_ticks; /* a power of 2, not of 10 */
    int64_t offset_s;
    uint32_t snaplen; /* 0: none */
    int link_type;
    uint16_t interface;
};

struct pcapng_file {
    bool swapped;
    struct pcapng_interface *interface; /* of the present section */
    uint32_t interface_count, interface_room;
    uint64_t skip;       /* bytes of a block to pass over */
    uint32_t block_size; /* of the block whose trailer comes then; 0: none */
    uint64_t number;     /* of the latest record that Wireshark numbers */
    uint64_t latest_ns;  /* simple packet blocks have no time */
    interface_told *told;
    void *arg;
};

/* Whether a file that begins so is of that format. */
bool pcap_file_knows(const uint8_t magic[4]);
bool pcapng_file_knows(const uint8_t magic[4]);

/* The file header; FORMAT_FRAME: it is good. */
enum format_result pcap_file_begin(struct pcap_file *p, struct bytes *b, struct damage *damage);
enum format_result pcap_file_next(struct pcap_file *p, struct bytes *b, struct frame *frame, struct damage *damage);

/* The next frame of any section and interface; what is no packet is passed over. */
enum format_result pcapng_file_next(struct pcapng_file *p, struct bytes *b, struct frame *frame, struct damage *damage);
void pcapng_file_end(struct pcapng_file *p);

/* DLT_* for the LINKTYPE_* of a file: the same but for a few. */
int link_type_of_file(uint32_t link_type);
/* What bytes_need said instead of READY; `where` is what was being read. */
enum format_result format_stop(enum bytes_result result, struct bytes *b, const char *where, struct damage *damage);
/* Always FORMAT_DAMAGED: at the present offset. */
enum format_result format_damaged(const struct bytes *b, struct damage *damage, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Seconds as files have them, kept to what fits ns in 64 bits with room for time-outs; and a fraction, ignored when it is none. */
uint64_t format_time(int64_t seconds, uint64_t ns);

static inline uint32_t format_u32(const uint8_t *at, bool swapped)
{
    uint32_t n;
    __builtin_memcpy(&n, at, sizeof n);
    return swapped ? __builtin_bswap32(n) : n;
}

static inline uint64_t format_u64(const uint8_t *at, bool swapped)
{
    uint64_t n;
    __builtin_memcpy(&n, at, sizeof n);
    return swapped ? __builtin_bswap64(n) : n;
}

static inline uint16_t format_u16(const uint8_t *at, bool swapped)
{
    uint16_t n;
    __builtin_memcpy(&n, at, sizeof n);
    return swapped ? __builtin_bswap16(n) : n;
}

#endif
