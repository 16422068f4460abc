/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kvm.c - D37: KVM-over-IP devices on the network, by the names they announce (mDNS, DHCP), are called by, or have in their certificates
 * and in the titles of their pages, and by the maker's prefix of their hardware addresses.
 *
 * Such a device at the laptop of an employee lets somebody far away sit at it. In server rooms they are at home: see kvm-roles.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tradecraft.h"

enum {
    PAGE_HEAD = 4096, /* bytes of a page in which its title stands */
    MAC_DIGITS = 12
};

/* The device: where it is, and what it said. */
struct device {
    const struct address *address;
    const uint8_t *mac; /* NULL: not known */
    bool is_server;     /* of the flow */
    bool by_mac;        /* the name is its hardware address */
};

static void mac_text(char out[18], const uint8_t mac[6])
{
    snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void tell(struct tradecraft *t, struct sensor_context *context, const struct tradecraft_sight *s, const struct device *d)
{
    struct tradecraft_report r;
    char address[46], mac[18] = "";
    const char *service = t->host->field(&s->entry, "service");
    t->host->label(context, NULL, "kvm_ip");
    if (tradecraft_has_role(t, context, d->address, &t->kvm, NULL)) {
        t->host->count(context, "kvm_allowed");
        return;
    }
    t->host->address_text(d->address, address);
    if (d->mac != NULL)
        mac_text(mac, d->mac);
    tradecraft_begin(&r, RULE_KVM, t->host->field(&s->entry, "reference"));
    r.target_is_server = d->is_server;
    r.severity = strcmp(t->host->field(&s->entry, "severity"), "3") == 0 ? 3 : 0;
    r.confidence_pct = d->by_mac ? 60 : 70;
    snprintf(r.signature, sizeof r.signature, "KVM-over-IP device on the network: %.64s", service);
    snprintf(r.dedup, sizeof r.dedup, "%.200s %s", service, mac);
    tradecraft_text(&r, "service", service);
    tradecraft_text(&r, "kind", "kvm");
    tradecraft_text(&r, "device", address);
    tradecraft_text(&r, "mac", mac);
    tradecraft_text(&r, "matched_on", d->by_mac ? "mac" : "name");
    tradecraft_text(&r, "matched_value", s->name);
    tradecraft_text(&r, "list", t->tools_path);
    tradecraft_number(&r, "list_line", s->entry.line);
    if (d->by_mac)
        tradecraft_because(&r, "%s speaks from the hardware address %s", address, mac);
    else
        tradecraft_because(&r, "%s %s calls itself or is called %.120s", address, mac, s->name);
    tradecraft_because(&r, "That is how %.64s devices are %s, line %" PRIu32 " of %.100s", service, d->by_mac ? "numbered" : "named", s->entry.line,
                       t->tools_path);
    tradecraft_raise(t, context, &r);
}

/* The device is the server of the flow. */
static void tell_server(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct tradecraft_sight *s)
{
    const struct device d = {.address = &o->server, .mac = o->marks & MARK_HAS_MAC ? o->server_mac : NULL, .is_server = true};
    tell(t, context, s, &d);
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
    tell_server(t, o, context, &s);
}

void tradecraft_kvm_see_device(struct tradecraft *t, const struct observation_device *o, struct sensor_context *context)
{
    static const struct address nowhere;
    struct tradecraft_sight s;
    struct slice name = observation_text(&o->head, o->name);
    bool has_address = memcmp(&o->address, &nowhere, sizeof nowhere) != 0;
    const struct device d = {.address = has_address ? &o->address : &o->head.client,
                             .mac = o->has_mac ? o->mac : o->head.marks & MARK_HAS_MAC ? o->head.client_mac : NULL};
    if (!find(t, stem(name), &s.entry))
        return;
    tradecraft_printable(s.name, name);
    tell(t, context, &s, &d);
}

/* The title of a page that an internal server gave. */
void tradecraft_kvm_see_body(struct tradecraft *t, const struct observation_body *o, struct sensor_context *context)
{
    static const char open[] = "<title>";
    struct tradecraft_sight s;
    struct slice body = observation_text(&o->head, o->bytes);
    size_t looked = body.size < PAGE_HEAD ? body.size : PAGE_HEAD;
    if (!o->head.server_internal || o->source != BODY_HTTP_RESPONSE || looked == 0)
        return;
    const uint8_t *at = memmem(body.at, looked, open, sizeof open - 1);
    if (at == NULL)
        return;
    at += sizeof open - 1;
    const uint8_t *end = memchr(at, '<', (size_t)(body.at + body.size - at));
    struct slice title = {at, end != NULL ? (size_t)(end - at) : 0};
    if (memchr(title.at, '.', title.size) != NULL || !find(t, stem(title), &s.entry))
        return;
    tradecraft_printable(s.name, title);
    tell_server(t, &o->head, context, &s);
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
            tell_server(t, &o->head, context, &s);
            return;
        }
        at = end + 1;
    }
}

/* ------------------------------------------------------- hardware addresses */

/* The row of a hardware address: makers have 24 bits, or 28. */
static bool find_maker(const struct tradecraft *t, const uint8_t mac[6], struct sensor_entry *row)
{
    char digits[MAC_DIGITS + 1];
    for (size_t i = 0; i < 6; i++)
        snprintf(digits + 2 * i, 3, "%02x", mac[i]);
    return t->host->list_find_value(t->tools, "mac", (struct slice){(const uint8_t *)digits, 7}, row) ||
           t->host->list_find_value(t->tools, "mac", (struct slice){(const uint8_t *)digits, 6}, row);
}

/* As find_maker. A network has few makers: what was not found is remembered by its first 28 bits. */
static bool find_maker_fast(struct tradecraft *t, const uint8_t mac[6], struct sensor_entry *row)
{
    uint32_t prefix = (uint32_t)mac[0] << 20 | (uint32_t)mac[1] << 12 | (uint32_t)mac[2] << 4 | mac[3] >> 4;
    uint32_t *unlisted = &t->unlisted_makers[(prefix * UINT32_C(0x9e3779b1)) >> 24];
    if (*unlisted == prefix + 1)
        return false;
    if (find_maker(t, mac, row))
        return true;
    *unlisted = prefix + 1;
    return false;
}

static void see_maker(struct tradecraft *t, struct sensor_context *context, const struct device *d)
{
    struct tradecraft_sight s;
    if (!find_maker_fast(t, d->mac, &s.entry) || strcmp(t->host->field(&s.entry, "kind"), "kvm") != 0)
        return;
    mac_text(s.name, d->mac);
    tell(t, context, &s, d);
}

void tradecraft_kvm_see_end(struct tradecraft *t, const struct observation *o, struct sensor_context *context)
{
    if ((o->marks & MARK_HAS_MAC) == 0)
        return;
    if (o->client_internal)
        see_maker(t, context, &(struct device){.address = &o->client, .mac = o->client_mac, .by_mac = true});
    if (o->server_internal && (o->marks & MARK_REPLIED) != 0)
        see_maker(t, context, &(struct device){.address = &o->server, .mac = o->server_mac, .is_server = true, .by_mac = true});
}

void tradecraft_kvm_note_board(const struct tradecraft *t, const struct observation *o, struct tradecraft_report *r)
{
    struct sensor_entry row;
    char mac[18];
    if ((o->marks & MARK_HAS_MAC) == 0 || !find_maker(t, o->client_mac, &row))
        return;
    mac_text(mac, o->client_mac);
    tradecraft_text(r, "hardware", t->host->field(&row, "service"));
    tradecraft_because(r, "The host speaks from %s: %.64s, of which KVM-over-IP devices are made; line %" PRIu32 " of %.100s", mac,
                       t->host->field(&row, "service"), row.line, t->tools_path);
}
