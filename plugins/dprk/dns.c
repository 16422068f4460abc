/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.c - D03 and D04: listed names in DNS questions, listed names and addresses in answers.
 *
 * A question waits for its answer, because only the answer says whether the name exists: that is the
 * difference between severity 1 and 2. Questions that nobody answered are told when their flow ends.
 * Multicast DNS is left alone: it asks the neighbours, not the Internet. RFC 1035, 9460.
 */
#include "dprk.h"

#include <stdio.h>
#include <string.h>

enum {
    RECORDS_MAX = 1024, /* of one section: as many as the host keeps of a message */
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_MX = 15,
    TYPE_AAAA = 28,
    TYPE_DNAME = 39,
    TYPE_SVCB = 64,
    TYPE_HTTPS = 65,
    TOLD_ROWS_MAX = 256 /* far more than an honest message touches, so that decoys hide nothing */
};

/* The rows told for one message, so that none is told twice. */
struct told_rows {
    uint32_t row[TOLD_ROWS_MAX];
    size_t count;
};

/* The links of an answer as text; lives as long as the message is looked at. */
struct chain {
    char text[DPRK_CHAIN_MAX][2 * DPRK_TEXT_MAX];
    size_t count;
};

static const struct {
    uint16_t type;
    const char *name;
} types[] = {
    {TYPE_A, "A"},         {TYPE_NS, "NS"},     {TYPE_CNAME, "CNAME"}, {TYPE_MX, "MX"}, {TYPE_AAAA, "AAAA"},
    {TYPE_DNAME, "DNAME"}, {TYPE_SVCB, "SVCB"}, {TYPE_HTTPS, "HTTPS"}, {6, "SOA"},      {12, "PTR"},
    {16, "TXT"},           {33, "SRV"},         {255, "ANY"},
};

static const char *type_name(uint16_t type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == type)
            return types[i].name;
    return "other";
}

/* True for a row not told yet, and remembers it. */
static bool is_new_row(struct told_rows *t, const struct sensor_entry *row)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->row[i] == row->row)
            return false;
    if (t->count == TOLD_ROWS_MAX)
        return false;
    t->row[t->count++] = row->row;
    return true;
}

/* The slot of a waiting question, or a free one (flow_id 0), or NULL. */
static struct dprk_pending *pending_slot(struct dprk *d, uint64_t flow_id, uint16_t dns_id)
{
    struct dprk_pending *free_slot = NULL;
    for (size_t i = 0; i < DPRK_PENDING_MAX; i++) {
        struct dprk_pending *p = &d->pending[i];
        if (p->flow_id == flow_id && p->dns_id == dns_id && flow_id != 0)
            return p;
        if (p->flow_id == 0 && free_slot == NULL)
            free_slot = p;
    }
    return free_slot;
}

static void forget(struct dprk *d, struct dprk_pending *p)
{
    p->flow_id = 0;
    d->pending_count--;
}

static const struct dns_record *record_at(const struct observation_dns *o, struct array_ref records, uint32_t i)
{
    return i < RECORDS_MAX ? observation_item(&o->head, records, i, sizeof(struct dns_record)) : NULL;
}

/* An address that no public server has: what filters and sinkholes answer. */
static bool is_sinkhole(const struct dns_record *r, struct slice data)
{
    static const uint8_t none[16];
    if (r->type == TYPE_A && data.size == 4)
        return data.at[0] == 0 || data.at[0] == 127 || data.at[0] == 10 || (data.at[0] == 172 && (data.at[1] & 0xf0) == 16) ||
               (data.at[0] == 192 && data.at[1] == 168);
    if (r->type == TYPE_AAAA && data.size == 16)
        return (memcmp(data.at, none, 15) == 0 && data.at[15] <= 1) || (data.at[0] & 0xfe) == 0xfc;
    return false;
}

/* Did every address in the answer belong to a sinkhole? False when there was no address. */
static bool is_sunk(const struct observation_dns *o)
{
    bool any = false;
    const struct dns_record *r;
    for (uint32_t i = 0; (r = record_at(o, o->answers, i)) != NULL; i++) {
        if (r->type != TYPE_A && r->type != TYPE_AAAA)
            continue;
        if (!is_sinkhole(r, observation_text(&o->head, r->data)))
            return false;
        any = true;
    }
    return any;
}

/* What came of a question. */
struct outcome {
    enum dprk_sid sid;
    const char *said; /* the end of the first sentence */
};

static struct slice pending_name(const struct dprk_pending *p)
{
    return (struct slice){p->name, p->name_size};
}

/* Tells one question for a listed name, if it is still listed. */
static void tell_question(struct dprk *d, const struct observation *o, struct sensor_context *context, const struct dprk_pending *p,
                          struct outcome outcome)
{
    char client[46], server[46];
    struct dprk_hit hit = {.sid = outcome.sid, .matched_on = "dns.queries.rrname"};
    if (!d->host->list_find_name(d->indicators, pending_name(p), &hit.row.entry)) {
        d->host->count(context, "unlisted_meanwhile");
        return;
    }
    dprk_printable(hit.matched, pending_name(p));
    snprintf(hit.event, sizeof hit.event, "%s asked %s for %.120s (type %s) %s", d->host->address_text(&o->client, client),
             d->host->address_text(&o->server, server), hit.matched, type_name(p->qtype), outcome.said);
    dprk_tell(d, o, context, &hit);
}

/* Finds the first listed name among the questions. */
static bool find_question(struct dprk *d, const struct observation_dns *o, struct dprk_pending *found)
{
    const struct dns_record *q;
    struct sensor_entry entry;
    for (uint32_t i = 0; (q = record_at(o, o->questions, i)) != NULL; i++) {
        struct slice name = observation_text(&o->head, q->name);
        if (name.size == 0 || name.size > DPRK_NAME_MAX || !d->host->list_find_name(d->indicators, name, &entry))
            continue;
        found->flow_id = o->head.flow_id;
        found->dns_id = o->id;
        found->qtype = q->type;
        found->name_size = (uint16_t)name.size;
        memcpy(found->name, name.at, name.size);
        return true;
    }
    return false;
}

static bool same_name(const struct dprk_pending *a, const struct dprk_pending *b)
{
    return a->name_size == b->name_size && memcmp(a->name, b->name, a->name_size) == 0;
}

/* Lets the question wait; when no place is left, tells it at once. */
static void see_question(struct dprk *d, const struct observation_dns *o, struct sensor_context *context,
                         const struct dprk_pending *found)
{
    struct dprk_pending *slot = pending_slot(d, found->flow_id, found->dns_id);
    if (slot != NULL && slot->flow_id != 0 && !same_name(slot, found))
        tell_question(d, &o->head, context, slot,
                      (struct outcome){SID_DNS_FAILED, "and used the same id for another question before an answer"});
    if (slot == NULL) {
        d->host->count(context, "pending_full");
        tell_question(d, &o->head, context, found, (struct outcome){SID_DNS_FAILED, "and the answer could not be awaited"});
        return;
    }
    if (slot->flow_id == 0)
        d->pending_count++;
    *slot = *found;
}

/* Tells a question together with what came of it. */
static void see_outcome(struct dprk *d, const struct observation_dns *o, struct sensor_context *context,
                        const struct dprk_pending *question)
{
    char error[64];
    struct outcome outcome = {SID_DNS_QUERY, "and got an answer"};
    if (o->rcode != 0) {
        snprintf(error, sizeof error, "and got error %u%s", o->rcode, o->rcode == 3 ? " (no such name)" : "");
        outcome = (struct outcome){SID_DNS_FAILED, error};
    } else if (is_sunk(o)) {
        outcome = (struct outcome){SID_DNS_FAILED, "and got a sinkhole address"};
    }
    tell_question(d, &o->head, context, question, outcome);
}

/* Where a record leads to a name, the rule for it; else 0. */
static enum dprk_sid leads_to_name(uint16_t type)
{
    switch (type) {
    case TYPE_CNAME:
    case TYPE_DNAME:
    case TYPE_SVCB:
    case TYPE_HTTPS: return SID_ANSWER_ALIAS;
    case TYPE_NS:
    case TYPE_MX: return SID_ANSWER_SERVER;
    default: return 0;
    }
}

/* Reads the data of an A or AAAA record; 0 when it is none, else its IP version. */
static int read_address(const struct observation_dns *o, const struct dns_record *r, struct address *a)
{
    struct slice data = observation_text(&o->head, r->data);
    *a = (struct address){.bytes = {[10] = 0xff, [11] = 0xff}};
    if (r->type == TYPE_A && data.size == 4) {
        memcpy(a->bytes + 12, data.at, 4);
        return 4;
    }
    if (r->type != TYPE_AAAA || data.size != 16)
        return 0;
    memcpy(a->bytes, data.at, 16);
    return 6;
}

/* Writes "name TYPE target ttl N" for each record, in order. */
static void write_chain(const struct dprk *d, const struct observation_dns *o, struct chain *chain)
{
    const struct dns_record *r;
    for (uint32_t i = 0; chain->count < DPRK_CHAIN_MAX && (r = record_at(o, o->answers, i)) != NULL; i++) {
        char name[DPRK_TEXT_MAX], data[DPRK_TEXT_MAX] = "", address[46];
        struct address a;
        dprk_printable(name, observation_text(&o->head, r->name));
        if (read_address(o, r, &a) != 0)
            snprintf(data, sizeof data, "%s", d->host->address_text(&a, address));
        else if (leads_to_name(r->type) != 0)
            dprk_printable(data, observation_text(&o->head, r->data));
        snprintf(chain->text[chain->count++], sizeof chain->text[0], "%.200s %s %.200s ttl %u", name, type_name(r->type), data,
                 r->ttl);
    }
}

/* Finds the row that one record touches; false for none. */
static bool find_record(const struct dprk *d, const struct observation_dns *o, const struct dns_record *r, struct dprk_row *row)
{
    struct address a;
    int version = read_address(o, r, &a);
    if (version != 0)
        return dprk_find_address(d, &a, version, row);
    if (leads_to_name(r->type) == 0)
        return false;
    struct slice target = observation_text(&o->head, r->data);
    row->embedded_from = NULL;
    return target.size != 0 && d->host->list_find_name(d->indicators, target, &row->entry);
}

/* Tells one record of an answer, and the chain that it stands in. */
static void tell_record(struct dprk *d, const struct observation_dns *o, struct sensor_context *context, const struct dns_record *r,
                        const struct dprk_row *row)
{
    struct dprk_hit hit = {.row = *row, .sid = leads_to_name(r->type), .matched_on = "dns.answers.rdata"};
    struct chain chain = {.count = 0};
    struct address a;
    char client[46], asked[DPRK_TEXT_MAX], owner[DPRK_TEXT_MAX];
    const struct dns_record *q = record_at(o, o->questions, 0);
    if (read_address(o, r, &a) != 0) {
        hit.sid = SID_ANSWER_ADDRESS;
        d->host->address_text(&a, hit.matched);
    } else {
        dprk_printable(hit.matched, observation_text(&o->head, r->data));
    }
    dprk_printable(asked, q != NULL ? observation_text(&o->head, q->name) : (struct slice){NULL, 0});
    dprk_printable(owner, observation_text(&o->head, r->name));
    snprintf(hit.event, sizeof hit.event, "%s asked for %.100s and was told: %.60s %s %.60s, ttl %u",
             d->host->address_text(&o->head.client, client), asked, owner, type_name(r->type), hit.matched, r->ttl);
    write_chain(d, o, &chain);
    for (size_t link = 0; link < chain.count; link++)
        hit.chain[link] = chain.text[link];
    dprk_tell(d, &o->head, context, &hit);
}

static void see_records(struct dprk *d, const struct observation_dns *o, struct sensor_context *context, struct array_ref records,
                        struct told_rows *told)
{
    const struct dns_record *r;
    struct dprk_row row;
    for (uint32_t i = 0; (r = record_at(o, records, i)) != NULL; i++)
        if (find_record(d, o, r, &row) && is_new_row(told, &row.entry))
            tell_record(d, o, context, r, &row);
}

static void see_response(struct dprk *d, const struct observation_dns *o, struct sensor_context *context,
                         const struct dprk_pending *question)
{
    struct told_rows told;
    told.count = 0; /* the rows themselves, 1 KB, need no zeros */
    struct dprk_pending *slot = d->pending_count != 0 ? pending_slot(d, o->head.flow_id, o->id) : NULL;
    if (question == NULL && slot != NULL && slot->flow_id != 0 && o->questions.count == 0)
        question = slot;
    if (question != NULL) {
        struct sensor_entry entry;
        if (d->host->list_find_name(d->indicators, pending_name(question), &entry))
            is_new_row(&told, &entry);
        see_outcome(d, o, context, question);
    }
    if (slot != NULL && slot->flow_id != 0)
        forget(d, slot);
    see_records(d, o, context, o->answers, &told);
    see_records(d, o, context, o->authorities, &told);
}

void dprk_see_dns(struct dprk *d, const struct observation_dns *o, struct sensor_context *context)
{
    struct dprk_pending found;
    bool listed = false;
    if (o->head.app_proto == APP_MDNS)
        return;
    listed = find_question(d, o, &found);
    if (!o->head.client_internal) {
        if (listed)
            d->host->count(context, "outside_only");
        return;
    }
    if (o->is_response)
        see_response(d, o, context, listed ? &found : NULL);
    else if (listed)
        see_question(d, o, context, &found);
}

void dprk_end_dns(struct dprk *d, const struct observation *o, struct sensor_context *context)
{
    for (size_t i = 0; d->pending_count != 0 && i < DPRK_PENDING_MAX; i++) {
        struct dprk_pending *p = &d->pending[i];
        if (p->flow_id != o->flow_id)
            continue;
        tell_question(d, o, context, p, (struct outcome){SID_DNS_FAILED, "and no answer was seen before the flow ended"});
        forget(d, p);
    }
}
