/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.c - what a TLS, DTLS or QUIC handshake of an internal client shows: D05 and D06 the server name, D08 the names in the server's
 * certificate, D10 fingerprints of the two programs, D11 the hash of a certificate in the chain.
 *
 * Certificates are seen up to TLS 1.2 (RFC 5246); 1.3 encrypts them. A fingerprint is shared by all programs of one library.
 */
#include "dprk.h"

#include <string.h>

enum { NAMES_MAX = 256 /* of one certificate */, CHAIN_MAX = 16, SHA1_SIZE = 20, SHA256_SIZE = 32 };

static const char *ech_detail(int ech)
{
    return ech == ECH_ACCEPTED ? "Encrypted ClientHello was accepted: this is the outer name, the true one is hidden" : NULL;
}

/* ------------------------------------------------------------ certificates */

/* A certificate's name among domains and among certificate names; of "*.bad.example" what lies below the star. */
static bool find_name(const struct dprk *d, struct slice name, struct sensor_entry *entry)
{
    if (name.size > 2 && name.at[0] == '*' && name.at[1] == '.')
        name = (struct slice){name.at + 2, name.size - 2};
    return name.size != 0 &&
           (d->host->list_find_name(d->indicators, name, entry) || d->host->list_find_value(d->indicators, "tls_name", name, entry));
}

/* The common name of "C=US, O=Example\, Inc., CN=a": what stands behind CN= up to the next comma that no backslash hides. */
static struct slice common_name(struct slice subject)
{
    for (size_t at = 0; at + 3 < subject.size; at++) {
        bool begins = at == 0 || (at > 1 && subject.at[at - 1] == ' ' && subject.at[at - 2] == ',');
        if (!begins || memcmp(subject.at + at, "CN=", 3) != 0)
            continue;
        size_t end = at + 3;
        while (end < subject.size && (subject.at[end] != ',' || subject.at[end - 1] == '\\'))
            end++;
        return (struct slice){subject.at + at + 3, end - at - 3};
    }
    return (struct slice){NULL, 0};
}

/* The first listed name of a NUL-joined list. */
static bool find_alternative(const struct dprk *d, struct slice names, struct slice *name, struct sensor_entry *entry)
{
    for (size_t i = 0; i < NAMES_MAX && names.size != 0; i++) {
        const uint8_t *end = memchr(names.at, '\0', names.size);
        size_t size = end != NULL ? (size_t)(end - names.at) : names.size;
        *name = (struct slice){names.at, size};
        if (find_name(d, *name, entry))
            return true;
        size += size < names.size;
        names = (struct slice){names.at + size, names.size - size};
    }
    return false;
}

static bool certificate_name(const struct dprk *d, const struct observation_tls *o, struct dprk_fact *f)
{
    f->sid = SID_CERTIFICATE_NAME;
    f->said = "was shown a certificate with the name";
    f->matched_on = "tls.subjectaltname";
    if (find_alternative(d, observation_text(&o->head, o->san), &f->value, &f->entry))
        return true;
    f->matched_on = "tls.subject";
    f->value = common_name(observation_text(&o->head, o->subject));
    if (find_name(d, f->value, &f->entry))
        return true;
    f->matched_on = "tls.issuerdn";
    f->value = common_name(observation_text(&o->head, o->issuer));
    return find_name(d, f->value, &f->entry);
}

/* ------------------------------------------------------------------- hashes */

static struct slice write_hex(const uint8_t *bytes, size_t size, char out[DPRK_TEXT_MAX])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    return (struct slice){(const uint8_t *)out, 2 * size};
}

static bool certificate(const struct dprk *d, const struct observation_tls *o, struct dprk_fact *f)
{
    const uint8_t *link;
    struct slice sha256 = observation_text(&o->head, o->sha256);
    f->sid = SID_CERTIFICATE;
    f->said = "was shown the certificate";
    f->matched_on = "tls.fingerprint_sha256";
    if (sha256.size == SHA256_SIZE) {
        f->value = write_hex(sha256.at, sha256.size, f->text);
        if (d->host->list_find_value(d->indicators, "tls_sha256", f->value, &f->entry))
            return true;
    }
    f->matched_on = "tls.fingerprint";
    for (uint32_t i = 0; i < CHAIN_MAX && (link = observation_item(&o->head, o->chain_sha1, i, SHA1_SIZE)) != NULL; i++) {
        f->value = write_hex(link, SHA1_SIZE, f->text);
        if (d->host->list_find_value(d->indicators, "tls_sha1", f->value, &f->entry))
            return true;
        f->matched_on = "tls.chain";
    }
    return false;
}

static bool fingerprint(const struct dprk *d, const struct observation *o, const char *type, struct text_ref hash, struct dprk_fact *f)
{
    f->value = observation_text(o, hash);
    return f->value.size != 0 && d->host->list_find_value(d->indicators, type, f->value, &f->entry);
}

/* The three fingerprints of a handshake. */
struct prints {
    struct text_ref ja3, ja3s, ja4;
    const char *place[3];
};

static bool print_fact(const struct dprk *d, const struct observation *o, const struct prints *p, size_t i, struct dprk_fact *f)
{
    static const char *const types[] = {"ja3", "ja3s", "ja4"};
    static const char *const said[] = {"sent a ClientHello with the JA3", "was answered with the JA3S", "sent a ClientHello with the JA4"};
    const struct text_ref hash[] = {p->ja3, p->ja3s, p->ja4};
    f->sid = (enum dprk_sid)(SID_JA3 + (int)i);
    f->said = said[i];
    f->matched_on = p->place[i];
    return fingerprint(d, o, types[i], hash[i], f);
}

static struct prints prints_of(const struct observation *o)
{
    const struct observation_tls *t = (const struct observation_tls *)o;
    const struct observation_quic *q = (const struct observation_quic *)o;
    if (o->kind == OBSERVE_TLS)
        return (struct prints){t->ja3_hash, t->ja3s_hash, t->ja4, {"tls.ja3.hash", "tls.ja3s.hash", "tls.ja4"}};
    return (struct prints){q->ja3_hash, q->ja3s_hash, q->ja4, {"quic.ja3.hash", "quic.ja3s.hash", "quic.ja4"}};
}

/* ------------------------------------------------------------------- facts */

/* Place `n` among all that may be listed: 0 and 1 certificates, 2 to 4 fingerprints. */
static bool fact_at(const struct dprk *d, const struct observation *o, const struct prints *p, size_t n, struct dprk_fact *f)
{
    if (n >= 2)
        return print_fact(d, o, p, n - 2, f);
    const struct observation_tls *t = (const struct observation_tls *)o;
    if (o->kind != OBSERVE_TLS || !t->certificate_seen)
        return false;
    return n == 0 ? certificate(d, t, f) : certificate_name(d, t, f);
}

bool dprk_tls_fact(const struct dprk *d, const struct observation *o, size_t i, struct dprk_fact *out)
{
    if (o->kind != OBSERVE_TLS && o->kind != OBSERVE_QUIC)
        return false;
    struct prints p = prints_of(o);
    for (size_t n = 0; n < 5; n++)
        if (fact_at(d, o, &p, n, out) && i-- == 0)
            return true;
    return false;
}

static void see_facts(struct dprk *d, const struct observation *o, struct sensor_context *context)
{
    struct dprk_fact f;
    for (size_t i = 0; dprk_tls_fact(d, o, i, &f); i++) {
        if (!o->client_internal) {
            d->host->count(context, "outside_only");
            return;
        }
        dprk_tell_saying(d, o, context,
                         &(struct dprk_saying){.value = f.value, .said = f.said, .matched_on = f.matched_on, .sid = f.sid}, &f.entry);
    }
}

void dprk_see_tls(struct dprk *d, const struct observation_tls *o, struct sensor_context *context)
{
    dprk_see_name(d, &o->head, context,
                  &(struct dprk_saying){.value = observation_text(&o->head, o->sni),
                                        .said = o->is_dtls ? "sent the DTLS server name" : "sent the TLS server name",
                                        .matched_on = "tls.sni",
                                        .detail = ech_detail(o->ech),
                                        .sid = SID_TLS_SNI});
    see_facts(d, &o->head, context);
}

void dprk_see_quic(struct dprk *d, const struct observation_quic *o, struct sensor_context *context)
{
    if (!o->is_server)
        dprk_see_name(d, &o->head, context,
                      &(struct dprk_saying){.value = observation_text(&o->head, o->sni),
                                            .said = "sent the QUIC server name",
                                            .matched_on = "quic.sni",
                                            .detail = ech_detail(o->ech),
                                            .sid = SID_QUIC_SNI});
    see_facts(d, &o->head, context);
}
