/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intel.c - the price of the indicator store: intel ROWS. Mixed types (names, addresses, prefixes, URLs, hashes), hits and misses, in one
 * run beside a plain chained hash table (FNV-1a, one allocation a value, whole values only) and nDPI's own structures (Patricia tree,
 * Aho-Corasick automaton). One line of JSON.
 *
 * Values follow from their number by a mixing function, so nothing but the structures themselves takes part in what is measured.
 */
#include <malloc.h>
#include <ndpi/ndpi_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/addr.h"
#include "intel/list_load.h"
#include "intel/store.h"

#define ASKED      400000u
#define AUTOMA_MAX 100000u /* names: its memory grows by 2 KB a name */

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* ------------------------------------------------------------------ values */

enum kind { NAME, V4, V6, NET, URL, JA3 };

/* Of a hundred rows 55 names, 30 IPv4, 5 IPv6, 2 prefixes, 5 URLs, 3 hashes. */
static enum kind kind_of(uint64_t i)
{
    unsigned lot = (unsigned)(mix(i * 3 + 1) % 100);
    return lot < 55 ? NAME : lot < 85 ? V4 : lot < 90 ? V6 : lot < 92 ? NET : lot < 97 ? URL : JA3;
}

static const char *type_of(enum kind k)
{
    static const char *const types[] = {"domain", "ipv4", "ipv6", "cidr", "url", "ja3"};
    return types[k];
}

static unsigned part(uint64_t x, unsigned from, unsigned mask)
{
    return (unsigned)(x >> from) & mask;
}

static void write_value(uint64_t i, enum kind k, char out[96])
{
    uint64_t x = mix(i);
    switch (k) {
    case NAME: sprintf(out, "host-%llx.site%llu.example", (unsigned long long)(x >> 24), (unsigned long long)(x % 1000003)); break;
    case V4: sprintf(out, "%u.%u.%u.%u", 1 + (unsigned)(x & 0x7f), part(x, 8, 255), part(x, 16, 255), part(x, 24, 255)); break;
    case V6:
        sprintf(out, "2001:%x:%x:%x::%x", part(x, 0, 0x7fff) + 0x1000, part(x, 16, 0x7fff) + 0x1000, part(x, 32, 0x7fff) + 0x1000,
                part(x, 48, 0xffff));
        break;
    case NET: sprintf(out, "%u.%u.%u.0/24", 129 + (unsigned)(x % 90), part(x, 8, 255), part(x, 16, 255)); break;
    case URL: sprintf(out, "http://site%llu.example/%llx/index.php", (unsigned long long)(x % 100003), (unsigned long long)(x >> 20)); break;
    case JA3: sprintf(out, "%016llx%016llx", (unsigned long long)x, (unsigned long long)mix(x)); break;
    }
}

/* What is asked for: prepared before the clock runs. */
struct asked {
    enum kind kind;
    char text[96];
    size_t size;
    struct address address;
    ndpi_ip_addr_t ndpi;
};

static void prepare(struct asked *a, uint64_t i, enum kind k)
{
    char value[96];
    struct prefix p = {.bits = 0};
    a->kind = k;
    write_value(i, k, value);
    if (k == NAME)
        snprintf(a->text, sizeof a->text, "www.%.90s", value); /* below a suffix row */
    else
        memcpy(a->text, value, sizeof value);
    a->size = strlen(a->text);
    if (k == V4 || k == V6 || k == NET) {
        prefix_parse(value, &p);
        a->address = p.base;
        memset(&a->ndpi, 0, sizeof a->ndpi);
        if (k == V6)
            memcpy(&a->ndpi.ipv6, p.base.bytes, 16);
        else
            memcpy(&a->ndpi.ipv4, p.base.bytes + 12, 4);
    }
}

/* Hits are rows drawn at random, misses the same of numbers that are in no row; `only` < 0 is all kinds. */
static struct asked *questions(uint64_t rows, bool hits, int only)
{
    struct asked *a = calloc(ASKED, sizeof *a);
    uint64_t draw = 7;
    for (uint32_t n = 0; n < ASKED;) {
        uint64_t i = mix(draw++) % rows;
        enum kind k = kind_of(i);
        if (only >= 0 && (int)k != only)
            continue;
        prepare(&a[n++], hits ? i : i + rows + UINT64_C(1000000000), k);
    }
    return a;
}

/* ---------------------------------------------------------------- measuring */

static struct store *build_store(uint64_t rows)
{
    static const char *const columns[] = {"actor", "source", "list"};
    struct error error = {{0}};
    struct store *s = store_new(columns, 3, &error);
    char value[96], source[32];
    for (uint64_t i = 0; i < rows; i++) {
        enum kind k = kind_of(i);
        sprintf(source, "report %llu", (unsigned long long)(i / 50));
        const char *column[] = {"an actor", source, "bench"};
        write_value(i, k, value);
        struct store_item item = {.value = value, .type = type_of(k), .match = k == NAME ? MATCH_SUFFIX : MATCH_EXACT, .ports = "", .note = "",
                                  .line = (uint32_t)i, .confidence_pct = 60, .last_seen = 1700000000, .column = column};
        if (!store_add(s, &item, &error)) {
            fprintf(stderr, "%s: %s\n", value, error.text);
            exit(1);
        }
    }
    if (!store_finish(s, NULL, &error)) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    return s;
}

static uint32_t ask_store(const struct store *s, const struct asked *a)
{
    struct store_match m;
    struct slice text = {(const uint8_t *)a->text, a->size};
    switch (a->kind) {
    case NAME: return store_find_name(s, text, &m);
    case URL: return store_find_url(s, text, &m);
    case JA3: return store_find_value(s, "ja3", text, &m);
    default: return store_find_address(s, &a->address, &m);
    }
}

/* The same, and what is found is read: what an alert adds. */
static uint32_t ask_and_read(const struct store *s, const struct asked *a)
{
    struct store_match m;
    struct slice text = {(const uint8_t *)a->text, a->size};
    bool found = a->kind == NAME  ? store_find_name(s, text, &m)
                 : a->kind == URL ? store_find_url(s, text, &m)
                 : a->kind == JA3 ? store_find_value(s, "ja3", text, &m)
                                  : store_find_address(s, &a->address, &m);
    return found && store_line(s, m.row) != UINT32_MAX;
}

static struct plain {
    struct plain *next;
    char value[];
} **plain;
static uint64_t plain_size;

static struct plain **plain_slot(const char *value)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *c = value; *c; c++)
        hash = (hash ^ (uint8_t)*c) * UINT64_C(1099511628211);
    return &plain[hash & (plain_size - 1)];
}

static uint32_t ask_plain(const struct store *s, const struct asked *a)
{
    (void)s;
    const char *key = a->kind == NAME ? a->text + 4 : a->text; /* it knows no suffixes: the very value */
    const struct plain *p = *plain_slot(key);
    while (p && strcmp(p->value, key) != 0)
        p = p->next;
    return p != NULL;
}

static ndpi_ptree_t *tree;

static uint32_t ask_tree(const struct store *s, const struct asked *a)
{
    u_int64_t data;
    (void)s;
    return ndpi_ptree_match_addr(tree, &a->ndpi, &data) == 0;
}

static void *automa;

static uint32_t ask_automa(const struct store *s, const struct asked *a)
{
    char text[96];
    (void)s;
    memcpy(text, a->text, sizeof text);
    return ndpi_match_string(automa, text) > 0;
}

/* Nanoseconds a question, the best of three rounds; `found` is how many said yes. */
static double price(uint32_t (*ask)(const struct store *, const struct asked *), const struct store *s, const struct asked *a,
                    uint32_t *found)
{
    double best = 1e9;
    for (int round = 0; round < 3; round++) {
        double began = now_s();
        *found = 0;
        for (uint32_t i = 0; i < ASKED; i++)
            *found += ask(s, &a[i]);
        double took = (now_s() - began) / ASKED * 1e9;
        best = took < best ? took : best;
    }
    return best;
}

static void report(const char *name, uint32_t (*ask)(const struct store *, const struct asked *), const struct store *s, uint64_t rows,
                   int only)
{
    for (int hits = 0; hits < 2; hits++) {
        struct asked *a = questions(rows, hits != 0, only);
        uint32_t found;
        double ns = price(ask, s, a, &found);
        printf(", \"%s_%s_ns\": %.1f, \"%s_%s_found\": %.4f", name, hits ? "hit" : "miss", ns, name, hits ? "hit" : "miss", (double)found / ASKED);
        free(a);
    }
}

static size_t heap(void)
{
    struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
}

static void compare_plain(uint64_t rows)
{
    size_t before = heap();
    double began = now_s();
    char value[96];
    for (plain_size = 1; plain_size < rows; plain_size *= 2) {
    }
    plain = calloc(plain_size, sizeof *plain);
    for (uint64_t i = 0; i < rows; i++) {
        write_value(i, kind_of(i), value);
        struct plain *p = malloc(sizeof *p + strlen(value) + 1), **slot = plain_slot(value);
        strcpy(p->value, value);
        p->next = *slot;
        *slot = p;
    }
    printf(", \"plain_build_s\": %.2f, \"plain_bytes\": %.1f", now_s() - began, (double)(heap() - before) / (double)rows);
    report("plain", ask_plain, NULL, rows, -1);
}

static void compare_tree(uint64_t rows)
{
    size_t before = heap(), count = 0;
    double began = now_s();
    tree = ndpi_ptree_create();
    for (uint64_t i = 0; i < rows; i++) {
        struct asked a;
        enum kind k = kind_of(i);
        if (k != V4)
            continue;
        prepare(&a, i, k);
        ndpi_ptree_insert(tree, &a.ndpi, 32, 1);
        count++;
    }
    printf(", \"ptree_rows\": %zu, \"ptree_build_s\": %.2f, \"ptree_bytes\": %.1f", count, now_s() - began, (double)(heap() - before) / (double)count);
    report("ptree", ask_tree, NULL, rows, V4);
}

static void compare_automa(uint64_t rows)
{
    if (rows > AUTOMA_MAX)
        return;
    size_t before = heap(), count = 0;
    double began = now_s();
    char value[96];
    automa = ndpi_init_automa();
    for (uint64_t i = 0; i < rows; i++)
        if (kind_of(i) == NAME) {
            write_value(i, NAME, value);
            ndpi_add_string_to_automa(automa, strdup(value));
            count++;
        }
    ndpi_finalize_automa(automa);
    printf(", \"automa_rows\": %zu, \"automa_build_s\": %.2f, \"automa_bytes\": %.1f", count, now_s() - began, (double)(heap() - before) / (double)count);
    report("automa", ask_automa, NULL, rows, NAME);
}

/* The same store from its file. */
static void compare_mapped(const struct store *s, uint64_t rows)
{
    char path[64];
    struct error error = {{0}};
    snprintf(path, sizeof path, "/tmp/haetae-bench-intel.%ld", (long)getpid());
    double began = now_s();
    if (!store_write(s, 1, path, &error)) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    printf(", \"write_s\": %.2f", now_s() - began);
    began = now_s();
    struct store *mapped = store_map(path, 1, &error);
    printf(", \"map_s\": %.3f", now_s() - began);
    report("mapped", ask_store, mapped, rows, -1);
    store_free(mapped);
    unlink(path);
}

/* What the machine takes to read one word at random among 512 MB, each read waiting for the one before (one circle through all lines). */
static double chase(int advice)
{
    const uint32_t lines = UINT32_C(1) << 23, words = 64 / sizeof(uint32_t);
    size_t size = (size_t)lines * 64;
    uint32_t *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), next = 0, steps = 2000000;
    if (at == MAP_FAILED)
        return 0;
    madvise(at, size, advice);
    for (uint32_t i = 0; i < lines; i++) /* a full period: odd step, multiplier 1 modulo 4 (Hull and Dobell) */
        at[(size_t)i * words] = (i * UINT32_C(1664525) + UINT32_C(1013904223)) & (lines - 1);
    double began = now_s();
    for (uint32_t i = 0; i < steps; i++)
        next = at[(size_t)next * words];
    double took = now_s() - began;
    munmap(at, size);
    return next < lines ? took / steps * 1e9 : 0;
}

int main(int argc, char **argv)
{
    static const char *const kinds[] = {"name", "ipv4", "ipv6", "cidr", "url", "ja3"};
    uint64_t rows = argc == 2 ? strtoull(argv[1], NULL, 10) : 0, texts;
    if (rows == 0) {
        fprintf(stderr, "usage: intel ROWS\n");
        return 2;
    }
    double began = now_s();
    struct store *s = build_store(rows);
    double took = now_s() - began;
    uint64_t size = store_size(s, &texts);
    printf("{\"rows\": %llu, \"build_s\": %.2f, \"bytes\": %.1f, \"text_bytes\": %.1f", (unsigned long long)rows, took,
           (double)(size - texts) / (double)rows, (double)texts / (double)rows);
    printf(", \"chase_ns\": %.1f, \"chase_huge_ns\": %.1f", chase(MADV_NOHUGEPAGE), chase(MADV_HUGEPAGE));
    report("store", ask_store, s, rows, -1);
    report("read", ask_and_read, s, rows, -1);
    for (int k = 0; k < 6; k++)
        report(kinds[k], ask_store, s, rows, k);
    compare_mapped(s, rows);
    compare_plain(rows);
    compare_tree(rows);
    compare_automa(rows);
    puts("}");
    store_free(s);
    return 0;
}
