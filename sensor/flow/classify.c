/* SPDX-License-Identifier: Apache-2.0 */
/*
 * classify.c - the nDPI adapter: it, library_tls.c and library_speed.c alone include nDPI and know its releases, 4.2 to 5.x.
 * They implement library.h; who is shown what, and what an answer is worth, is decided in classifier.c.
 *
 * The library remembers peers from flow to flow (STUN, Zoom, mining, TINC, ...). That memory is switched off: an answer must
 * not depend on what else this worker saw. Until release 4.6 there is no switch, so it is emptied after every call. The
 * protocol union of the flow struct is never read: which member is valid changes between packets.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/ndpi.h"

/* ------------------------------------------------------------------ memory */

#if !NDPI_SINCE(4, 6)

extern void cache_free(struct cache *); /* exported by the library, but in no header of its package */

static void drop_cache(struct ndpi_lru_cache **cache)
{
    if (*cache)
        ndpi_lru_free_cache(*cache);
    *cache = NULL;
}

/* A cache comes into being when there is something to remember; the library copes with its absence. */
static void forget_peers(ndpi_module *m)
{
    drop_cache(&m->ookla_cache);
    drop_cache(&m->bittorrent_cache);
    drop_cache(&m->zoom_cache);
    drop_cache(&m->stun_cache);
    drop_cache(&m->tls_cert_cache);
    drop_cache(&m->mining_cache);
    drop_cache(&m->msteams_cache);
    if (m->tinc_cache)
        cache_free(m->tinc_cache);
    m->tinc_cache = NULL;
}

/* 4.2 stops at 32 packets by itself; 4.4 could be told, but its default is the same. */
static void configure(ndpi_module *m, uint32_t packets_max)
{
    (void)m;
    (void)packets_max;
}

#else

static void forget_peers(ndpi_module *m)
{
    (void)m; /* configure() left it no memory */
}

#if !NDPI_SINCE(4, 10)

static void configure(ndpi_module *m, uint32_t packets_max)
{
    ndpi_set_detection_preferences(m, ndpi_pref_max_packets_to_process, (int)packets_max);
    for (int cache = 0; cache < NDPI_LRUCACHE_MAX; cache++)
        ndpi_set_lru_cache_size(m, (lru_cache_type)cache, 0);
}

#else

/* No memory between flows, and no fingerprints: our own dissectors take them. A release that lacks a key refuses it and has
 * nothing to switch off. */
static void configure(ndpi_module *m, uint32_t packets_max)
{
    static const struct {
        const char *protocol, *key;
    } off[] = {
        {NULL, "lru.ookla.size"},
        {NULL, "lru.bittorrent.size"},
        {NULL, "lru.zoom.size"},
        {NULL, "lru.stun.size"},
        {NULL, "lru.stun_zoom.size"},
        {NULL, "lru.tls_cert.size"},
        {NULL, "lru.mining.size"},
        {NULL, "lru.msteams.size"},
        {NULL, "lru.fpc_dns.size"},
        {NULL, "lru.signal.size"},
        {NULL, "metadata.tcp_fingerprint"},
        {"tls", "metadata.ja3c_fingerprint"},
        {"tls", "metadata.ja3s_fingerprint"},
        {"tls", "metadata.ja4c_fingerprint"},
        {"tls", "metadata.sha1_fingerprint"},
    };
    for (size_t i = 0; i < sizeof off / sizeof *off; i++)
        ndpi_set_config(m, off[i].protocol, off[i].key, "0");
    char number[16];
    snprintf(number, sizeof number, "%u", packets_max);
    ndpi_set_config(m, NULL, "packets_limit_per_flow", number);
}

#endif
#endif

/* --------------------------------------------------------------- open, close */

static ndpi_module *init_module(void)
{
#if NDPI_SINCE(4, 10)
    return ndpi_init_detection_module(NULL);
#else
    return ndpi_init_detection_module(ndpi_no_prefs);
#endif
}

static void enable_all_protocols(ndpi_module *m)
{
#if NDPI_SINCE(5, 0)
    (void)m; /* they are */
#else
    NDPI_PROTOCOL_BITMASK all;
    NDPI_BITMASK_SET_ALL(all);
    ndpi_set_protocol_detection_bitmask2(m, &all);
#endif
}

static bool finish_init(ndpi_module *m)
{
#if NDPI_SINCE(4, 10)
    return ndpi_finalize_initialization(m) == 0;
#else
    ndpi_finalize_initialization(m);
    return true;
#endif
}

/* Releases with different structs share one SONAME, so the loader lets them pass. */
static bool check_library(struct error *error)
{
    static const char remedy[] = "install the libndpi this program was built with";
    unsigned api = ndpi_get_api_version(), flow_size = ndpi_detection_get_sizeof_ndpi_flow_struct();
    if (api != NDPI_API_VERSION)
        return error_set(error, "libndpi: built with API %u, found a library of API %u; %s", (unsigned)NDPI_API_VERSION, api,
                         remedy);
    if (flow_size != sizeof(struct ndpi_flow_struct))
        return error_set(error, "libndpi: built for flow states of %zu bytes, found a library with %u; %s",
                         sizeof(struct ndpi_flow_struct), flow_size, remedy);
    return true;
}

/* By name: the numbers have moved from release to release. "DPI (cache)" is what another flow had. */
static void learn_confidences(struct library *l)
{
    for (unsigned id = 0; id < NDPI_CONFIDENCE_MAX; id++) {
        const char *name = ndpi_confidence_get_name((ndpi_confidence_t)id);
        l->is_payload[id] = strncmp(name, "DPI", 3) == 0 && !strstr(name, "cache");
    }
}

struct library *library_open(uint32_t packets_max, struct error *error)
{
    if (!check_library(error))
        return NULL;
    struct library *l = calloc(1, sizeof *l);
    if (l && (l->module = init_module())) {
        enable_all_protocols(l->module);
        configure(l->module, packets_max);
        if (finish_init(l->module)) {
            learn_confidences(l);
            library_hasten(l);
            return l;
        }
    }
    library_close(l);
    error_set(error, "libndpi: cannot set up a detection module: out of memory");
    return NULL;
}

void library_close(struct library *l)
{
    if (!l)
        return;
    if (l->module)
        ndpi_exit_detection_module(l->module);
    free(l);
}

/* -------------------------------------------------------------------- flows */

bool library_prints_hellos(void)
{
    return !NDPI_SINCE(4, 10); /* configure() tells the later ones not to */
}

bool library_judges_queries_alone(void)
{
    return !NDPI_SINCE(4, 4); /* nobody has looked at the later ones */
}

size_t library_flow_size(void)
{
    return sizeof(struct ndpi_flow_struct);
}

void library_flow_clear(struct ndpi_flow_struct *state)
{
    ndpi_free_flow_data(state);
}

uint8_t library_breed(ndpi_module *m, const ndpi_protocol *p)
{
#if NDPI_SINCE(5, 0)
    (void)m;
    return (uint8_t)p->breed;
#else
    return (uint8_t)ndpi_get_proto_breed(m, STACK(p)->app_protocol ? STACK(p)->app_protocol : STACK(p)->master_protocol);
#endif
}

/* Has the library no use for more packets of a flow that it named? */
static bool is_satisfied(ndpi_module *m, struct ndpi_flow_struct *state, const ndpi_protocol *p)
{
#if NDPI_SINCE(5, 0)
    (void)m;
    return p->state == NDPI_STATE_CLASSIFIED && !state->extra_packets_func;
#else
    (void)p;
    return !ndpi_extra_dissection_possible(m, state);
#endif
}

static struct answer answer_of(struct library *l, struct ndpi_flow_struct *state, const ndpi_protocol *p)
{
    struct answer a = {.class = {.risks = state->risk,
                                 .master = STACK(p)->master_protocol,
                                 .app = STACK(p)->app_protocol,
                                 .category = (uint16_t)p->category,
                                 .breed = library_breed(l->module, p),
                                 .confidence = (uint8_t)state->confidence}};
    a.is_named = a.class.master || a.class.app;
    if (!a.is_named)
        return a;
    a.class.encrypted = ndpi_is_encrypted_proto(l->module, *STACK(p)) != 0;
    a.is_from_payload = (unsigned)state->confidence < NDPI_CONFIDENCE_MAX && l->is_payload[state->confidence];
    a.is_final = a.is_from_payload && is_satisfied(l->module, state, p);
    return a;
}

static ndpi_protocol process(ndpi_module *m, const struct flow *f, struct slice l3, uint64_t time_ms, int end)
{
#if NDPI_SINCE(4, 6)
    struct ndpi_flow_input_info info = {
        .in_pkt_dir = flow_direction(f, end) == TO_SERVER ? NDPI_IN_PKT_DIR_C_TO_S : NDPI_IN_PKT_DIR_S_TO_C,
        .seen_flow_beginning = f->marks & MARK_MIDSTREAM ? NDPI_FLOW_BEGINNING_NOT_SEEN : NDPI_FLOW_BEGINNING_SEEN,
    };
    return ndpi_detection_process_packet(m, f->ndpi, l3.at, (unsigned short)l3.size, time_ms, &info);
#else
    (void)end; /* these go by the ports; telling them the direction changed no answer */
    return ndpi_detection_process_packet(m, f->ndpi, l3.at, (unsigned short)l3.size, time_ms);
#endif
}

struct answer library_show(struct library *l, const struct flow *f, struct slice l3, uint64_t time_ns, int end)
{
    assert(l3.size <= UINT16_MAX);
    ndpi_protocol p = process(l->module, f, l3, time_ns / NS_PER_MS, end);
    forget_peers(l->module);
    return answer_of(l, f->ndpi, &p);
}

struct answer library_give_up(struct library *l, const struct flow *f)
{
#if NDPI_SINCE(5, 0)
    ndpi_protocol p = ndpi_detection_giveup(l->module, f->ndpi);
#elif NDPI_SINCE(4, 10)
    u_int8_t was_guessed; /* the confidence says more */
    ndpi_protocol p = ndpi_detection_giveup(l->module, f->ndpi, &was_guessed);
#else
    u_int8_t was_guessed;
    ndpi_protocol p = ndpi_detection_giveup(l->module, f->ndpi, 1, &was_guessed);
#endif
    forget_peers(l->module);
    return answer_of(l, f->ndpi, &p);
}

/* -------------------------------------------------------------------- names */

uint8_t library_confidence_port(void)
{
    return NDPI_CONFIDENCE_MATCH_BY_PORT;
}

unsigned library_text_count(struct library *l, enum library_text kind)
{
    switch (kind) {
    case TEXT_PROTOCOL:
#if NDPI_SINCE(5, 0)
        return ndpi_get_num_protocols(l->module);
#else
        return ndpi_get_num_supported_protocols(l->module);
#endif
    case TEXT_CATEGORY: return NDPI_PROTOCOL_NUM_CATEGORIES;
    case TEXT_BREED: return NUM_BREEDS;
    case TEXT_CONFIDENCE: return NDPI_CONFIDENCE_MAX;
    case TEXT_RISK:
    case TEXT_SEVERITY: return NDPI_MAX_RISK;
    default: return 0;
    }
}

static const char *breed_text(ndpi_module *m, ndpi_protocol_breed_t breed)
{
#if NDPI_SINCE(4, 10)
    (void)m;
    return ndpi_get_proto_breed_name(breed);
#else
    return ndpi_get_proto_breed_name(m, breed);
#endif
}

static const char *severity_text(ndpi_risk_enum risk)
{
    const ndpi_risk_info *info = ndpi_risk2severity(risk);
    return info ? ndpi_severity2str(info->severity) : NULL;
}

const char *library_text(struct library *l, enum library_text kind, unsigned id)
{
    switch (kind) {
    case TEXT_PROTOCOL: return ndpi_get_proto_name(l->module, (u_int16_t)id);
    case TEXT_CATEGORY: return ndpi_category_get_name(l->module, (ndpi_protocol_category_t)id);
    case TEXT_BREED: return breed_text(l->module, (ndpi_protocol_breed_t)id);
    case TEXT_CONFIDENCE: return ndpi_confidence_get_name((ndpi_confidence_t)id);
    case TEXT_RISK: return ndpi_risk2str((ndpi_risk_enum)id);
    case TEXT_SEVERITY: return severity_text((ndpi_risk_enum)id);
    default: return NULL;
    }
}

void library_version(char *out, size_t size)
{
    snprintf(out, size, "%s (API %u)", ndpi_revision(), (unsigned)ndpi_get_api_version());
}
