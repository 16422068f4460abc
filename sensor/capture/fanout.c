/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fanout.c - see fanout.h.
 *
 * The kernel's own hash (FANOUT_FLOW) sees ports, looks into GRE and IP in IP, and has IPv4 fragments put together before. It cannot know that
 * IPv6 fragments, or both directions of a flow inside VXLAN, belong together: their outer ports differ or are not there. FANOUT_PAIR is a
 * program of classic BPF that looks at the two outer addresses alone, which no fragment and no tunnel changes.
 */
#include "capture/fanout.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000 /* Linux 6.3; older ones pass it over */
#endif

/* A word of the network header, which stands X bytes further when a second VLAN tag is before it. */
#define WORD(at)           BPF_STMT(BPF_LD | BPF_W | BPF_IND, (uint32_t)SKF_NET_OFF + (at))
#define KEEP(in)           BPF_STMT(BPF_ST, in)
#define IF_TYPE(type, yes) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, type, yes, 0)
#define XOR_KEPT(in)       BPF_STMT(BPF_LDX | BPF_MEM, in), BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0)

/* M[0] and M[1] get the two addresses, those of IPv6 folded; then a hash that is the same when they change places. */
static const struct sock_filter pair_program[] = {
    /*  0 */ BPF_STMT(BPF_LDX | BPF_IMM, 0),
    /*  1 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
    /*  2 */ IF_TYPE(ETH_P_8021Q, 2),
    /*  3 */ IF_TYPE(ETH_P_8021AD, 1),
    /*  4 */ BPF_STMT(BPF_JMP | BPF_JA, 2),
    /*  5 */ BPF_STMT(BPF_LDX | BPF_IMM, 4),
    /*  6 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)SKF_NET_OFF + 2),
    /*  7 */ IF_TYPE(ETH_P_IP, 2),
    /*  8 */ IF_TYPE(ETH_P_IPV6, 6),
    /*  9 */ BPF_STMT(BPF_RET | BPF_K, 0),
    /* 10 */ WORD(12), KEEP(0), WORD(16), KEEP(1),
    /* 14 */ BPF_STMT(BPF_JMP | BPF_JA, 34),
    /* 15: word by word, X kept in M[2], the folded half in M[0] and M[1] */
    BPF_STMT(BPF_STX, 2),
    WORD(8), KEEP(0),
    WORD(12), XOR_KEPT(0), KEEP(0), BPF_STMT(BPF_LDX | BPF_MEM, 2),
    WORD(16), XOR_KEPT(0), KEEP(0), BPF_STMT(BPF_LDX | BPF_MEM, 2),
    WORD(20), XOR_KEPT(0), KEEP(0), BPF_STMT(BPF_LDX | BPF_MEM, 2),
    WORD(24), KEEP(1),
    WORD(28), XOR_KEPT(1), KEEP(1), BPF_STMT(BPF_LDX | BPF_MEM, 2),
    WORD(32), XOR_KEPT(1), KEEP(1), BPF_STMT(BPF_LDX | BPF_MEM, 2),
    WORD(36), XOR_KEPT(1), KEEP(1),
    /* 49: (M0 + M1) * odd ^ (M0 ^ M1) * odd, its upper half */
    BPF_STMT(BPF_LD | BPF_MEM, 0), BPF_STMT(BPF_LDX | BPF_MEM, 1),
    BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0), BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 0x9E3779B1), KEEP(3),
    BPF_STMT(BPF_LD | BPF_MEM, 0), BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0), BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 0x85EBCA77),
    XOR_KEPT(3), BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16), BPF_STMT(BPF_RET | BPF_A, 0),
};

static int type_of(enum fanout fanout)
{
    static const int types[] = {[FANOUT_FLOW] = PACKET_FANOUT_HASH,
                                [FANOUT_PAIR] = PACKET_FANOUT_CBPF,
                                [FANOUT_QM] = PACKET_FANOUT_QM,
                                [FANOUT_CPU] = PACKET_FANOUT_CPU};
    return types[fanout];
}

static bool load_program(int fd)
{
    const struct sock_fprog program = {.len = sizeof pair_program / sizeof *pair_program,
                                       .filter = (struct sock_filter *)(uintptr_t)pair_program};
    return setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof program) == 0;
}

/* A new group tells which number it got. */
static void learn_cluster(int fd, struct interface *i)
{
    uint32_t value = 0;
    socklen_t size = sizeof value;
    if (getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &value, &size) == 0)
        interface_set_cluster(i, (uint16_t)value);
}

bool fanout_join(int fd, struct interface *i, struct error *error)
{
    const struct interface_options *o = interface_options_of(i);
    uint16_t cluster = interface_cluster(i);
    int flags = (strcmp(o->name, "lo") == 0 ? PACKET_FANOUT_FLAG_IGNORE_OUTGOING : 0) | (o->defrag ? PACKET_FANOUT_FLAG_DEFRAG : 0) | (cluster ? 0 : PACKET_FANOUT_FLAG_UNIQUEID);
    uint32_t value = cluster | (uint32_t)(type_of(o->fanout) | flags) << 16;
    if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &value, sizeof value) != 0)
        return error_set(error, "%s: cannot share frames out among %u threads (cluster-id %u): %s%s", o->name, o->threads, cluster,
                         strerror(errno), errno == EINVAL && o->cluster_id ? "; is another program's group called so?" : "");
    if (o->fanout == FANOUT_PAIR && !load_program(fd))
        return error_set(error, "%s: cluster_pair: the kernel refuses the program: %s", o->name, strerror(errno));
    if (!cluster)
        learn_cluster(fd, i);
    return true;
}
