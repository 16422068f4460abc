/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c - see filter.h. */
#include "capture/filter.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define PROGRAMS_MAX 32u /* link types; frames of more are left out and counted */
#define SNAPLEN      262144

struct filter_program {
    int link_type;
    bool fits;
    struct bpf_program code;
};

struct filter {
    char *text;
    struct filter_program program[PROGRAMS_MAX];
    size_t count, latest;
    uint64_t misfits;
};

struct filter *filter_new(const char *text, struct error *error)
{
    if (!text || !*text)
        return NULL;
    struct filter *f = calloc(1, sizeof *f);
    if (f && (f->text = strdup(text)))
        return f;
    free(f);
    error_set(error, "out of memory");
    return NULL;
}

void filter_free(struct filter *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++)
        if (f->program[i].fits)
            pcap_freecode(&f->program[i].code);
    free(f->text);
    free(f);
}

static bool compile(const struct filter *f, struct filter_program *p, struct error *error)
{
    const char *link = pcap_datalink_val_to_name(p->link_type);
    pcap_t *nothing = pcap_open_dead(p->link_type, SNAPLEN);
    if (!nothing)
        return error_set(error, "out of memory");
    p->fits = pcap_compile(nothing, &p->code, f->text, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!p->fits)
        error_set(error, "filter '%s': %s (link type %s)", f->text, pcap_geterr(nothing), link ? link : "unknown");
    pcap_close(nothing);
    return p->fits;
}

static struct filter_program *program_for(struct filter *f, int link_type, struct error *error)
{
    if (f->count && f->program[f->latest].link_type == link_type)
        return &f->program[f->latest];
    for (size_t i = 0; i < f->count; i++)
        if (f->program[i].link_type == link_type)
            return &f->program[f->latest = i];
    if (f->count == PROGRAMS_MAX)
        return NULL;
    f->program[f->count].link_type = link_type;
    compile(f, &f->program[f->count], error);
    return &f->program[f->latest = f->count++];
}

bool filter_fits(struct filter *f, int link_type, struct error *error)
{
    struct filter_program p = {.link_type = link_type};
    bool fits = compile(f, &p, error);
    if (fits)
        pcap_freecode(&p.code);
    return fits;
}

bool filter_passes(struct filter *f, const struct frame *frame)
{
    const struct filter_program *p = program_for(f, frame->link_type, NULL);
    if (!p || !p->fits) {
        f->misfits++;
        return false;
    }
    const struct pcap_pkthdr header = {.caplen = frame->cap_len, .len = frame->wire_len};
    return pcap_offline_filter(&p->code, &header, frame->bytes) != 0;
}

uint64_t filter_misfits(const struct filter *f)
{
    return f ? f->misfits : 0;
}
