/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.c - everything the dprk detector can say, as one table.
 *
 * SID = 1790000 + 100 * detector + variant. Variants 0..9 speak of a DPRK actor's own infrastructure,
 * 50..59 say the same of a laundering service (used by the DPRK among others: never called C2), and
 * 60..69 of DPRK address space and .kp (contact with a country, not with an intrusion set), 70..79 of the canary, which an operator
 * touches to see whether alerts arrive.
 */
#include "dprk.h"

#define DAY "2026_11_20"

#define FP_ADDRESS                                                                                                                 \
    "Addresses are rented and change hands: look at age_days, at the port and at what else the host did. Hosting "                 \
    "and VPN exits are shared. Take the row out of the list, or set ageing: lower."
#define FP_NAME                                                                                                                    \
    "Mail scanners, link previews and security tools look names up that nobody visits; a resolver asks for others. "               \
    "An expired name may have a new owner: look at age_days."
#define FP_LINK                                                                                                                    \
    "Names share addresses: look at other_domains, at scope (another host may have asked) and at what else is known of the "       \
    "address. Both lower the severity by a step."
#define FP_PRINT                                                                                                                   \
    "A fingerprint is that of a library: every program built on it has the same. Look at what else the alert lists as proof, and " \
    "take fingerprints of common libraries out of the list."
#define FP_CERTIFICATE "A certificate may be copied to another host or be shown by a host that many share: look at subject and issuer."
#define FP_URL "The site itself is a victim and is harmless apart from this path; it may be cleaned by now."

#define COMMON(sid_, detector_, name_, severity_)                                                                                  \
    .sid = (sid_), .rev = 1, .detector = detector_, .name = name_, .severity = (severity_), .created = DAY, .updated = DAY

#define C2    "TA0011", .tactic_name = "Command_And_Control"
#define RESOURCES "TA0042", .tactic_name = "Resource_Development"
#define SCOUT "TA0043", .tactic_name = "Reconnaissance"

/* One thing seen, told for each class of row. */
#define SEEN(sid_, detector_, name_, severity_, category_, tactic_, technique_, technique_name_, what_, evidence_, wrong_)         \
    {COMMON(sid_, detector_, name_, severity_),                                                                                    \
     .category = category_,                                                                                                        \
     .tactic_id = tactic_,                                                                                                         \
     .technique_id = technique_,                                                                                                   \
     .technique_name = technique_name_,                                                                                            \
     .summary = "Infrastructure of a DPRK actor: " what_,                                                                          \
     .evidence = evidence_,                                                                                                        \
     .false_positives = wrong_},                                                                                                   \
        {COMMON(sid_ + ROW_LAUNDERING, detector_, name_, severity_),                                                               \
         .category = "Potential Corporate Privacy Violation",                                                                      \
         .tactic_id = "TA0040",                                                                                                    \
         .tactic_name = "Impact",                                                                                                  \
         .technique_id = "T1657",                                                                                                  \
         .technique_name = "Financial_Theft",                                                                                      \
         .summary = "Service that launders stolen cryptocurrency, for DPRK actors among others: " what_,                           \
         .evidence = evidence_,                                                                                                    \
         .false_positives = "Lawful users and researchers visit these services too. " wrong_},                                     \
        {COMMON(sid_ + ROW_NETWORK, detector_, name_, severity_),                                                                  \
         .category = "Potentially Bad Traffic",                                                                                    \
         .tactic_id = C2,                                                                                                          \
         .technique_id = "T1071",                                                                                                  \
         .technique_name = "Application_Layer_Protocol",                                                                           \
         .summary = "DPRK address space or top-level domain: " what_,                                                              \
         .evidence = evidence_,                                                                                                    \
         .false_positives = "Contact is not compromise: journalists and researchers read DPRK sites. " wrong_},                    \
    {                                                                                                                              \
        COMMON(sid_ + ROW_CANARY, detector_, name_, 3), .category = "Misc activity", .tactic_id = C2, .technique_id = "T1071",     \
            .technique_name = "Application_Layer_Protocol", .summary = "Test of the sensor: " what_, .evidence = evidence_,        \
            .false_positives = "None: nobody has a reason to touch a canary but to test."                                          \
    }

const struct sensor_rule dprk_rules[] = {
    SEEN(SID_IP_ANSWERED, "D01", "ioc.ip", 1, "Malware Command and Control Activity Detected", C2, "T1071",
         "Application_Layer_Protocol", "an internal host opened a flow to a listed address, which answered.",
         "A flow from an internal client to an address or prefix of the list (also IPv4 wrapped in IPv6) with an "
         "answer other than a TCP reset, or with packets of the client that acknowledge one.",
         FP_ADDRESS),
    SEEN(SID_IP_SILENT, "D01", "ioc.ip", 2, "Malware Command and Control Activity Detected", C2, "T1071",
         "Application_Layer_Protocol", "an internal host tried to reach a listed address and got no answer.",
         "A flow from an internal client to an address of the list that ended unanswered or refused. The attempt alone "
         "says that something on the host knows the address.",
         FP_ADDRESS),
    SEEN(SID_IP_INBOUND, "D01", "ioc.ip", 2, "Malware Command and Control Activity Detected", C2, "T1071",
         "Application_Layer_Protocol", "a listed address opened a flow to an internal host, which took it.",
         "A flow from an address of the list to an internal host: TCP with a finished handshake or data, or any other "
         "protocol with a packet back.",
         FP_ADDRESS),
    SEEN(SID_IP_SCAN, "D01", "ioc.ip", 3, "Detection of a Network Scan", SCOUT, "T1595", "Active_Scanning",
         "a listed address knocked at an internal host, in vain.",
         "A flow from an address of the list to an internal host that never came about.", FP_ADDRESS),
    SEEN(SID_PORT_ANSWERED, "D02", "ioc.ip_port", 1, "Malware Command and Control Activity Detected", C2, "T1571",
         "Non-Standard_Port", "an internal host opened a flow to a listed address on the very port of the report.",
         "As 1790100, and the server port is among the ports of the row.", FP_ADDRESS),
    SEEN(SID_PORT_SILENT, "D02", "ioc.ip_port", 2, "Malware Command and Control Activity Detected", C2, "T1571",
         "Non-Standard_Port", "an internal host tried a listed address on the very port of the report, unanswered.",
         "As 1790101, and the server port is among the ports of the row.", FP_ADDRESS),
    SEEN(SID_DNS_QUERY, "D03", "ioc.dns_query", 1, "Domain Observed Used for C2 Detected", C2, "T1071.004", "DNS",
         "an internal host asked for a listed name, which exists.",
         "A DNS response without error whose question is a listed name or lies below one.", FP_NAME),
    SEEN(SID_DNS_FAILED, "D03", "ioc.dns_query", 2, "Domain Observed Used for C2 Detected", C2, "T1071.004", "DNS",
         "an internal host asked for a listed name and got nothing usable.",
         "A question for a listed name answered by an error or by a sinkhole (a private, loopback or unspecified "
         "address), or not answered before the flow ended.",
         FP_NAME),
    SEEN(SID_ANSWER_ADDRESS, "D04", "ioc.dns_answer", 2, "Domain Observed Used for C2 Detected", C2, "T1568", "Dynamic_Resolution",
         "a DNS answer given to an internal host holds a listed address.",
         "An A or AAAA record in the answer section whose address is in the list.", FP_ADDRESS),
    SEEN(SID_ANSWER_ALIAS, "D04", "ioc.dns_answer", 1, "Domain Observed Used for C2 Detected", C2, "T1568", "Dynamic_Resolution",
         "a DNS answer given to an internal host leads to a listed name.",
         "A CNAME, DNAME, HTTPS or SVCB record whose target is a listed name or lies below one.", FP_NAME),
    SEEN(SID_ANSWER_SERVER, "D04", "ioc.dns_answer", 2, "Domain Observed Used for C2 Detected", C2, "T1568", "Dynamic_Resolution",
         "the name or mail server of a name that an internal host asked for is listed.",
         "An NS or MX record whose target is a listed name or lies below one.", FP_NAME),
    SEEN(SID_TLS_SNI, "D05", "ioc.tls_sni", 1, "Domain Observed Used for C2 Detected", C2, "T1071.001", "Web_Protocols",
         "an internal host named it in a TLS handshake.",
         "The server name of a TLS ClientHello is a listed name or lies below one.", FP_NAME),
    SEEN(SID_QUIC_SNI, "D06", "ioc.quic_sni", 1, "Domain Observed Used for C2 Detected", C2, "T1071.001", "Web_Protocols",
         "an internal host named it in a QUIC handshake.",
         "The server name in a QUIC Initial packet is a listed name or lies below one.", FP_NAME),
    SEEN(SID_HTTP_HOST, "D07", "ioc.http_host", 1, "Domain Observed Used for C2 Detected", C2, "T1071.001", "Web_Protocols",
         "an internal host named it in an HTTP request.",
         "The Host header or the host of an absolute URI is a listed name, lies below one, or is a listed address.",
         FP_NAME " To a forward proxy the true client may be in X-Forwarded-For."),
    SEEN(SID_HTTP_CONNECT, "D07", "ioc.http_host", 1, "Domain Observed Used for C2 Detected", C2, "T1090", "Proxy",
         "an internal host asked a proxy for a tunnel to it.",
         "The target of an HTTP CONNECT is a listed name, lies below one, or is a listed address.", FP_NAME),
    SEEN(SID_CERTIFICATE_NAME, "D08", "ioc.cert_name", 1, "A Network Trojan was detected", RESOURCES,
         "T1587.003", "Digital_Certificates", "the certificate of a TLS server names it.",
         "The common name or an alternative name of a server's certificate, or the common name of its issuer, is a listed domain or "
         "certificate name or lies below one. TLS 1.3 hides certificates.",
         FP_CERTIFICATE),
    SEEN(SID_JA3, "D10", "ioc.ja3", 2, "A Network Trojan was detected", C2, "T1071.001", "Web_Protocols",
         "a TLS client of this fingerprint runs on an internal host.", "The JA3 of a ClientHello is listed.", FP_PRINT),
    SEEN(SID_JA3S, "D10", "ioc.ja3s", 2, "A Network Trojan was detected", C2, "T1071.001", "Web_Protocols",
         "a TLS server of this fingerprint answered an internal host.", "The JA3S of a ServerHello is listed.", FP_PRINT),
    SEEN(SID_JA4, "D10", "ioc.ja4", 2, "A Network Trojan was detected", C2, "T1071.001", "Web_Protocols",
         "a TLS client of this fingerprint runs on an internal host.", "The JA4 of a ClientHello is listed.", FP_PRINT),
    SEEN(SID_CERTIFICATE, "D11", "ioc.cert_hash", 1, "A Network Trojan was detected", RESOURCES,
         "T1587.003", "Digital_Certificates", "a TLS server showed this very certificate to an internal host.",
         "The SHA-256 of a server's certificate, or the SHA-1 of one in its chain, is listed. TLS 1.3 hides certificates.", FP_CERTIFICATE),
    SEEN(SID_URL, "D09", "ioc.url", 1, "A Network Trojan was detected", C2, "T1071.001", "Web_Protocols",
         "an internal host requested a listed URL in clear HTTP.",
         "Host and path of a request equal a listed URL, with or without its query, or begin with one that is listed as a prefix. A "
         "visit to another page of the same site never alerts.",
         FP_URL),
    SEEN(SID_NAMED_ANSWERED, "D12", "pdns.link", 1, "Domain Observed Used for C2 Detected", C2, "T1071",
         "Application_Layer_Protocol", "an internal host reached it in a flow that hides the name.",
         "A flow without a visible name (ECH, no SNI, other protocols) to an address that an internal host resolved from a "
         "listed name, or from one whose alias chain ends at a listed name, within TTL and grace before the flow.",
         FP_LINK),
    SEEN(SID_NAMED_SILENT, "D12", "pdns.link", 2, "Domain Observed Used for C2 Detected", C2, "T1071",
         "Application_Layer_Protocol", "an internal host tried its address, unanswered.",
         "As 1791200, and the flow ended without an answer other than a TCP reset.", FP_LINK),
    {.sid = 0},
};

const struct sensor_rule *dprk_rule(enum dprk_sid sid, enum dprk_class c)
{
    for (const struct sensor_rule *r = dprk_rules; r->sid != 0; r++)
        if (r->sid == (uint32_t)sid + (uint32_t)c)
            return r;
    return NULL;
}
