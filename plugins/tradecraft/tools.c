/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools.c - D23, D24, D33 and D37's clouds: remote-access tools, VPN and proxy exits, web services that take or hand out files.
 *
 * By names of tools.csv, and by nDPI's word where it knows the protocol from its payload. A guess from a port is no evidence.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tradecraft.h"

enum { NAMES_MAX = 64 };

static const char *column(const struct tradecraft *t, const struct tradecraft_sight *s, const char *name)
{
    return t->host->field(&s->entry, name);
}

static bool is_kind(const struct tradecraft *t, const struct tradecraft_sight *s, const char *kind)
{
    return strcmp(column(t, s, "kind"), kind) == 0;
}

/* Sanctioned: the tool by its name, or the host by a role that supports others. */
static bool may_control(const struct tradecraft *t, const struct observation *o, struct sensor_context *context,
                        const struct tradecraft_sight *s)
{
    const struct address *host = o->client_internal ? &o->client : &o->server;
    bool may = tradecraft_has_word(&t->sanctioned, column(t, s, "service")) ||
               tradecraft_has_role(t, context, host, &t->support, NULL);
    if (may)
        t->host->count(context, "remote_allowed");
    return may;
}

static void tell_remote(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct tradecraft_sight *s)
{
    struct tradecraft_report r;
    struct sensor_role role;
    bool inbound = !o->client_internal;
    t->host->label(context, NULL, "remote_access");
    if (may_control(t, o, context, s))
        return;
    tradecraft_begin(&r, inbound ? RULE_REMOTE_IN : RULE_REMOTE_OUT, column(t, s, "reference"));
    tradecraft_sight(t, o, s, &r);
    r.target_is_server = inbound;
    r.confidence_pct = s->place == BY_CLASS ? 75 : s->place == BY_ADDRESS ? 50 : 65;
    r.severity = inbound || strcmp(column(t, s, "severity"), "3") != 0 ? 2 : 3;
    if (tradecraft_has_role(t, context, inbound ? &o->server : &o->client, &t->forbidden, &role)) {
        r.severity = 2;
        r.confidence_pct = 80;
        tradecraft_role(&r, &role);
    }
    if (!inbound)
        tradecraft_kvm_note_board(t, o, &r);
    tradecraft_because(&r, "Neither is the tool sanctioned (option sanctioned) nor has the host a role that supports others");
    snprintf(r.signature, sizeof r.signature, "Remote access %s: %.64s", inbound ? "from outside" : "tool", column(t, s, "service"));
    tradecraft_raise(t, context, &r);
}

static void tell_simple(struct tradecraft *t, const struct observation *o, struct sensor_context *context,
                        const struct tradecraft_sight *s, enum tradecraft_rule rule)
{
    struct tradecraft_report r;
    tradecraft_begin(&r, rule, column(t, s, "reference"));
    tradecraft_sight(t, o, s, &r);
    snprintf(r.signature, sizeof r.signature, "%s: %.64s",
             rule == RULE_EXIT ? "VPN, proxy or Tor exit" : "Cloud service of a KVM-over-IP device", column(t, s, "service"));
    tradecraft_kvm_note_board(t, o, &r);
    t->host->label(context, NULL, rule == RULE_EXIT ? "vpn_exit" : "kvm_ip");
    if (rule == RULE_EXIT || !tradecraft_has_role(t, context, &o->client, &t->kvm, NULL))
        tradecraft_raise(t, context, &r);
}

/* ------------------------------------------------------------ web services */

static void tell_upload(struct tradecraft *t, const struct observation *o, struct sensor_context *context,
                        const struct tradecraft_sight *s, enum tradecraft_rule rule, const struct sensor_role *role)
{
    struct tradecraft_report r;
    uint64_t out = o->bytes[TO_SERVER], in = o->bytes[TO_CLIENT];
    tradecraft_begin(&r, rule, column(t, s, "reference"));
    tradecraft_sight(t, o, s, &r);
    tradecraft_number(&r, "bytes_out", out);
    tradecraft_number(&r, "bytes_in", in);
    tradecraft_because(&r, "The flow carried %" PRIu64 " bytes out and %" PRIu64 " in", out, in);
    if (role != NULL)
        tradecraft_role(&r, role);
    if (rule == RULE_CONTACT)
        r.severity = role != NULL ? 2 : 3;
    snprintf(r.signature, sizeof r.signature, "%s: %.64s",
             rule == RULE_UPLOAD   ? "Upload to a web service"
             : rule == RULE_LOOKUP ? "Own address looked up by a host that does not browse"
                                   : "Web service for files, pastes or bots",
             column(t, s, "service"));
    tradecraft_raise(t, context, &r);
}

/* A flow to a web service is over. */
static void judge_web(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct tradecraft_sight *s)
{
    struct sensor_role role;
    bool forbidden = tradecraft_has_role(t, context, &o->client, &t->forbidden, &role);
    bool upload = o->bytes[TO_SERVER] >= t->upload_least && o->bytes[TO_SERVER] > o->bytes[TO_CLIENT];
    uint64_t ago_s;
    if (is_kind(t, s, "ip_lookup")) {
        t->host->label(context, NULL, "external_ip_check");
        if (forbidden || tradecraft_was_lured(t, o, &ago_s))
            tell_upload(t, o, context, s, RULE_LOOKUP, forbidden ? &role : NULL);
    } else if (is_kind(t, s, "web_store") || is_kind(t, s, "chat")) {
        t->host->label(context, NULL, "web_store");
        if (upload)
            tell_upload(t, o, context, s, RULE_UPLOAD, forbidden ? &role : NULL);
        else if (forbidden || is_kind(t, s, "web_store"))
            tell_upload(t, o, context, s, RULE_CONTACT, forbidden ? &role : NULL);
    }
}

/* --------------------------------------------------------------- sightings */

static void judge(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct tradecraft_sight *s)
{
    if (is_kind(t, s, "remote_access"))
        tell_remote(t, o, context, s);
    else if (is_kind(t, s, "vpn_exit"))
        tell_simple(t, o, context, s, RULE_EXIT);
    else if (is_kind(t, s, "kvm_cloud"))
        tell_simple(t, o, context, s, RULE_KVM_CLOUD);
    else if (o->kind == OBSERVE_ENDED)
        judge_web(t, o, context, s);
}

static bool find_tool(const struct tradecraft *t, struct slice name, struct tradecraft_sight *s)
{
    s->list = t->tools_path;
    return t->host->list_find_name(t->tools, name, &s->entry);
}

void tradecraft_tools_see_name(struct tradecraft *t, const struct observation *o, struct sensor_context *context, struct slice name,
                    enum tradecraft_place place)
{
    struct tradecraft_sight s = {.place = place};
    if (name.size == 0 || !o->client_internal || o->server_internal)
        return;
    tradecraft_printable(s.name, name);
    if (find_tool(t, name, &s)) {
        judge(t, o, context, &s);
        return;
    }
    s.list = t->services_path;
    if (t->host->list_find_name(t->services, name, &s.entry))
        tradecraft_chains_see_name(t, o, context, &s);
}

/*
 * Is it time to judge the class? A flow that says a name is judged by that, for nDPI's word may be no more than the name: the maker's
 * web site is no use of the tool. Whether TLS, QUIC or HTTP says one is sure at the end.
 */
static bool class_counts(const struct tradecraft *t, const struct observation *o, struct sensor_context *context)
{
    struct sensor_name n;
    bool may_say = o->app_proto == APP_TLS || o->app_proto == APP_QUIC || o->app_proto == APP_HTTP || o->app_proto == APP_HTTP2;
    if (!may_say || o->kind != OBSERVE_ENDED)
        return !may_say && o->kind == OBSERVE_CLASSIFIED;
    return !t->host->name_of(context, 0, &n) || n.source < NAME_TLS || n.source > NAME_HTTP;
}

void tradecraft_tools_see_class(struct tradecraft *t, const struct observation *o, struct sensor_context *context)
{
    struct tradecraft_sight s = {.place = BY_CLASS, .list = t->tools_path};
    const uint16_t ids[2] = {o->class.app, o->class.master};
    if (o->class.state != CLASS_DETECTED || o->client_internal == o->server_internal || !class_counts(t, o, context))
        return;
    for (size_t i = 0; i < 2; i++) {
        const char *word = ids[i] != 0 ? t->host->protocol_name(ids[i]) : "";
        struct slice name = {(const uint8_t *)word, strlen(word)};
        if (name.size == 0 || !t->host->list_find_value(t->tools, "ndpi", name, &s.entry))
            continue;
        tradecraft_printable(s.name, name);
        if (is_kind(t, &s, "mining") && o->client_internal)
            tradecraft_chains_see_mining(t, o, context, &s);
        else if (is_kind(t, &s, "remote_access") || (is_kind(t, &s, "vpn_exit") && o->client_internal))
            judge(t, o, context, &s);
        return;
    }
}

/* What the flow said of itself was judged when it was said, but for web services. */
static void see_own_name(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct sensor_name *n)
{
    static const enum tradecraft_place place[] = {[NAME_TLS] = BY_TLS, [NAME_QUIC] = BY_QUIC, [NAME_HTTP] = BY_HTTP};
    struct tradecraft_sight s = {.place = place[n->source]};
    if (!find_tool(t, n->name, &s))
        return;
    tradecraft_printable(s.name, n->name);
    judge_web(t, o, context, &s);
}

void tradecraft_tools_see_end(struct tradecraft *t, const struct observation *o, struct sensor_context *context)
{
    struct sensor_name n;
    if (!o->client_internal || o->server_internal || (o->marks & MARK_REPLIED) == 0 || o->app_proto == APP_DNS)
        return;
    for (size_t i = 0; i < NAMES_MAX && t->host->name_of(context, i, &n); i++) {
        struct tradecraft_sight s = {.place = BY_ADDRESS};
        if (n.source >= NAME_TLS && n.source <= NAME_HTTP) {
            see_own_name(t, o, context, &n);
            return;
        }
        if (n.source != NAME_SAME_HOST || n.unsolicited || n.others >= 5)
            continue;
        if (find_tool(t, n.name, &s) || t->host->list_find_name(t->services, n.name, &s.entry)) {
            tradecraft_tools_see_name(t, o, context, n.name, BY_ADDRESS);
            return;
        }
    }
}
