/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - reads pcap and pcapng files, also from a pipe, through libpcap.
 *
 * libpcap reads from a stdio stream of ours: a big buffer (its own small one costs as much as decoding does), no stdio
 * locking, our own read function. That function knows the bytes read so far and lets capture_stop end a wait on a pipe.
 * Plain records of a classic file do not pass through libpcap at all: see classic.h.
 * A filter is applied here and not by libpcap, so that frame numbers keep counting every frame of the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/classic.h"
#include "capture/handle.h"

#define BUFFER_SIZE (512u * 1024u)

struct file_reader {
    int fd;
    int wake_fd;         /* the capture's */
    int stop_fd;         /* while opening: readable when that shall be given up; else -1 */
    bool stopped;        /* it was */
    bool waits;          /* not a regular file: a read may block */
    uint64_t size;       /* bytes, 0 when unknown */
    _Atomic uint64_t at; /* bytes read from fd; other threads look at it for the progress */
    uint8_t header[CLASSIC_HEADER]; /* first bytes: they tell the kind of file */
    char *buffer;                   /* the stream's; freed after the stream */
    struct classic *classic;        /* walks the records before libpcap does; NULL for other kinds of file */
};

/* Waits until fd is readable; false when capture_stop, or stop_fd, came first. */
static bool wait_readable(struct file_reader *r)
{
    struct pollfd fds[3] = {{r->fd, POLLIN, 0}, {r->wake_fd, POLLIN, 0}, {r->stop_fd, POLLIN, 0}};
    int ready;
    do
        ready = poll(fds, 3, -1); /* which passes a descriptor of -1 over */
    while (ready < 0 && errno == EINTR);
    r->stopped = fds[2].revents != 0;
    return fds[1].revents == 0 && !r->stopped;
}

static void keep_header(struct file_reader *r, uint64_t at, const char *bytes, size_t size)
{
    for (size_t i = at; i < sizeof r->header && i - at < size; i++)
        r->header[i] = (uint8_t)bytes[i - at];
}

static ssize_t read_source(void *cookie, char *out, size_t size)
{
    struct file_reader *r = cookie;
    ssize_t got;
    do {
        if (r->waits && !wait_readable(r))
            return 0;
        got = read(r->fd, out, size);
    } while (got < 0 && (errno == EINTR || errno == EAGAIN));
    if (got <= 0)
        return got;
    uint64_t at = atomic_load_explicit(&r->at, memory_order_relaxed);
    keep_header(r, at, out, (size_t)got);
    /* pairs with the relaxed load of file_progress: a figure, it orders nothing */
    atomic_store_explicit(&r->at, at + (uint64_t)got, memory_order_relaxed);
    return got;
}

/* The stream's: never more than the header at first, so that what follows it is there for the walk. */
static ssize_t reader_read(void *cookie, char *out, size_t size)
{
    struct file_reader *r = cookie;
    if (r->classic && classic_left(r->classic) > 0)
        return (ssize_t)classic_drain(r->classic, out, size);
    bool first = atomic_load_explicit(&r->at, memory_order_relaxed) == 0;
    return read_source(r, out, first && size > CLASSIC_HEADER ? CLASSIC_HEADER : size);
}

/* Only tells the position, which is what ftello asks for; pipes then have one, too. */
static int reader_seek(void *cookie, off64_t *offset, int whence)
{
    const struct file_reader *r = cookie;
    if (whence != SEEK_CUR || *offset != 0) {
        errno = ESPIPE;
        return -1;
    }
    *offset = (off64_t)(atomic_load_explicit(&r->at, memory_order_relaxed) - (r->classic ? classic_left(r->classic) : 0));
    return 0;
}

static int reader_close(void *cookie)
{
    struct file_reader *r = cookie;
    int result = close(r->fd);
    r->fd = -1;
    return result;
}

void file_close(struct file_reader *reader)
{
    if (!reader)
        return;
    if (reader->fd >= 0)
        close(reader->fd);
    classic_free(reader->classic);
    free(reader->buffer);
    free(reader);
}

static const char *shown_name(const struct capture *c)
{
    return strcmp(c->name, "-") == 0 ? "standard input" : c->name;
}

/* Opens the descriptor and refuses what cannot be a capture. */
static bool open_descriptor(struct capture *c, struct error *error)
{
    struct file_reader *r = c->reader;
    bool is_stdin = strcmp(c->name, "-") == 0;
    /* Non-blocking so that a FIFO nobody writes to yet is waited for in poll, which can be ended. */
    r->fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(c->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (r->fd < 0)
        return error_set(error, "%s: %s", shown_name(c), strerror(errno));
    struct stat st;
    if (fstat(r->fd, &st) != 0)
        return error_set(error, "%s: %s", shown_name(c), strerror(errno));
    if (S_ISDIR(st.st_mode))
        return error_set(error, "%s: is a directory; name a capture file", shown_name(c));
    if (isatty(r->fd))
        return error_set(error, "%s: is a terminal; pipe a capture into it", shown_name(c));
    if (S_ISREG(st.st_mode) && st.st_size == 0)
        return error_set(error, "%s: the file is empty", shown_name(c));
    r->waits = !S_ISREG(st.st_mode);
    if (!r->waits) {
        r->size = (uint64_t)st.st_size;
        (void)posix_fadvise(r->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    return true;
}

static FILE *open_stream(struct file_reader *r)
{
    r->buffer = malloc(BUFFER_SIZE);
    if (!r->buffer)
        return NULL;
    const cookie_io_functions_t functions = {.read = reader_read, .seek = reader_seek, .close = reader_close};
    FILE *stream = fopencookie(r, "r", functions);
    if (!stream)
        return NULL;
    setvbuf(stream, r->buffer, _IOFBF, BUFFER_SIZE);
    __fsetlocking(stream, FSETLOCKING_BYCALLER); /* one thread reads it; a lock per fread is felt */
    return stream;
}

/* What a file that is no capture looks like, with the way out. */
static const char *guess_kind(const uint8_t magic[4])
{
    static const struct {
        uint8_t magic[4];
        uint8_t size;
        const char *hint;
    } kinds[] = {
        {{0x1f, 0x8b}, 2, "it is compressed with gzip: decompress it first"},
        {{0x28, 0xb5, 0x2f, 0xfd}, 4, "it is compressed with zstd: decompress it first"},
        {{0xfd, '7', 'z', 'X'}, 4, "it is compressed with xz: decompress it first"},
        {{'B', 'Z', 'h'}, 3, "it is compressed with bzip2: decompress it first"},
        {{'P', 'K', 3, 4}, 4, "it is a zip archive: unpack it first"},
        {{0x04, 0x22, 0x4d, 0x18}, 4, "it is compressed with lz4: decompress it first"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (memcmp(magic, kinds[i].magic, kinds[i].size) == 0)
            return kinds[i].hint;
    return NULL;
}

static void begin_walk(struct capture *c)
{
    const struct classic_options options = {.header = c->reader->header,
                                            .snaplen = (uint32_t)pcap_snapshot(c->pcap),
                                            .buffer_size = BUFFER_SIZE,
                                            .read = read_source,
                                            .cookie = c->reader};
    c->reader->classic = classic_new(&options);
}

/* libpcap takes the stream over when it succeeds. */
static bool open_pcap(struct capture *c, struct error *error)
{
    FILE *stream = open_stream(c->reader);
    if (!stream)
        return error_set(error, "%s: %s", shown_name(c), strerror(errno));
    char words[PCAP_ERRBUF_SIZE] = "";
    c->pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, words);
    if (c->pcap) {
        static const uint8_t pcapng[4] = {0x0a, 0x0d, 0x0d, 0x0a};
        c->link_type = pcap_datalink(c->pcap);
        c->seconds_32bit = memcmp(c->reader->header, pcapng, 4) != 0;
        begin_walk(c);
        return true;
    }
    const uint8_t *magic = c->reader->header;
    const char *hint = guess_kind(magic);
    if (c->reader->stopped)
        error_set(error, "%s: stopped before anything came", shown_name(c));
    else if (atomic_load_explicit(&c->reader->at, memory_order_relaxed) == 0)
        error_set(error, "%s: the file is empty", shown_name(c));
    else if (hint || strcmp(words, "unknown file format") == 0)
        error_set(error, "%s: not a pcap or pcapng file (begins with bytes %02x %02x %02x %02x)%s%s", shown_name(c), magic[0],
                  magic[1], magic[2], magic[3], hint ? "; " : "", hint ? hint : "");
    else
        error_set(error, "%s: %s", shown_name(c), words);
    fclose(stream);
    return false;
}

struct capture *capture_open_file(const char *path, const char *bpf, int stop_fd, struct error *error)
{
    struct capture *c = capture_new(path, false, error);
    if (!c)
        return NULL;
    c->reader = calloc(1, sizeof *c->reader);
    if (!c->reader) {
        error_set(error, "%s: out of memory", path);
        goto failed;
    }
    c->reader->fd = -1;
    c->reader->wake_fd = c->wake_fd;
    c->reader->stop_fd = stop_fd;
    if (!open_descriptor(c, error) || !open_pcap(c, error))
        goto failed;
    c->reader->stop_fd = -1;
    if (bpf && *bpf) {
        if (!capture_compile(c, bpf, &c->filter, error))
            goto failed;
        c->has_filter = true;
    }
    return c;
failed:
    capture_close(c);
    return NULL;
}

/* End of file, or the place where the file broke. A read that capture_stop ended looks broken, too. */
static enum capture_result end_of_file(struct capture *c, int result)
{
    c->ended = true;
    if (result == PCAP_ERROR_BREAK || capture_is_stopping(c))
        return CAPTURE_END;
    snprintf(c->problem, sizeof c->problem, "%s: damaged after frame %" PRIu64 " (byte offset %lld): %s", shown_name(c), c->number,
             (long long)ftello(pcap_file(c->pcap)), pcap_geterr(c->pcap));
    return CAPTURE_DAMAGED;
}

/* 1, or what else pcap_next_ex returns. */
static int next_record(struct capture *c, struct pcap_pkthdr *walked, struct pcap_pkthdr **header, const u_char **bytes)
{
    *header = walked;
    if (c->reader->classic && classic_next(c->reader->classic, walked, bytes))
        return 1;
    return pcap_next_ex(c->pcap, header, bytes);
}

enum capture_result file_next(struct capture *c, struct frame *frame)
{
    struct pcap_pkthdr walked, *header;
    const u_char *bytes;
    while (!c->ended && !capture_is_stopping(c)) {
        int result = next_record(c, &walked, &header, &bytes);
        if (result != 1)
            return end_of_file(c, result);
        c->number++;
        if (!c->has_filter || pcap_offline_filter(&c->filter, header, bytes) != 0)
            return capture_deliver(c, header, bytes, frame);
    }
    return CAPTURE_END;
}

double file_progress(const struct capture *c)
{
    if (c->reader->size == 0)
        return -1;
    double part = (double)atomic_load_explicit(&c->reader->at, memory_order_relaxed) / (double)c->reader->size;
    return part < 1 ? part : 1;
}
