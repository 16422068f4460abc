/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kvm.c - D37: KVM-over-IP devices on the network, by the names they announce (mDNS), are called by, or have in their certificates.
 *
 * Such a device at the laptop of an employee lets somebody far away sit at it. In server rooms they are at home: see kvm-roles.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tradecraft.h"

enum { RECORDS_MAX = 32, TYPE_A = 1, TYPE_AAAA = 28 };

static void tell(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct tradecraft_sight *s,
                 bool is_server)
{
    struct tradecraft_report r;
    char device[46];
    const struct address *address = is_server ? &o->server : &o->client;
    t->host->label(context, NULL, "kvm_ip");
    if (tradecraft_has_role(t, context, address, &t->kvm, NULL)) {
        t->host->count(context, "kvm_allowed");
        return;
    }
    t->host->address_text(address, device);
    tradecraft_begin(&r, RULE_KVM, t->host->field(&s->entry, "reference"));
    r.target_is_server = is_server;
    r.confidence_pct = 70;
    snprintf(r.signature, sizeof r.signature, "KVM-over-IP device on the network: %.64s", t->host->field(&s->entry, "service"));
    snprintf(r.dedup, sizeof r.dedup, "%s", t->host->field(&s->entry, "service"));
    tradecraft_text(&r, "service", t->host->field(&s->entry, "service"));
    tradecraft_text(&r, "kind", "kvm");
    tradecraft_text(&r, "device", device);
    tradecraft_text(&r, "matched_value", s->name);
    tradecraft_text(&r, "list", t->tools_path);
    tradecraft_number(&r, "list_line", s->entry.line);
    tradecraft_because(&r, "%s calls itself or is called %.120s", device, s->name);
    tradecraft_because(&r, "That is how %.64s devices are named, line %" PRIu32 " of %.100s", t->host->field(&s->entry, "service"),
                   s->entry.line, t->tools_path);
    tradecraft_raise(t, context, &r);
}

/* The letters that a host name begins with: "nanokvm-3f2a.local" gives "nanokvm". Names of several labels count below .local and
 * the like only. */
static struct slice stem(struct slice name)
{
    static const char *const local[] = {".local", ".lan", ".home", ".internal", ".home.arpa"};
    const uint8_t *dot = name.size == 0 ? NULL : memchr(name.at, '.', name.size);
    bool is_local = dot == NULL;
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
        size_t n = strlen(local[i]);
        is_local |= name.size > n && memcmp(name.at + name.size - n, local[i], n) == 0;
    }
    size_t n = 0;
    while (is_local && n < name.size && ((name.at[n] | 0x20) >= 'a' && (name.at[n] | 0x20) <= 'z'))
        n++;
    return (struct slice){name.at, n};
}

static bool find(const struct tradecraft *t, struct slice word, struct sensor_entry *out)
{
    char lower[32];
    if (word.size == 0 || word.size > sizeof lower)
        return false;
    for (size_t i = 0; i < word.size; i++)
        lower[i] = (char)(word.at[i] >= 'A' && word.at[i] <= 'Z' ? word.at[i] + 32 : word.at[i]);
    return t->host->list_find_value(t->tools, "kvm", (struct slice){(const uint8_t *)lower, word.size}, out);
}

void tradecraft_kvm_see_name(struct tradecraft *t, const struct observation *o, struct sensor_context *context, struct slice name)
{
    struct tradecraft_sight s;
    if (!o->server_internal || !find(t, stem(name), &s.entry))
        return;
    tradecraft_printable(s.name, name);
    tell(t, o, context, &s, true);
}

void tradecraft_kvm_see_dns(struct tradecraft *t, const struct observation_dns *o, struct sensor_context *context)
{
    struct tradecraft_sight s;
    const struct dns_record *answer;
    if (o->head.app_proto != APP_MDNS || !o->is_response || !o->head.client_internal)
        return;
    for (uint32_t i = 0; i < RECORDS_MAX; i++) {
        answer = observation_item(&o->head, o->answers, i, sizeof *answer);
        if (answer == NULL)
            return;
        struct slice name = observation_text(&o->head, answer->name);
        if ((answer->type != TYPE_A && answer->type != TYPE_AAAA) || !find(t, stem(name), &s.entry))
            continue;
        tradecraft_printable(s.name, name);
        tell(t, &o->head, context, &s, false);
        return;
    }
}

void tradecraft_kvm_see_certificate(struct tradecraft *t, const struct observation_tls *o, struct sensor_context *context)
{
    struct tradecraft_sight s;
    struct slice subject = observation_text(&o->head, o->subject);
    if (!o->head.server_internal)
        return;
    for (size_t at = 0; at + 2 < subject.size;) {
        const uint8_t *comma = memchr(subject.at + at, ',', subject.size - at);
        size_t end = comma == NULL ? subject.size : (size_t)(comma - subject.at);
        while (at < end && subject.at[at] == ' ')
            at++;
        if (end > at + 2 && subject.at[at] == 'O' && subject.at[at + 1] == '=' &&
            find(t, (struct slice){subject.at + at + 2, end - at - 2}, &s.entry)) {
            tradecraft_printable(s.name, (struct slice){subject.at + at, end - at});
            tell(t, &o->head, context, &s, true);
            return;
        }
        at = end + 1;
    }
}
