/* SPDX-License-Identifier: Apache-2.0 */
/* reader.c - see reader.h. */
#include "capture/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *path;
    struct origins *origins;
    struct bytes bytes;
    enum { UNKNOWN, PCAP, PCAPNG, OVER } format;
    struct pcap_file pcap;
    struct pcapng_file pcapng;
    bool foreign;
    char problem[ERROR_TEXT_MAX];
};

const char *shown_path(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

static uint16_t tell_interface(void *arg, const char *name, size_t size)
{
    struct reader *r = arg;
    return size ? origins_add(r->origins, r->path, name, size) : r->pcap.interface;
}

struct reader *reader_open(const char *path, uint16_t origin, struct origins *origins, const struct bytes_options *options, struct error *error)
{
    struct reader *r = calloc(1, sizeof *r);
    struct error why = {{0}};
    if (!r) {
        error_set(error, "%s: out of memory", shown_path(path));
        return NULL;
    }
    r->path = path;
    r->origins = origins;
    r->pcap.interface = origin;
    r->pcap.link_type = -1;
    r->pcapng.told = tell_interface;
    r->pcapng.arg = r;
    if (bytes_open(&r->bytes, path, options, &why))
        return r;
    error_set(error, "%s: %s", shown_path(path), why.text);
    reader_close(r);
    return NULL;
}

void reader_close(struct reader *r)
{
    if (!r)
        return;
    pcapng_file_end(&r->pcapng);
    bytes_close(&r->bytes);
    free(r);
}

/* ------------------------------------------------------------- refusals */

/* What a file that is no capture looks like, with the way out. */
static const char *guess_kind(const uint8_t magic[4])
{
    static const struct {
        uint8_t magic[4];
        uint8_t size;
        const char *hint;
    } kinds[] = {
        {{0xfd, '7', 'z', 'X'}, 4, "it is compressed with xz: decompress it first"},
        {{'B', 'Z', 'h'}, 3, "it is compressed with bzip2: decompress it first"},
        {{'P', 'K', 3, 4}, 4, "it is a zip archive: unpack it first"},
        {{0x02, 0x21, 0x4c, 0x18}, 4, "it is lz4 of the old kind: decompress it first"},
        {{0x1f, 0x8b}, 2, "it is compressed twice: decompress it once"},
        {{0x28, 0xb5, 0x2f, 0xfd}, 4, "it is compressed twice: decompress it once"},
        {{0x04, 0x22, 0x4d, 0x18}, 4, "it is compressed twice: decompress it once"},
        {{'s', 'n', 'o', 'o'}, 4, "it is a snoop capture: convert it with editcap"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (memcmp(magic, kinds[i].magic, kinds[i].size) == 0)
            return kinds[i].hint;
    return NULL;
}

static enum read_result refuse(struct reader *r, const char *why)
{
    r->format = OVER;
    snprintf(r->problem, sizeof r->problem, "%s: %s", shown_path(r->path), why);
    return READ_REFUSED;
}

static enum read_result refuse_foreign(struct reader *r, const uint8_t *magic)
{
    const char *hint = guess_kind(magic), *packing = bytes_packing(&r->bytes);
    char why[200];
    snprintf(why, sizeof why, "not a pcap or pcapng file (%s%sbegins with bytes %02x %02x %02x %02x)%s%s", packing,
             *packing ? ": what is in it " : "", magic[0], magic[1], magic[2], magic[3], hint ? "; " : "", hint ? hint : "");
    r->foreign = true;
    return refuse(r, why);
}

/* ------------------------------------------------------------- reading */

/* Which format it is, by the first four bytes. READ_FRAME: known now. */
static enum read_result recognise(struct reader *r)
{
    const uint8_t *at;
    struct damage damage = {0};
    switch (bytes_need(&r->bytes, 4, &at)) {
    case BYTES_READY: break;
    case BYTES_NOT_YET: return READ_NOT_YET;
    case BYTES_END: r->foreign = true; return refuse(r, "the file is empty");
    case BYTES_CUT: r->foreign = true; return refuse(r, "truncated: it is shorter than any capture's header");
    default: return refuse(r, bytes_problem(&r->bytes));
    }
    if (pcapng_file_knows(at)) {
        r->format = PCAPNG;
        return READ_FRAME;
    }
    if (!pcap_file_knows(at))
        return refuse_foreign(r, at);
    enum format_result begun = pcap_file_begin(&r->pcap, &r->bytes, &damage);
    if (begun == FORMAT_FRAME)
        r->format = PCAP;
    return begun == FORMAT_FRAME ? READ_FRAME : begun == FORMAT_NOT_YET ? READ_NOT_YET : refuse(r, damage.why);
}

static enum read_result break_off(struct reader *r, const struct damage *damage)
{
    uint64_t frames = r->format == PCAP ? r->pcap.number : r->pcapng.number;
    if (r->format == PCAPNG && frames == 0 && bytes_offset(&r->bytes) == 0)
        return refuse(r, damage->why); /* not even a section header */
    r->format = OVER;
    snprintf(r->problem, sizeof r->problem, "%s: damaged after frame %" PRIu64 " (byte offset %" PRIu64 "%s): %s",
             shown_path(r->path), frames, damage->offset, *bytes_packing(&r->bytes) ? " when unpacked" : "", damage->why);
    return READ_DAMAGED;
}

enum read_result reader_next(struct reader *r, struct frame *frame)
{
    struct damage damage;
    if (r->format == UNKNOWN) {
        enum read_result known = recognise(r);
        if (known != READ_FRAME)
            return known;
    }
    if (r->format == OVER)
        return READ_END;
    switch (r->format == PCAP ? pcap_file_next(&r->pcap, &r->bytes, frame, &damage)
                              : pcapng_file_next(&r->pcapng, &r->bytes, frame, &damage)) {
    case FORMAT_FRAME: return READ_FRAME;
    case FORMAT_NOT_YET: return READ_NOT_YET;
    case FORMAT_END: r->format = OVER; return READ_END;
    default: return break_off(r, &damage);
    }
}

const char *reader_problem(const struct reader *r)
{
    return r->problem;
}

bool reader_is_foreign(const struct reader *r)
{
    return r->foreign;
}

int reader_link_type(const struct reader *r)
{
    return r->pcap.link_type;
}

bool reader_is_between(const struct reader *r)
{
    return r->bytes.at == r->bytes.end && r->pcapng.skip == 0 && r->pcapng.block_size == 0;
}

void reader_set_wait(struct reader *r, int wait_ms)
{
    r->bytes.options.wait_ms = wait_ms;
    r->bytes.options.stop_fd = -1;
}

bool reader_was_replaced(const struct reader *r)
{
    return bytes_was_replaced(&r->bytes, r->path);
}
