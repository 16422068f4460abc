/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket.c - see socket.h.
 *
 * Never immediate mode: it falls back to TPACKET_V2 and one wake-up per packet. Filters are given to the kernel by ourselves where that
 * works: libpcap would filter what waits in the ring without counting, and accounts could not be exact.
 */
#include "capture/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/fanout.h"

/* "lo, eth0, ..." into `out`, cut to fit. */
static void list_interfaces(char *out, size_t size)
{
    struct if_nameindex *all = if_nameindex();
    size_t used = 0;
    out[0] = '\0';
    for (struct if_nameindex *i = all; i && i->if_index != 0 && used < size; i++) {
        int n = snprintf(out + used, size - used, "%s%s", used ? ", " : "", i->if_name);
        used += n > 0 ? (size_t)n : 0;
    }
    if (all)
        if_freenameindex(all);
}

static enum socket_result explain_failure(pcap_t *pcap, const char *name, int result, struct error *error)
{
    char names[256];
    switch (result) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        list_interfaces(names, sizeof names);
        error_set(error, "%s: no such interface; there are: %s", name, names);
        return SOCKET_FAILED;
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        error_set(error, "%s: not allowed to capture; run as root or with CAP_NET_RAW", name);
        return SOCKET_FORBIDDEN;
    case PCAP_ERROR_IFACE_NOT_UP:
        error_set(error, "%s: the interface is down; bring it up with 'ip link set %s up'", name, name);
        return SOCKET_FAILED;
    default:
        error_set(error, "%s: %s%s%s", name, pcap_statustostr(result), *pcap_geterr(pcap) ? ": " : "", pcap_geterr(pcap));
        return SOCKET_FAILED;
    }
}

static enum socket_result activate(struct packet_socket *s, const struct interface_options *o, struct error *error)
{
    char words[PCAP_ERRBUF_SIZE] = "";
    errno = 0;
    s->pcap = pcap_create(o->name, words);
    if (!s->pcap) {
        bool forbidden = errno == EPERM || errno == EACCES; /* behind a sandbox no socket can be made */
        error_set(error, "%s: %s", o->name, words);
        return forbidden ? SOCKET_FORBIDDEN : SOCKET_FAILED;
    }
    pcap_set_snaplen(s->pcap, o->snaplen);
    pcap_set_promisc(s->pcap, o->promiscuous);
    pcap_set_timeout(s->pcap, SOCKET_BLOCK_MS);
    pcap_set_immediate_mode(s->pcap, 0);
    if (o->buffer_size > 0)
        pcap_set_buffer_size(s->pcap, o->buffer_size < INT_MAX ? (int)o->buffer_size : INT_MAX);
    if (pcap_set_tstamp_precision(s->pcap, PCAP_TSTAMP_PRECISION_NANO) != 0) {
        error_set(error, "%s: no nanosecond time stamps", o->name);
        return SOCKET_FAILED;
    }
    int result = pcap_activate(s->pcap);
    if (result < 0)
        return explain_failure(s->pcap, o->name, result, error);
    if (result > 0)
        log_warning("%s: %s", o->name, result == PCAP_WARNING ? pcap_geterr(s->pcap) : pcap_statustostr(result));
    s->link_type = pcap_datalink(s->pcap);
    s->index = (int)if_nametoindex(o->name);
    if (pcap_setnonblock(s->pcap, 1, words) == 0)
        return SOCKET_OPEN;
    error_set(error, "%s: %s", o->name, words);
    return SOCKET_FAILED;
}

/* Both sides of a loopback are one frame, which libpcap leaves out the second time without counting: the kernel shall. */
static void see_once(struct packet_socket *s, const struct interface_options *o)
{
    int one = 1;
    bool alone = o->threads == 1; /* a group takes the word by a flag, which older kernels pass over */
    if (strcmp(o->name, "lo") == 0)
        s->exact = setsockopt(pcap_fileno(s->pcap), SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) == 0 && alone;
    else if (strcmp(o->name, "any") == 0)
        s->exact = false;
}

/* libpcap's instructions are the kernel's, member by member. */
static bool attach(const struct packet_socket *s, const struct bpf_program *filter)
{
    struct sock_filter code[BPF_MAXINSNS];
    const struct sock_fprog program = {.len = (unsigned short)filter->bf_len, .filter = code};
    if (filter->bf_len > BPF_MAXINSNS || s->link_type == DLT_LINUX_SLL || s->link_type == DLT_LINUX_SLL2)
        return false; /* a cooked frame has another header in the kernel */
    for (unsigned i = 0; i < filter->bf_len; i++) {
        const struct bpf_insn *from = &filter->bf_insns[i];
        code[i] = (struct sock_filter){from->code, from->jt, from->jf, from->k};
    }
    return setsockopt(pcap_fileno(s->pcap), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

static bool set_filter(struct packet_socket *s, const struct interface_options *o, struct error *error)
{
    struct bpf_program filter;
    const char *link = pcap_datalink_val_to_name(s->link_type);
    if (pcap_compile(s->pcap, &filter, o->bpf, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return error_set(error, "%s: filter '%s': %s (link type %s)", o->name, o->bpf, pcap_geterr(s->pcap), link ? link : "unknown");
    bool by_kernel = attach(s, &filter), good = by_kernel || pcap_setfilter(s->pcap, &filter) == 0;
    s->exact &= by_kernel;
    pcap_freecode(&filter);
    return good || error_set(error, "%s: filter '%s': %s", o->name, o->bpf, pcap_geterr(s->pcap));
}

enum socket_result socket_open(struct packet_socket *s, struct interface *i, struct error *error)
{
    const struct interface_options *o = interface_options_of(i);
    bool filtered = o->bpf && *o->bpf;
    *s = (struct packet_socket){.exact = true};
    enum socket_result result = activate(s, o, error);
    if (result == SOCKET_OPEN) {
        see_once(s, o);
        if ((filtered && !set_filter(s, o, error)) || (o->threads > 1 && !fanout_join(pcap_fileno(s->pcap), i, error)))
            result = SOCKET_FAILED;
        else if (filtered)
            s->ready_ns = clock_wall_ns();
    }
    if (result != SOCKET_OPEN)
        socket_close(s);
    return result;
}

void socket_close(struct packet_socket *s)
{
    if (s->pcap)
        pcap_close(s->pcap);
    s->pcap = NULL;
}

bool socket_follow(struct packet_socket *s, const struct interface_options *o, int index)
{
    const struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};
    const struct packet_mreq all = {.mr_ifindex = index, .mr_type = PACKET_MR_PROMISC};
    int fd = s->pcap ? pcap_fileno(s->pcap) : -1;
    if (fd < 0 || o->threads > 1 || bind(fd, (const struct sockaddr *)&to, sizeof to) != 0)
        return false;
    if (o->promiscuous && setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) != 0)
        log_warning("%s: not promiscuous any more: %s", o->name, strerror(errno));
    socket_clear(s);
    s->index = index;
    return true;
}

/* pcap_stats would count in 32 bits and look into files. The kernel begins anew with each answer. */
void socket_count(struct packet_socket *s, uint64_t *received, uint64_t *dropped)
{
    struct tpacket_stats_v3 now = {0};
    socklen_t size = sizeof now;
    if (!s->pcap || getsockopt(pcap_fileno(s->pcap), SOL_PACKET, PACKET_STATISTICS, &now, &size) != 0)
        return;
    *received += now.tp_packets;
    *dropped += now.tp_drops;
}

bool socket_shut(struct packet_socket *s)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    const struct sock_fprog program = {.len = 1, .filter = &nothing};
    return s->pcap && setsockopt(pcap_fileno(s->pcap), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

void socket_clear(struct packet_socket *s)
{
    int problem;
    socklen_t size = sizeof problem;
    if (s->pcap)
        (void)getsockopt(pcap_fileno(s->pcap), SOL_SOCKET, SO_ERROR, &problem, &size);
}
