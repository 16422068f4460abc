/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_tls.c - D30: what looks like TLS and is not. Implants borrow its records, a hello or the certificate of a well-known company to
 * pass for web traffic; the handshake behind it never works.
 *
 * A flaw in the records, or an answer that was not offered, is severity 2. When the server also shows the certificate of a company of
 * the list from an address that is not the company's, it is 1; the certificate alone says nothing, for proxies and content networks
 * show it too.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tradecraft.h"

enum { HEX_MAX = 2 * 32 + 1, CIPHERS_FIELD = 1, ENTROPY_TEXT = 16 };

/* What is known of a flow. */
struct fake {
    bool is_flawed;
    char brand[64];        /* whose certificate it shows without being at the company's; "" when not */
    char organization[96]; /* who has the address */
};

static const struct {
    const char *word, *said;
} flaws[] = {
    [TLS_FLAW_DATA_FIRST] = {"data_first", "The client's first record is no handshake, but data at once"},
    [TLS_FLAW_CLIENT_HELLO] = {"client_hello", "The client's first record says handshake and holds no ClientHello"},
    [TLS_FLAW_SERVER_HELLO] = {"server_hello", "The server's first record is neither ServerHello nor alert"},
    [TLS_FLAW_LENGTH] = {"record_length", "A record announces a length that TLS does not allow"},
    [TLS_FLAW_RECORDS] = {"no_records", "Behind the first records come bytes that are none"},
};

bool tradecraft_fake_tls_open(struct tradecraft *t)
{
    t->fakes = t->host->table_new(t->entries, sizeof(uint64_t), sizeof(struct fake));
    return t->fakes != NULL;
}

static void hex(char out[HEX_MAX], struct slice bytes)
{
    size_t size = bytes.size < (HEX_MAX - 1) / 2 ? bytes.size : (HEX_MAX - 1) / 2;
    for (size_t i = 0; i < size; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes.at[i]);
    out[2 * size] = '\0';
}

static void tell(struct tradecraft *t, const struct observation *o, struct sensor_context *context, struct tradecraft_report *r)
{
    char client[46], server[46];
    struct fake *fake = t->host->table_find(t->fakes, &o->flow_id);
    t->host->address_text(&o->client, client);
    t->host->address_text(&o->server, server);
    snprintf(r->dedup, sizeof r->dedup, "%s:%u", server, o->server_port);
    tradecraft_because(r, "%s opened the connection to %s port %u, and its beginning was seen without holes", client, server, o->server_port);
    if (fake != NULL && fake->brand[0] != '\0') {
        r->severity = 1;
        r->confidence_pct = 80;
        tradecraft_text(r, "certificate_of", fake->brand);
        tradecraft_text(r, "organization", fake->organization);
        tradecraft_because(r, "The server shows the certificate of %.63s, but the address is %.95s's", fake->brand, fake->organization);
    }
    t->host->label(context, NULL, "fake_tls");
    tradecraft_raise(t, context, r);
}

static bool is_outbound(const struct observation *o)
{
    return o->client_internal && !o->server_internal && (o->marks & MARK_MIDSTREAM) == 0;
}

/* Random bytes of that many have nearly as much: what is missing of eight bits is the sample's smallness. */
static bool is_random(const struct observation_tls_flaw *o)
{
    return o->entropy_bytes > 0 && o->entropy / 100.0 >= 7.7 - 184.0 / o->entropy_bytes;
}

/* What follows the flaw, where enough of it was at hand. */
static void add_entropy(struct tradecraft_report *r, const struct observation_tls_flaw *o, char text[ENTROPY_TEXT])
{
    if (o->entropy_bytes == 0)
        return;
    snprintf(text, ENTROPY_TEXT, "%u.%02u", o->entropy / 100u, o->entropy % 100u);
    tradecraft_text(r, "entropy", text);
    tradecraft_number(r, "entropy_bytes", o->entropy_bytes);
    tradecraft_because(r, "%u bytes that follow have %s bits of entropy each: %s", o->entropy_bytes, text,
                       is_random(o) ? "encrypted by something else than TLS" : "not encrypted by TLS, which leaves nearly eight");
}

void tradecraft_fake_tls_see_flaw(struct tradecraft *t, const struct observation_tls_flaw *o, struct sensor_context *context)
{
    struct tradecraft_report r;
    char client_first[HEX_MAX], server_first[HEX_MAX], entropy[ENTROPY_TEXT];
    bool is_new;
    if (!is_outbound(&o->head) || o->flaw == TLS_FLAW_NONE || o->flaw >= sizeof flaws / sizeof *flaws)
        return;
    struct fake *fake = t->host->table_take(t->fakes, &o->head.flow_id, &is_new);
    fake->is_flawed = true;
    hex(client_first, observation_text(&o->head, o->client_first));
    hex(server_first, observation_text(&o->head, o->server_first));
    tradecraft_begin(&r, RULE_FAKE_TLS, "https://attack.mitre.org/techniques/T1001/003/");
    snprintf(r.signature, sizeof r.signature, "Looks like TLS and is not: %s", flaws[o->flaw].word);
    tradecraft_text(&r, "matched_on", "tls.records");
    tradecraft_text(&r, "matched_value", flaws[o->flaw].word);
    tradecraft_text(&r, "client_first_bytes", client_first);
    tradecraft_text(&r, "server_first_bytes", server_first);
    tradecraft_because(&r, "%s", flaws[o->flaw].said);
    add_entropy(&r, o, entropy);
    r.confidence_pct = o->flaw == TLS_FLAW_RECORDS && is_random(o) ? 75 : 60;
    tell(t, &o->head, context, &r);
}

/* ------------------------------------------------------- handshakes that are whole */

/* The `field`-th part of a text between commas. */
static struct slice part(struct slice text, unsigned field)
{
    if (text.size == 0)
        return text;
    const uint8_t *end = text.at + text.size;
    for (; field > 0 && text.size > 0; field--) {
        const uint8_t *comma = memchr(text.at, ',', text.size);
        text.at = comma == NULL ? end : comma + 1;
        text.size = (size_t)(end - text.at);
    }
    const uint8_t *comma = text.size == 0 ? NULL : memchr(text.at, ',', text.size);
    return comma == NULL ? text : (struct slice){text.at, (size_t)(comma - text.at)};
}

/* Is the word one of those between dashes? */
static bool is_among(struct slice word, struct slice list)
{
    for (size_t i = 0; i + word.size <= list.size; i++) {
        bool begins = i == 0 || list.at[i - 1] == '-';
        bool ends = i + word.size == list.size || list.at[i + word.size] == '-';
        if (begins && ends && memcmp(list.at + i, word.at, word.size) == 0)
            return true;
    }
    return false;
}

/* The cipher of the ServerHello, when the ClientHello did not offer it: both stand in JA3 and JA3S as numbers. */
static struct slice not_offered(const struct observation_tls *o)
{
    struct slice offered = part(observation_text(&o->head, o->ja3), CIPHERS_FIELD);
    struct slice chosen = part(observation_text(&o->head, o->ja3s), CIPHERS_FIELD);
    if (offered.size == 0 || chosen.size == 0 || is_among(chosen, offered))
        return (struct slice){NULL, 0};
    return chosen;
}

/* A company of the list whose name the certificate carries. */
static bool find_brand(const struct tradecraft *t, const struct observation_tls *o, struct sensor_entry *row)
{
    struct slice names = observation_text(&o->head, o->san);
    for (size_t at = 0; at < names.size;) {
        const uint8_t *end = memchr(names.at + at, '\0', names.size - at);
        size_t size = end == NULL ? names.size - at : (size_t)(end - names.at) - at;
        struct slice name = {names.at + at, size};
        if (name.size > 2 && name.at[0] == '*' && name.at[1] == '.')
            name = (struct slice){name.at + 2, name.size - 2};
        if (t->host->list_find_value(t->tools, "brand", name, row))
            return true;
        at += size + 1;
    }
    return false;
}

/* Notes a certificate that its owner would not show from this address. */
static void note_brand(struct tradecraft *t, const struct observation_tls *o, struct sensor_context *context)
{
    struct sensor_entry row;
    struct sensor_geo geo;
    bool is_new;
    if (!o->certificate_seen || !find_brand(t, o, &row) || !t->host->geo(context, &o->head.server, &geo) || geo.organization[0] == '\0')
        return;
    const char *brand = t->host->field(&row, "service");
    if (strcasestr(geo.organization, brand) != NULL)
        return;
    struct fake *fake = t->host->table_take(t->fakes, &o->head.flow_id, &is_new);
    snprintf(fake->brand, sizeof fake->brand, "%.63s", brand);
    snprintf(fake->organization, sizeof fake->organization, "%.95s", geo.organization);
}

void tradecraft_fake_tls_see(struct tradecraft *t, const struct observation_tls *o, struct sensor_context *context)
{
    struct tradecraft_report r;
    char cipher[TRADECRAFT_TEXT_MAX];
    if (!is_outbound(&o->head) || o->is_dtls || !o->client_seen || !o->server_seen)
        return;
    note_brand(t, o, context);
    struct slice chosen = not_offered(o);
    const struct fake *fake = t->host->table_find(t->fakes, &o->head.flow_id);
    bool is_borrowed = fake != NULL && fake->is_flawed && fake->brand[0] != '\0';
    if (chosen.size == 0 && !is_borrowed)
        return;
    tradecraft_printable(cipher, chosen);
    tradecraft_begin(&r, RULE_FAKE_HELLO, "https://attack.mitre.org/techniques/T1001/003/");
    r.confidence_pct = 60;
    snprintf(r.signature, sizeof r.signature, "Looks like TLS and is not: %s",
             chosen.size > 0 ? "the server chose what was not offered" : "a borrowed certificate");
    tradecraft_text(&r, "matched_on", chosen.size > 0 ? "tls.ja3s" : "tls.subject");
    tradecraft_text(&r, "matched_value", chosen.size > 0 ? cipher : fake->brand);
    if (chosen.size > 0)
        tradecraft_because(&r, "The ServerHello chose cipher suite %s, which the ClientHello did not offer", cipher);
    tell(t, &o->head, context, &r);
}
