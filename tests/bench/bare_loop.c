/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bare_loop.c - what a sensor that does nothing but classify would cost: read, decode, flow table, nDPI, no output.
 *
 * The yardstick of tests/bench/run, so it is as cheap as it can be without tricks: its own walk over the records of a pcap file,
 * just enough decoding for the flow key, chained records in one arena, nDPI's state freed as soon as nDPI is done. Nothing
 * is dissected, expired, remembered or written. Classic pcap in this machine's byte order with Ethernet frames only.
 *
 *     bare_loop [-p] [-n] FILE      -p reads through libpcap, -n leaves nDPI out; prints packets, flows and flows without a name
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ndpi_api.h>
#include <pcap/pcap.h>

#define SINCE(major, minor) (NDPI_MAJOR > (major) || (NDPI_MAJOR == (major) && NDPI_MINOR >= (minor)))

enum {
    BUCKET_COUNT = 1 << 21,
    FLOW_MAX = 1 << 22,
    SHOWN_MAX = 32,             /* packets of a flow that nDPI sees, as in nDPI 4.2 itself */
    BUFFER_SIZE = 256 * 1024,
    FILE_HEADER_SIZE = 24,
    RECORD_HEADER_SIZE = 16,
    ETHER_IPV4 = 0x0800, ETHER_IPV6 = 0x86dd, ETHER_VLAN = 0x8100, ETHER_QINQ = 0x88a8,
    PROTO_HOP = 0, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ROUTING = 43, PROTO_FRAGMENT = 44, PROTO_DESTINATION = 60
};

/* The smaller (address, port) first; without holes, for it is hashed and compared as words. */
struct key {
    uint64_t end[2][2];
    uint16_t port[2];
    uint32_t proto;
};

struct flow {
    struct key key;
    struct flow *next;
    struct ndpi_flow_struct *ndpi; /* NULL once nDPI is done */
    uint32_t hash;
    uint16_t app;
    bool done;
    uint32_t packets[2];
    uint64_t bytes[2];
    uint64_t first_us, last_us;
};

struct packet {
    const uint8_t *l3;
    uint32_t l3_size, frame_size;
    uint64_t time_us;
    struct key key;
    int end;
};

static struct flow **buckets, *flows;
static uint32_t flow_count;
static uint64_t packet_count;
static struct ndpi_detection_module_struct *module;

/* -------------------------------------------------------------- decode */

static inline uint16_t read16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* Past the link header and its tags; 0 when no IP follows. */
static uint16_t skip_link(const uint8_t *frame, uint32_t size, uint32_t *at)
{
    *at = 14;
    if (size < 14)
        return 0;
    uint16_t type = read16(frame + 12);
    while ((type == ETHER_VLAN || type == ETHER_QINQ) && *at + 4 <= size) {
        type = read16(frame + *at + 2);
        *at += 4;
    }
    return type;
}

struct network {
    uint64_t src[2], dst[2];
    uint32_t proto, l4; /* l4: where the transport header begins */
    bool later_fragment;
};

static bool decode_ipv4(struct packet *p, struct network *n)
{
    const uint8_t *ip = p->l3;
    if (p->l3_size < 20 || ip[0] >> 4 != 4)
        return false;
    uint32_t header = (ip[0] & 15u) * 4, total = read16(ip + 2);
    if (header < 20 || header > p->l3_size)
        return false;
    if (total >= header && total < p->l3_size)
        p->l3_size = total;
    *n = (struct network){.proto = ip[9], .l4 = header, .later_fragment = (read16(ip + 6) & 0x1fff) != 0};
    memcpy(n->src, ip + 12, 4);
    memcpy(n->dst, ip + 16, 4);
    n->src[1] = n->dst[1] = UINT64_C(0xffff00000000);
    return true;
}

static bool is_extension(uint32_t proto)
{
    return proto == PROTO_HOP || proto == PROTO_ROUTING || proto == PROTO_DESTINATION || proto == PROTO_FRAGMENT;
}

static bool decode_ipv6(struct packet *p, struct network *n)
{
    const uint8_t *ip = p->l3;
    if (p->l3_size < 40 || ip[0] >> 4 != 6)
        return false;
    uint32_t total = read16(ip + 4) + 40u;
    if (total < p->l3_size)
        p->l3_size = total;
    *n = (struct network){.proto = ip[6], .l4 = 40};
    memcpy(n->src, ip + 8, 16);
    memcpy(n->dst, ip + 24, 16);
    while (is_extension(n->proto)) {
        if (n->l4 + 8 > p->l3_size)
            return false;
        const uint8_t *extension = ip + n->l4;
        bool fragment = n->proto == PROTO_FRAGMENT;
        n->later_fragment |= fragment && (read16(extension + 2) & 0xfff8) != 0;
        n->proto = extension[0];
        n->l4 += fragment ? 8 : 8 + extension[1] * 8u;
    }
    return true;
}

static bool comes_first(const uint64_t a[2], uint16_t a_port, const uint64_t b[2], uint16_t b_port)
{
    if (a[1] != b[1])
        return a[1] < b[1];
    return a[0] != b[0] ? a[0] < b[0] : a_port <= b_port;
}

static bool decode(const uint8_t *frame, uint32_t size, struct packet *p)
{
    struct network n;
    uint32_t at;
    uint16_t type = skip_link(frame, size, &at);
    p->l3 = frame + at;
    p->l3_size = size - at;
    p->frame_size = size;
    if (type == ETHER_IPV4 ? !decode_ipv4(p, &n) : type != ETHER_IPV6 || !decode_ipv6(p, &n))
        return false;
    uint16_t src_port = 0, dst_port = 0;
    if (!n.later_fragment && (n.proto == PROTO_TCP || n.proto == PROTO_UDP)) {
        if (n.l4 + (n.proto == PROTO_TCP ? 20 : 8) > p->l3_size)
            return false;
        src_port = read16(p->l3 + n.l4);
        dst_port = read16(p->l3 + n.l4 + 2);
    }
    p->end = !comes_first(n.src, src_port, n.dst, dst_port);
    memcpy(p->key.end[p->end], n.src, 16);
    memcpy(p->key.end[!p->end], n.dst, 16);
    p->key.port[p->end] = src_port;
    p->key.port[!p->end] = dst_port;
    p->key.proto = n.proto;
    return true;
}

/* ---------------------------------------------------------------- flows */

static inline uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)(a ^ UINT64_C(0x2d358dccaa6c78a5)) * (b ^ UINT64_C(0x8bb84b93962eacc9));
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t hash_of(const struct key *k)
{
    uint64_t last;
    memcpy(&last, k->port, 8);
    uint64_t h = mix(mix(k->end[0][0] ^ k->end[0][1], k->end[1][0] + k->end[1][1] * 3), last);
    return (uint32_t)(h ^ h >> 32);
}

static struct flow *take_flow(const struct packet *p)
{
    uint32_t hash = hash_of(&p->key);
    struct flow **bucket = &buckets[hash & (BUCKET_COUNT - 1)], *f = *bucket;
    while (f && (f->hash != hash || memcmp(&f->key, &p->key, sizeof f->key) != 0))
        f = f->next;
    if (f)
        return f;
    if (flow_count == FLOW_MAX) {
        fprintf(stderr, "bare_loop: more than %d flows\n", FLOW_MAX);
        exit(1);
    }
    f = &flows[flow_count++];
    f->key = p->key;
    f->hash = hash;
    f->first_us = p->time_us;
    f->next = *bucket;
    *bucket = f;
    if (module)
        f->ndpi = ndpi_flow_malloc(sizeof *f->ndpi);
    if (f->ndpi)
        memset(f->ndpi, 0, sizeof *f->ndpi);
    f->done = f->ndpi == NULL;
    return f;
}

/* ----------------------------------------------------------------- nDPI */

#if SINCE(4, 11)
#define APP(result) ((result).proto.app_protocol)
#else
#define APP(result) ((result).app_protocol)
#endif

static uint16_t show(struct flow *f, const struct packet *p)
{
    unsigned short size = p->l3_size < UINT16_MAX ? (unsigned short)p->l3_size : UINT16_MAX;
#if SINCE(4, 6)
    ndpi_protocol result = ndpi_detection_process_packet(module, f->ndpi, p->l3, size, p->time_us / 1000, NULL);
#else
    ndpi_protocol result = ndpi_detection_process_packet(module, f->ndpi, p->l3, size, p->time_us / 1000);
#endif
    return APP(result);
}

static uint16_t give_up(struct flow *f)
{
    u_int8_t guessed;
#if SINCE(5, 0)
    (void)guessed;
    ndpi_protocol result = ndpi_detection_giveup(module, f->ndpi);
#elif SINCE(4, 10)
    ndpi_protocol result = ndpi_detection_giveup(module, f->ndpi, &guessed);
#else
    ndpi_protocol result = ndpi_detection_giveup(module, f->ndpi, 1, &guessed);
#endif
    return APP(result);
}

static bool wants_more(const struct flow *f)
{
#if SINCE(5, 0)
    return f->ndpi->extra_packets_func != NULL;
#else
    return ndpi_extra_dissection_possible(module, f->ndpi);
#endif
}

static void finish(struct flow *f)
{
    if (!f->app)
        f->app = give_up(f);
    ndpi_free_flow(f->ndpi);
    f->ndpi = NULL;
    f->done = true;
}

static void take_packet(const uint8_t *frame, uint32_t size, uint64_t time_us)
{
    struct packet p = {.time_us = time_us};
    packet_count++;
    if (!decode(frame, size, &p))
        return;
    struct flow *f = take_flow(&p);
    f->packets[p.end]++;
    f->bytes[p.end] += p.frame_size;
    f->last_us = p.time_us;
    if (f->done)
        return;
    f->app = show(f, &p);
    if (f->packets[0] + f->packets[1] > SHOWN_MAX || (f->app && !wants_more(f)))
        finish(f);
}

static struct ndpi_detection_module_struct *open_ndpi(void)
{
#if SINCE(4, 10)
    struct ndpi_detection_module_struct *m = ndpi_init_detection_module(NULL);
#else
    struct ndpi_detection_module_struct *m = ndpi_init_detection_module(ndpi_no_prefs);
#endif
#if !SINCE(5, 0)
    NDPI_PROTOCOL_BITMASK all;
    NDPI_BITMASK_SET_ALL(all);
    ndpi_set_protocol_detection_bitmask2(m, &all);
#endif
    ndpi_finalize_initialization(m);
    return m;
}

/* -------------------------------------------------------------- reading */

static void take_record(u_char *arg, const struct pcap_pkthdr *h, const u_char *frame)
{
    (void)arg;
    take_packet(frame, h->caplen, (uint64_t)h->ts.tv_sec * 1000000 + (uint64_t)h->ts.tv_usec);
}

static int read_with_libpcap(const char *path)
{
    char why[PCAP_ERRBUF_SIZE];
    static char buffer[BUFFER_SIZE];
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    setvbuf(file, buffer, _IOFBF, sizeof buffer);
    pcap_t *pcap = pcap_fopen_offline(file, why);
    if (!pcap)
        return -1;
    int result = pcap_loop(pcap, -1, take_record, NULL);
    pcap_close(pcap);
    return result;
}

/* Takes the whole records of `bytes`; returns how many bytes they were. */
static size_t take_records(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    uint32_t header[4]; /* seconds, microseconds, captured, on the wire */
    while (size - at >= RECORD_HEADER_SIZE) {
        memcpy(header, bytes + at, sizeof header);
        if (size - at - RECORD_HEADER_SIZE < header[2])
            break;
        take_packet(bytes + at + RECORD_HEADER_SIZE, header[2], header[0] * UINT64_C(1000000) + header[1]);
        at += RECORD_HEADER_SIZE + header[2];
    }
    return at;
}

static int read_by_hand(const char *path)
{
    static uint8_t buffer[BUFFER_SIZE];
    size_t have = 0;
    ssize_t got;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || read(fd, buffer, FILE_HEADER_SIZE) != FILE_HEADER_SIZE)
        return -1;
    uint32_t magic;
    memcpy(&magic, buffer, 4);
    if (magic != 0xa1b2c3d4)
        return -1;
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    while ((got = read(fd, buffer + have, sizeof buffer - have)) > 0) {
        have += (size_t)got;
        size_t taken = take_records(buffer, have);
        have -= taken;
        memmove(buffer, buffer + taken, have);
    }
    close(fd);
    return 0;
}

/* Address space that is touched as it fills. */
static void *reserve(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

int main(int argc, char **argv)
{
    bool libpcap = false, classify = true;
    int option;
    while ((option = getopt(argc, argv, "pn")) != -1) {
        libpcap |= option == 'p';
        classify &= option != 'n';
    }
    if (optind + 1 != argc) {
        fprintf(stderr, "usage: bare_loop [-p] [-n] FILE\n");
        return 2;
    }
    buckets = reserve(BUCKET_COUNT * sizeof *buckets);
    flows = reserve(FLOW_MAX * sizeof *flows);
    module = classify ? open_ndpi() : NULL;
    if (!buckets || !flows || (classify && !module))
        return 1;
    if ((libpcap ? read_with_libpcap(argv[optind]) : read_by_hand(argv[optind])) != 0) {
        fprintf(stderr, "bare_loop: %s: cannot read it as classic pcap\n", argv[optind]);
        return 1;
    }
    uint32_t unnamed = 0;
    for (uint32_t i = 0; i < flow_count; i++) {
        if (flows[i].ndpi)
            finish(&flows[i]);
        unnamed += flows[i].app == 0;
    }
    printf("packets %" PRIu64 " flows %" PRIu32 " unnamed %" PRIu32 "\n", packet_count, flow_count, unnamed);
    return 0;
}
