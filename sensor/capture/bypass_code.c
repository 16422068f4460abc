/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bypass_code.c - the program of bypass.h, in instructions of eBPF (RFC 9669), written one by one: there is no compiler for it on every
 * machine, and it is short. R6 is the packet; every doubt jumps to the end, where the packet comes through.
 */
#include "capture/bypass_code.h"

#include <arpa/inet.h>
#include <assert.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#define DOUBTS_MAX 32

/* Where things stand on the program's stack, below R10. */
enum place { KEY = -40, IP_HEADER = -80, TCP_HEADER = -96, INDEX = -100 };

enum at { /* in headers: RFC 791 3.1, RFC 8200 3, RFC 9293 3.1 */
    IPV4_FRAGMENT = 6, IPV4_PROTO = 9, IPV4_SRC = 12, IPV4_DST = 16, IPV4_SIZE = 20,
    IPV6_NEXT = 6, IPV6_SRC = 8, IPV6_DST = 24, IPV6_SIZE = 40,
    TCP_FLAGS = 13, TCP_NEEDED = 14, PORTS_SIZE = 4
};
#define TCP_ENDS 0x07 /* FIN, SYN, RST */

struct code {
    struct bpf_insn *at;
    uint32_t count;
    uint32_t doubt[DOUBTS_MAX]; /* jumps to the end */
    uint32_t doubts;
};

static uint32_t put(struct code *c, uint8_t op, uint32_t to, uint32_t from, int16_t off, int32_t value)
{
    assert(c->count < BYPASS_CODE_MAX);
    c->at[c->count] = (struct bpf_insn){.code = op, .dst_reg = to & 0xfu, .src_reg = from & 0xfu, .off = off, .imm = value};
    return c->count++;
}

static void put_64(struct code *c, uint8_t to, uint8_t kind, uint64_t value)
{
    put(c, BPF_LD | BPF_DW | BPF_IMM, to, kind, 0, (int32_t)(uint32_t)value);
    put(c, 0, 0, 0, 0, (int32_t)(uint32_t)(value >> 32));
}

static void set(struct code *c, uint8_t to, int32_t value)
{
    put(c, BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}

static void copy(struct code *c, uint8_t to, uint8_t from)
{
    put(c, BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

static void load(struct code *c, uint8_t size, uint8_t to, uint8_t from, int off)
{
    put(c, BPF_LDX | BPF_MEM | size, to, from, (int16_t)off, 0);
}

static void store(struct code *c, uint8_t size, int off, uint8_t from)
{
    put(c, BPF_STX | BPF_MEM | size, BPF_REG_10, from, (int16_t)off, 0);
}

/* When `register` OP value: let it through. */
static void doubt_when(struct code *c, uint8_t op, uint8_t reg, int32_t value)
{
    assert(c->doubts < DOUBTS_MAX);
    c->doubt[c->doubts++] = put(c, BPF_JMP | op | BPF_K, reg, 0, 0, value);
}

static void doubt_unless_same(struct code *c, uint8_t a, uint8_t b)
{
    c->doubt[c->doubts++] = put(c, BPF_JMP | BPF_JNE | BPF_X, a, b, 0, 0);
}

/* The jump at `from` goes to what is written next. */
static void land(struct code *c, uint32_t from)
{
    c->at[from].off = (int16_t)(c->count - from - 1);
}

/* `size` bytes of the packet, R7 behind the start of its IP header, onto the stack. */
static void fetch(struct code *c, int to, int32_t size)
{
    copy(c, BPF_REG_1, BPF_REG_6);
    copy(c, BPF_REG_2, BPF_REG_7);
    copy(c, BPF_REG_3, BPF_REG_10);
    put(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_3, 0, 0, to);
    set(c, BPF_REG_4, size);
    set(c, BPF_REG_5, BPF_HDR_START_NET);
    put(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_skb_load_bytes_relative);
    doubt_when(c, BPF_JNE, BPF_REG_0, 0);
}

static void move(struct code *c, uint8_t size, int to, int from)
{
    load(c, size, BPF_REG_1, BPF_REG_10, from);
    store(c, size, to, BPF_REG_1);
}

/* R8: the protocol. R7: the size of the header. */
static void read_ipv4(struct code *c)
{
    fetch(c, IP_HEADER, IPV4_SIZE);
    load(c, BPF_B, BPF_REG_1, BPF_REG_10, IP_HEADER);
    doubt_when(c, BPF_JNE, BPF_REG_1, 0x45); /* no options */
    load(c, BPF_H, BPF_REG_1, BPF_REG_10, IP_HEADER + IPV4_FRAGMENT);
    put(c, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_1, 0, 0, htons(0x3fff));
    doubt_when(c, BPF_JNE, BPF_REG_1, 0);
    load(c, BPF_B, BPF_REG_8, BPF_REG_10, IP_HEADER + IPV4_PROTO);
    move(c, BPF_W, KEY, IP_HEADER + IPV4_SRC);
    move(c, BPF_W, KEY + 16, IP_HEADER + IPV4_DST);
    set(c, BPF_REG_7, IPV4_SIZE);
    put(c, BPF_ST | BPF_MEM | BPF_B, BPF_REG_10, 0, KEY + 39, 4);
}

static void read_ipv6(struct code *c)
{
    fetch(c, IP_HEADER, IPV6_SIZE);
    load(c, BPF_B, BPF_REG_8, BPF_REG_10, IP_HEADER + IPV6_NEXT);
    for (int i = 0; i < 16; i += 8) {
        move(c, BPF_DW, KEY + i, IP_HEADER + IPV6_SRC + i);
        move(c, BPF_DW, KEY + 16 + i, IP_HEADER + IPV6_DST + i);
    }
    set(c, BPF_REG_7, IPV6_SIZE);
    put(c, BPF_ST | BPF_MEM | BPF_B, BPF_REG_10, 0, KEY + 39, 6);
}

/* The ports into the key; R9: the flags, 0 for UDP. */
static void read_transport(struct code *c)
{
    store(c, BPF_B, KEY + 38, BPF_REG_8);
    set(c, BPF_REG_9, 0);
    uint32_t udp = put(c, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_8, 0, 0, IPPROTO_UDP);
    doubt_when(c, BPF_JNE, BPF_REG_8, IPPROTO_TCP);
    fetch(c, TCP_HEADER, TCP_NEEDED);
    load(c, BPF_B, BPF_REG_9, BPF_REG_10, TCP_HEADER + TCP_FLAGS);
    uint32_t ports = put(c, BPF_JMP | BPF_JA, 0, 0, 0, 0);
    land(c, udp);
    fetch(c, TCP_HEADER, PORTS_SIZE);
    land(c, ports);
    move(c, BPF_W, KEY + 32, TCP_HEADER);
}

static void read_vlan(struct code *c)
{
    load(c, BPF_W, BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, vlan_present));
    uint32_t none = put(c, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_1, 0, 0, 0);
    load(c, BPF_W, BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, vlan_tci));
    put(c, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_1, 0, 0, 0xfff);
    put(c, BPF_ALU64 | BPF_OR | BPF_K, BPF_REG_1, 0, 0, BYPASS_VLAN);
    store(c, BPF_H, KEY + 36, BPF_REG_1);
    land(c, none);
}

/* R0: the key's place in the table; see bypass_place_of. */
static void look_up(struct code *c, int map, uint64_t secret)
{
    put_64(c, BPF_REG_2, 0, secret);
    set(c, BPF_REG_1, 0);
    for (int i = 0; i < (int)BYPASS_KEY_WORDS; i++) {
        load(c, BPF_DW, BPF_REG_3, BPF_REG_10, KEY + 8 * i);
        put(c, BPF_ALU64 | BPF_XOR | BPF_X, BPF_REG_1, BPF_REG_3, 0, 0);
        put(c, BPF_ALU64 | BPF_MUL | BPF_X, BPF_REG_1, BPF_REG_2, 0, 0);
        copy(c, BPF_REG_3, BPF_REG_1);
        put(c, BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_3, 0, 0, 32);
        put(c, BPF_ALU64 | BPF_XOR | BPF_X, BPF_REG_1, BPF_REG_3, 0, 0);
    }
    put(c, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_1, 0, 0, BYPASS_PLACES - 1);
    store(c, BPF_W, INDEX, BPF_REG_1);
    put_64(c, BPF_REG_1, BPF_PSEUDO_MAP_FD, (uint32_t)map);
    copy(c, BPF_REG_2, BPF_REG_10);
    put(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, INDEX);
    put(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem);
    doubt_when(c, BPF_JEQ, BPF_REG_0, 0);
}

/* The last word first: whoever takes a place writes it last. */
static void compare(struct code *c)
{
    for (int i = (int)BYPASS_KEY_WORDS - 1; i >= 0; i--) {
        load(c, BPF_DW, BPF_REG_1, BPF_REG_0, 8 * i);
        load(c, BPF_DW, BPF_REG_2, BPF_REG_10, KEY + 8 * i);
        doubt_unless_same(c, BPF_REG_1, BPF_REG_2);
    }
}

/* Counts it, and it does not come. At the begin and end of a connection the place is given up instead. */
static void pass_over(struct code *c)
{
    put(c, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_9, 0, 0, TCP_ENDS);
    uint32_t bulk = put(c, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_9, 0, 0, 0);
    put(c, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_0, 0, offsetof(struct bypass_place, key[BYPASS_KEY_WORDS - 1]), 0);
    doubt_when(c, BPF_JNE, BPF_REG_9, 0);
    land(c, bulk);
    load(c, BPF_DW, BPF_REG_1, BPF_REG_0, offsetof(struct bypass_place, begun));
    doubt_when(c, BPF_JEQ, BPF_REG_1, 0);
    set(c, BPF_REG_1, 1);
    put(c, BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_0, BPF_REG_1, offsetof(struct bypass_place, packets), BPF_ADD);
    load(c, BPF_W, BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, len));
    put(c, BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_0, BPF_REG_1, offsetof(struct bypass_place, bytes), BPF_ADD);
    set(c, BPF_REG_0, 0);
    put(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

uint32_t bypass_code(int map, uint64_t secret, struct bpf_insn code[BYPASS_CODE_MAX])
{
    struct code c = {.at = code};
    copy(&c, BPF_REG_6, BPF_REG_1);
    for (int i = 0; i < (int)BYPASS_KEY_WORDS; i++)
        put(&c, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, (int16_t)(KEY + 8 * i), 0);
    set(&c, BPF_REG_7, 0);
    load(&c, BPF_W, BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, protocol));
    uint32_t other = put(&c, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_1, 0, 0, htons(ETH_P_IP));
    read_ipv4(&c);
    uint32_t transport = put(&c, BPF_JMP | BPF_JA, 0, 0, 0, 0);
    land(&c, other);
    doubt_when(&c, BPF_JNE, BPF_REG_1, htons(ETH_P_IPV6));
    read_ipv6(&c);
    land(&c, transport);
    read_transport(&c);
    read_vlan(&c);
    look_up(&c, map, secret);
    compare(&c);
    pass_over(&c);
    for (uint32_t i = 0; i < c.doubts; i++)
        land(&c, c.doubt[i]);
    put(&c, BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, -1); /* all of it */
    put(&c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
    return c.count;
}
