/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bypass.c - see bypass.h. The kernel only counts up and only sets a last word to 0; everything else in the table is this thread's.
 *
 * What a place counted is never set back, so that no count can be lost between two of our looks: we keep what we have taken of it.
 */
#include "capture/bypass.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/hash.h"
#include "capture/bypass_code.h"

#define TABLE_SIZE (BYPASS_PLACES * sizeof(struct bypass_place))
#define VLAN_TAG   4u /* bytes that the card took off, and the kernel does not count */

struct bypass {
    struct bypass_place *table;
    uint64_t secret;
    int program;
    bool taken[BYPASS_PLACES];               /* by a flow */
    struct bypass_counts known[BYPASS_PLACES]; /* as taken last, in the kernel's bytes */
    uint32_t tag[BYPASS_PLACES];             /* bytes to add to each packet */
    uint64_t tag_bytes;                      /* of those taken */
    uint64_t strays;
};

/* ------------------------------------------------------------ life cycle */

static int call(enum bpf_cmd command, union bpf_attr *attributes)
{
    return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static int make_table(void)
{
    union bpf_attr a;
    memset(&a, 0, sizeof a);
    a.map_type = BPF_MAP_TYPE_ARRAY;
    a.key_size = sizeof(uint32_t);
    a.value_size = sizeof(struct bypass_place);
    a.max_entries = BYPASS_PLACES;
    a.map_flags = BPF_F_MMAPABLE;
    return call(BPF_MAP_CREATE, &a);
}

static int load_program(int map, uint64_t secret)
{
    struct bpf_insn code[BYPASS_CODE_MAX];
    union bpf_attr a;
    memset(&a, 0, sizeof a);
    a.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
    a.insn_cnt = bypass_code(map, secret, code);
    a.insns = (uint64_t)(uintptr_t)code;
    a.license = (uint64_t)(uintptr_t)"Apache-2.0";
    return call(BPF_PROG_LOAD, &a);
}

struct bypass *bypass_new(struct error *error)
{
    struct bypass *b = calloc(1, sizeof *b);
    if (!b) {
        error_set(error, "out of memory");
        return NULL;
    }
    b->secret = hash_key_random().k0 | 1;
    b->program = -1;
    int map = make_table();
    void *table = map < 0 ? MAP_FAILED : mmap(NULL, TABLE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    if (table != MAP_FAILED) {
        b->table = table;
        b->program = load_program(map, b->secret);
    }
    int failed = errno;
    if (map >= 0)
        close(map); /* program and mapping hold it */
    if (b->program >= 0)
        return b;
    error_set(error, "%s", failed == EPERM ? "not allowed; it takes CAP_BPF" : strerror(failed));
    bypass_free(b);
    return NULL;
}

void bypass_free(struct bypass *b)
{
    if (!b)
        return;
    if (b->program >= 0)
        close(b->program);
    if (b->table)
        munmap(b->table, TABLE_SIZE);
    free(b);
}

bool bypass_attach(const struct bypass *b, int fd, struct error *error)
{
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &b->program, sizeof b->program) == 0 || error_set(error, "%s", strerror(errno));
}

/* --------------------------------------------------------------- places */

static void put_address(uint8_t *to, const struct address *a, uint8_t ip_version)
{
    if (ip_version == 4)
        memcpy(to, a->bytes + 12, 4);
    else
        memcpy(to, a->bytes, 16);
}

static void make_key(const struct bypass_ends *e, uint64_t key[BYPASS_KEY_WORDS])
{
    uint8_t bytes[BYPASS_KEY_WORDS * sizeof *key] = {0};
    uint16_t ports[2] = {htons(e->src_port), htons(e->dst_port)}, vlan = e->has_vlan ? (uint16_t)(e->vlan | BYPASS_VLAN) : 0;
    put_address(bytes, e->src, e->ip_version);
    put_address(bytes + 16, e->dst, e->ip_version);
    memcpy(bytes + 32, ports, sizeof ports);
    memcpy(bytes + 36, &vlan, sizeof vlan);
    bytes[38] = e->proto;
    bytes[39] = e->ip_version;
    memcpy(key, bytes, sizeof bytes);
}

static struct bypass_counts counted(const struct bypass_place *p)
{
    return (struct bypass_counts){.packets = atomic_load_explicit(&p->packets, memory_order_relaxed), /* counts, order nothing */
                                  .bytes = atomic_load_explicit(&p->bytes, memory_order_relaxed)};
}

int bypass_add(struct bypass *b, const struct bypass_ends *ends)
{
    uint64_t key[BYPASS_KEY_WORDS];
    make_key(ends, key);
    uint32_t place = bypass_place_of(key, b->secret);
    struct bypass_place *p = &b->table[place];
    if (b->taken[place])
        return -1;
    struct bypass_counts now = counted(p);
    b->strays += now.packets - b->known[place].packets;
    b->known[place] = now;
    b->taken[place] = true;
    b->tag[place] = ends->has_vlan ? VLAN_TAG : 0;
    atomic_store_explicit(&p->begun, 0, memory_order_relaxed);
    for (uint32_t i = 0; i < BYPASS_KEY_WORDS - 1; i++)
        atomic_store_explicit(&p->key[i], key[i], memory_order_relaxed);
    atomic_store_explicit(&p->key[BYPASS_KEY_WORDS - 1], key[BYPASS_KEY_WORDS - 1], memory_order_release); /* pairs with the program's order */
    return (int)place;
}

void bypass_begin(struct bypass *b, int place)
{
    atomic_store_explicit(&b->table[place].begun, 1, memory_order_relaxed); /* of no meaning when the kernel has ended it */
}

bool bypass_take(struct bypass *b, int place, struct bypass_counts *out)
{
    struct bypass_place *p = &b->table[place];
    struct bypass_counts *known = &b->known[place];
    bool holds = atomic_load_explicit(&p->key[BYPASS_KEY_WORDS - 1], memory_order_acquire) != 0; /* before the counts: they are its last */
    struct bypass_counts now = counted(p);
    uint64_t packets = now.packets - known->packets, tags = packets * b->tag[place];
    *out = (struct bypass_counts){.packets = packets, .bytes = now.bytes - known->bytes + tags};
    b->tag_bytes += tags;
    *known = now;
    return holds;
}

void bypass_remove(struct bypass *b, int place)
{
    atomic_store_explicit(&b->table[place].key[BYPASS_KEY_WORDS - 1], 0, memory_order_seq_cst); /* before the last counts are taken */
    b->taken[place] = false;
}

/* --------------------------------------------------------------- account */

void bypass_count(const struct bypass *b, struct capture_counters *out)
{
    if (!b)
        return;
    out->bypassed = 0;
    out->bypassed_bytes = b->tag_bytes;
    out->bypassed_strays = b->strays;
    for (uint32_t i = 0; i < BYPASS_PLACES; i++) {
        struct bypass_counts now = counted(&b->table[i]);
        out->bypassed += now.packets;
        out->bypassed_bytes += now.bytes;
        out->bypassed_strays += b->taken[i] ? 0 : now.packets - b->known[i].packets;
    }
}
