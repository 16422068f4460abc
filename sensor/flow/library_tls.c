/* SPDX-License-Identifier: Apache-2.0 */
/*
 * library_tls.c - the nDPI adapter, second part: what the library would make of names and handshakes that known.c has read. Release 4.2
 * alone: its tls.c and quic.c are the source of the rules. Later ones are shown the packets.
 */
#include <arpa/inet.h>
#include <string.h>

#include "flow/ndpi.h"

#if !NDPI_SINCE(4, 4)

bool library_rules_are_known(void)
{
    return true;
}

uint64_t library_risk(enum library_rule rule)
{
    static const uint8_t risks[RULES] = {
        [RULE_OLD_VERSION] = NDPI_TLS_OBSOLETE_VERSION,    [RULE_NO_ALPN] = NDPI_TLS_NOT_CARRYING_HTTPS,
        [RULE_NO_NAME] = NDPI_TLS_MISSING_SNI,             [RULE_ODD_EXTENSION] = NDPI_TLS_SUSPICIOUS_EXTENSION,
        [RULE_HIDDEN_NAME] = NDPI_TLS_SUSPICIOUS_ESNI_USAGE, [RULE_WEAK_CIPHER] = NDPI_TLS_WEAK_CIPHER,
        [RULE_UNCOMMON_ALPN] = NDPI_TLS_UNCOMMON_ALPN,     [RULE_FATAL_ALERT] = NDPI_TLS_FATAL_ALERT,
        [RULE_SELF_SIGNED] = NDPI_TLS_SELFSIGNED_CERTIFICATE, [RULE_EXPIRED] = NDPI_TLS_CERTIFICATE_EXPIRED,
        [RULE_EXPIRES_SOON] = NDPI_TLS_CERTIFICATE_ABOUT_TO_EXPIRE, [RULE_LONG_LIVED] = NDPI_TLS_CERT_VALIDITY_TOO_LONG,
        [RULE_OTHER_NAME] = NDPI_TLS_CERTIFICATE_MISMATCH, [RULE_STRANGE_TEXT] = NDPI_INVALID_CHARACTERS,
    };
    return UINT64_C(1) << risks[rule];
}

bool library_cipher_is_weak(uint16_t cipher)
{
    return ndpi_is_safe_ssl_cipher(cipher) == NDPI_CIPHER_WEAK; /* it does not mark the insecure ones */
}

bool library_alpn_is_common(struct library *l, struct slice name)
{
    return is_a_common_alpn(l->module, (const char *)name.at, (unsigned)name.size) != 0;
}

static uint16_t owner_of(struct library *l, const struct flow *f, int end)
{
    struct in_addr address;
    memcpy(&address, f->key.end[end].bytes + 12, sizeof address);
    return ndpi_network_port_ptree_match(l->module, &address, htons(f->key.port[end]));
}

uint16_t library_owner(struct library *l, const struct flow *f, int client_end)
{
    if (f->key.ip_version != 4)
        return 0;
    uint16_t client = owner_of(l, f, client_end);
    return client ? client : owner_of(l, f, !client_end);
}

/* All but risks and state, of these protocols. */
static void describe(struct library *l, uint16_t master, uint16_t app, struct classification *class)
{
    ndpi_protocol p = {.master_protocol = master, .app_protocol = app};
    class->master = master;
    class->app = app;
    class->category = (uint16_t)ndpi_get_proto_category(l->module, p);
    class->breed = library_breed(l->module, &p);
    class->encrypted = ndpi_is_encrypted_proto(l->module, p) != 0;
    if (app == NDPI_PROTOCOL_ANYDESK)
        class->risks |= UINT64_C(1) << NDPI_DESKTOP_OR_FILE_SHARING_SESSION;
}

bool library_names(struct library *l, struct slice name, struct classification *class)
{
    struct ndpi_flow_struct *asking = &l->asking;
    ndpi_protocol_match_result match;
    memset(asking, 0, sizeof *asking);
    if (name.size > 2 && name.at[0] == '*' && name.at[1] == '.')
        name = (struct slice){name.at + 1, name.size - 1};
    char text[256];
    size_t size = name.size < sizeof text ? name.size : sizeof text - 1;
    for (size_t i = 0; i < size; i++)
        text[i] = (char)(name.at[i] >= 'A' && name.at[i] <= 'Z' ? name.at[i] + 32 : name.at[i]);
    text[size] = '\0';
    uint16_t app = ndpi_match_host_subprotocol(l->module, asking, text, (unsigned)size, &match, NDPI_PROTOCOL_TLS);
    if (app == NDPI_PROTOCOL_UNKNOWN)
        return false;
    if (app != NDPI_PROTOCOL_TLS) /* else the name has a category, but no protocol */
        describe(l, NDPI_PROTOCOL_TLS, app, class);
    class->category = (uint16_t)match.protocol_category;
    return true;
}

bool library_names_holder(struct library *l, struct slice subject, struct classification *class)
{
    uint32_t app;
    if (subject.size == 0 || ndpi_match_string_value(l->module->tls_cert_subject_automa.ac_automa, (char *)(uintptr_t)subject.at,
                                                     (unsigned)subject.size, &app) != 0)
        return false;
    describe(l, NDPI_PROTOCOL_TLS, (uint16_t)app, class);
    return true;
}

void library_make_quic(struct library *l, struct classification *class)
{
    bool bare = class->master == 0;
    uint16_t category = class->category;
    describe(l, bare ? 0 : NDPI_PROTOCOL_QUIC, bare ? NDPI_PROTOCOL_QUIC : class->app, class);
    if (!bare)
        class->category = category;
}

void library_make_dns_over_quic(struct library *l, struct classification *class)
{
    describe(l, NDPI_PROTOCOL_QUIC, NDPI_PROTOCOL_DOH_DOT, class);
}

#else

bool library_rules_are_known(void)
{
    return false; /* nobody has compared them yet, so none of what follows is called */
}

uint64_t library_risk(enum library_rule rule)
{
    (void)rule;
    return 0;
}

bool library_cipher_is_weak(uint16_t cipher)
{
    (void)cipher;
    return false;
}

bool library_alpn_is_common(struct library *l, struct slice name)
{
    (void)l, (void)name;
    return true;
}

uint16_t library_owner(struct library *l, const struct flow *f, int client_end)
{
    (void)l, (void)f, (void)client_end;
    return 0;
}

bool library_names(struct library *l, struct slice name, struct classification *class)
{
    (void)l, (void)name, (void)class;
    return false;
}

bool library_names_holder(struct library *l, struct slice subject, struct classification *class)
{
    (void)l, (void)subject, (void)class;
    return false;
}

void library_make_quic(struct library *l, struct classification *class)
{
    (void)l, (void)class;
}

void library_make_dns_over_quic(struct library *l, struct classification *class)
{
    (void)l, (void)class;
}

#endif
