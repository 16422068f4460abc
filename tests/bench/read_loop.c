/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_loop.c - what reading a capture costs when nothing is done with it: libpcap alone, with stdio's own buffer or a big one.
 *
 *     read_loop default|big FILE
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <pcap/pcap.h>

enum { BIG = 256 * 1024 };

struct totals {
    uint64_t packets, bytes;
};

static void count(u_char *arg, const struct pcap_pkthdr *h, const u_char *frame)
{
    struct totals t;
    (void)frame;
    memcpy(&t, arg, sizeof t);
    t.packets++;
    t.bytes += h->caplen;
    memcpy(arg, &t, sizeof t);
}

int main(int argc, char **argv)
{
    static char buffer[BIG];
    char why[PCAP_ERRBUF_SIZE] = "cannot open it";
    if (argc != 3 || (strcmp(argv[1], "default") != 0 && strcmp(argv[1], "big") != 0)) {
        fprintf(stderr, "usage: read_loop default|big FILE\n");
        return 2;
    }
    FILE *file = fopen(argv[2], "rb");
    if (file && strcmp(argv[1], "big") == 0)
        setvbuf(file, buffer, _IOFBF, sizeof buffer);
    pcap_t *pcap = file ? pcap_fopen_offline(file, why) : NULL;
    if (!pcap) {
        fprintf(stderr, "read_loop: %s: %s\n", argv[2], why);
        return 1;
    }
    struct totals t = {0, 0};
    int result = pcap_loop(pcap, -1, count, (u_char *)&t);
    pcap_close(pcap);
    printf("packets %" PRIu64 " bytes %" PRIu64 "\n", t.packets, t.bytes);
    return result == 0 ? 0 : 1;
}
