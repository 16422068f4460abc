/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_proto.c - see app_proto.h. Only protocols for which EVE has a name of its own; "TLS.Google" is looked up as "TLS".
 */
#include "flow/app_proto.h"

#include <stddef.h>
#include <strings.h>

static const struct {
    const char *name;
    enum app_proto app_proto;
} table[] = {
    {"DNS", APP_DNS},          {"MDNS", APP_MDNS},       {"TLS", APP_TLS},
    {"QUIC", APP_QUIC},        {"HTTP", APP_HTTP},       {"HTTP_Connect", APP_HTTP},
    {"HTTP_Proxy", APP_HTTP},  {"HTTP2", APP_HTTP2},     {"WebSocket", APP_WEBSOCKET},
    {"SSH", APP_SSH},          {"Telnet", APP_TELNET},   {"RDP", APP_RDP},
    {"VNC", APP_RFB},          {"SMTP", APP_SMTP},       {"IMAP", APP_IMAP},
    {"POP3", APP_POP3},        {"FTP_CONTROL", APP_FTP}, {"TFTP", APP_TFTP},
    {"NFS", APP_NFS},          {"SMBv1", APP_SMB},       {"SMBv23", APP_SMB},
    {"DCE_RPC", APP_DCERPC},   {"Kerberos", APP_KRB5},   {"LDAP", APP_LDAP},
    {"PostgreSQL", APP_PGSQL}, {"NTP", APP_NTP},         {"DHCP", APP_DHCP},
    {"SNMP", APP_SNMP},        {"SIP", APP_SIP},         {"MQTT", APP_MQTT},
    {"IPsec", APP_IKE},        {"Modbus", APP_MODBUS},   {"EthernetIP", APP_ENIP},
    {"DNP3", APP_DNP3},
};

enum app_proto app_proto_named(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcasecmp(name, table[i].name) == 0)
            return table[i].app_proto;
    return APP_UNKNOWN;
}
