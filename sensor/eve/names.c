/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - flat tables. The words are what Suricata 8.0.7 was seen to write, or where it has none (SVCB, CAA, DTLS) the
 * registry's.
 */
#include "eve/names.h"

#include <string.h>

#include "base/decimal.h"
#include "sensor_plugin.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

char *decimal_text(uint32_t n, char *out)
{
    *decimal_write(out, n) = '\0';
    return out;
}

char *hex_text(uint32_t n, char *out)
{
    char digits[HEX_MAX];
    char *at = digits + sizeof digits;
    *--at = '\0';
    do {
        *--at = "0123456789abcdef"[n & 15];
        n >>= 4;
    } while (n > 0);
    return memcpy(out, at, (size_t)(digits + sizeof digits - at));
}

const char *app_proto_name(uint8_t app)
{
    static const char *const names[APP_PROTO_COUNT] = {
        [APP_FAILED] = "failed",
        [APP_DNS] = "dns",
        [APP_TLS] = "tls",
        [APP_HTTP] = "http",
        [APP_HTTP2] = "http2",
        [APP_QUIC] = "quic",
        [APP_SSH] = "ssh",
        [APP_SMTP] = "smtp",
        [APP_IMAP] = "imap",
        [APP_POP3] = "pop3",
        [APP_FTP] = "ftp",
        [APP_SMB] = "smb",
        [APP_DCERPC] = "dcerpc",
        [APP_NFS] = "nfs",
        [APP_NTP] = "ntp",
        [APP_TFTP] = "tftp",
        [APP_KRB5] = "krb5",
        [APP_DHCP] = "dhcp",
        [APP_SNMP] = "snmp",
        [APP_SIP] = "sip",
        [APP_RFB] = "rfb",
        [APP_MQTT] = "mqtt",
        [APP_RDP] = "rdp",
        [APP_TELNET] = "telnet",
        [APP_LDAP] = "ldap",
        [APP_MODBUS] = "modbus",
        [APP_ENIP] = "enip",
        [APP_DNP3] = "dnp3",
        [APP_IKE] = "ike",
        [APP_PGSQL] = "pgsql",
        [APP_MDNS] = "mdns",
        [APP_WEBSOCKET] = "websocket",
        [APP_BITTORRENT_DHT] = "bittorrent-dht",
    };
    return app < APP_PROTO_COUNT ? names[app] : NULL;
}

const char *tunnel_source_name(uint8_t kind)
{
    static const char *const names[TUNNEL_KIND_COUNT] = {
        [TUNNEL_NONE] = "wire/pcap",
        [TUNNEL_IPV4] = "ipv4 tunnel",
        [TUNNEL_IPV6] = "ipv6 tunnel",
        [TUNNEL_GRE] = "gre tunnel",
        [TUNNEL_ERSPAN] = "erspan tunnel",
        [TUNNEL_ETHERIP] = "etherip tunnel",
        [TUNNEL_MPLS] = "mpls tunnel",
        [TUNNEL_VXLAN] = "vxlan encapsulation",
        [TUNNEL_VXLAN_GPE] = "vxlan-gpe encapsulation",
        [TUNNEL_GENEVE] = "geneve encapsulation",
        [TUNNEL_TEREDO] = "teredo tunnel",
        [TUNNEL_GTP] = "gtp-u tunnel",
        [TUNNEL_CAPWAP] = "capwap tunnel",
        [TUNNEL_TZSP] = "tzsp encapsulation",
        [TUNNEL_L2TP] = "l2tp tunnel",
    };
    return kind < TUNNEL_KIND_COUNT ? names[kind] : "tunnel";
}

const char *ip_proto_name(uint8_t proto, char *out)
{
    static const char *const names[256] = {
        [0] = "HOPOPT", [1] = "ICMP",       [2] = "IGMP",        [4] = "IP-in-IP",   [6] = "TCP",    [8] = "EGP",   [17] = "UDP",
        [33] = "DCCP",  [41] = "IPv6",      [43] = "IPv6-Route", [44] = "IPv6-Frag", [46] = "RSVP",  [47] = "GRE",  [50] = "ESP",
        [51] = "AH",    [58] = "IPv6-ICMP", [59] = "IPv6-NoNxt", [60] = "IPv6-Opts", [88] = "EIGRP", [89] = "OSPF", [103] = "PIM",
        [112] = "VRRP", [115] = "L2TP",     [132] = "SCTP",      [136] = "UDPLite",
    };
    return names[proto] != NULL ? names[proto] : decimal_text(proto, out);
}

static const char *dtls_version_name(uint16_t version)
{
    switch (version) {
    case 0x0100: /* OpenSSL's before RFC 4347 */
    case 0x0302:
    case 0xfeff: return "DTLS 1.0";
    case 0x0303:
    case 0xfefd: return "DTLS 1.2";
    case 0x0304:
    case 0xfefc: return "DTLS 1.3";
    default: return "UNDETERMINED";
    }
}

/* Drafts of RFC 8446 (0x7fNN) and one vendor's variant of them (0xfbNN). */
static const char *tls_draft_name(uint16_t draft, bool is_variant, char out[20])
{
    memcpy(out, "TLS 1.3 draft-", 14);
    decimal_text(draft, out + 14);
    if (is_variant)
        memcpy(out + 16, "-fb", 4);
    return out;
}

const char *tls_version_name(uint16_t version, bool is_dtls, char out[20])
{
    if (is_dtls)
        return dtls_version_name(version);
    uint16_t family = version & 0xff00u, draft = version & 0xffu;
    if ((family == 0x7f00 && draft >= 16 && draft <= 28) || (family == 0xfb00 && draft >= 20 && draft <= 26))
        return tls_draft_name(draft, family == 0xfb00, out);
    switch (version) {
    case 0x0002:
    case 0x0200: return "SSLv2";
    case 0x0300: return "SSLv3";
    case 0x0301: return "TLSv1";
    case 0x0302: return "TLS 1.1";
    case 0x0303: return "TLS 1.2";
    case 0x0304: return "TLS 1.3";
    default: return "UNDETERMINED";
    }
}

const char *quic_version_name(uint32_t version, char out[HEX_MAX])
{
    switch (version) {
    case 0x51303339: return "Q039";
    case 0x51303433: return "Q043";
    case 0x51303434: return "Q044";
    case 0x51303435: return "Q045";
    case 0x51303436: return "Q046";
    case 0x6b3343cf: return "v2";           /* RFC 9369 */
    default: return hex_text(version, out); /* version 1 of RFC 9000 is "1" */
    }
}

const char *dns_type_name(uint16_t type, char *out)
{
    static const char *const names[] = {
        [1] = "A",      [2] = "NS",      [3] = "MD",      [4] = "MF",      [5] = "CNAME",    [6] = "SOA",
        [7] = "MB",     [8] = "MG",      [9] = "MR",      [10] = "NULL",   [11] = "WKS",     [12] = "PTR",
        [13] = "HINFO", [14] = "MINFO",  [15] = "MX",     [16] = "TXT",    [17] = "RP",      [18] = "AFSDB",
        [19] = "X25",   [20] = "ISDN",   [21] = "RT",     [22] = "NSAP",   [23] = "NSAPPTR", [24] = "SIG",
        [25] = "KEY",   [26] = "PX",     [27] = "GPOS",   [28] = "AAAA",   [29] = "LOC",     [30] = "NXT",
        [33] = "SRV",   [34] = "ATMA",   [35] = "NAPTR",  [36] = "KX",     [37] = "CERT",    [38] = "A6",
        [39] = "DNAME", [41] = "OPT",    [42] = "APL",    [43] = "DS",     [44] = "SSHFP",   [45] = "IPSECKEY",
        [46] = "RRSIG", [47] = "NSEC",   [48] = "DNSKEY", [49] = "DHCID",  [50] = "NSEC3",   [51] = "NSEC3PARAM",
        [52] = "TLSA",  [53] = "SMIMEA", [55] = "HIP",    [59] = "CDS",    [60] = "CDNSKEY", [61] = "OPENPGPKEY",
        [62] = "CSYNC", [63] = "ZONEMD", [64] = "SVCB",   [65] = "HTTPS",  [99] = "SPF",     [249] = "TKEY",
        [250] = "TSIG", [251] = "IXFR",  [252] = "AXFR",  [254] = "MAILA", [255] = "ANY",    [256] = "URI",
        [257] = "CAA",
    };
    if (type < COUNT(names) && names[type] != NULL)
        return names[type];
    return decimal_text(type, out);
}

const char *dns_rcode_name(uint16_t rcode, char *out)
{
    static const char *const names[] = {
        [0] = "NOERROR",  [1] = "FORMERR",  [2] = "SERVFAIL", [3] = "NXDOMAIN", [4] = "NOTIMP",   [5] = "REFUSED",
        [6] = "YXDOMAIN", [7] = "YXRRSET",  [8] = "NXRRSET",  [9] = "NOTAUTH",  [10] = "NOTZONE", [16] = "BADVERS",
        [17] = "BADKEY",  [18] = "BADTIME", [19] = "BADMODE", [20] = "BADNAME", [21] = "BADALG",  [22] = "BADTRUNC",
    };
    if (rcode < COUNT(names) && names[rcode] != NULL)
        return names[rcode];
    return decimal_text(rcode, out);
}
