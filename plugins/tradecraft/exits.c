/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exits.c - D24 by address: flows between us and exits of VPNs, proxies or Tor, as lists of the operator's choosing name them (option
 * exits). A login service that such an exit reaches is what stolen or lent credentials look like; none of the lists ships with this.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tradecraft.h"

/* Services that let somebody in, by what was spoken, else by the port. */
static const struct {
    uint16_t port;
    uint8_t proto; /* IP protocol, 0: any */
    uint8_t app;   /* enum app_proto, APP_UNKNOWN: none of them */
    const char *name;
} services[] = {
    {22, 6, APP_SSH, "SSH"},          {3389, 0, APP_RDP, "RDP"},       {5900, 6, APP_RFB, "VNC"},          {23, 6, APP_TELNET, "Telnet"},
    {143, 6, APP_IMAP, "mail (IMAP)"}, {993, 6, APP_UNKNOWN, "mail (IMAP over TLS)"},
    {110, 6, APP_POP3, "mail (POP3)"}, {995, 6, APP_UNKNOWN, "mail (POP3 over TLS)"},
    {587, 6, APP_UNKNOWN, "mail (submission)"}, {465, 6, APP_UNKNOWN, "mail (submission over TLS)"},
    {500, 17, APP_IKE, "VPN (IKE)"},   {4500, 17, APP_UNKNOWN, "VPN (IPsec)"}, {1194, 0, APP_UNKNOWN, "VPN (OpenVPN)"},
    {1701, 17, APP_UNKNOWN, "VPN (L2TP)"}, {1723, 6, APP_UNKNOWN, "VPN (PPTP)"}, {51820, 17, APP_UNKNOWN, "VPN (WireGuard)"},
    {5985, 6, APP_UNKNOWN, "WinRM"},   {5986, 6, APP_UNKNOWN, "WinRM"},
};

static const char *service_of(const struct observation *o)
{
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (services[i].app != APP_UNKNOWN && services[i].app == o->app_proto)
            return services[i].name;
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (services[i].port == o->server_port && (services[i].proto == 0 || services[i].proto == o->proto))
            return services[i].name;
    return NULL;
}

static void write_day(int64_t seconds, char out[16])
{
    time_t at = (time_t)seconds;
    struct tm tm;
    out[0] = '\0';
    if (seconds > 0 && gmtime_r(&at, &tm) != NULL)
        strftime(out, 16, "%Y-%m-%d", &tm);
}

static void tell(struct tradecraft *t, const struct observation *o, struct sensor_context *context, const struct sensor_entry *entry,
                 const char *service)
{
    struct tradecraft_report r;
    struct indicator row;
    char client[46], server[46], seen[16];
    bool inbound = !o->client_internal;
    t->host->indicator(entry, &row, sizeof row);
    const char *provider = *row.source != '\0' ? row.source : row.list;
    tradecraft_begin(&r, inbound ? RULE_EXIT_IN : RULE_EXIT, row.reference);
    r.target_is_server = inbound;
    r.confidence_pct = row.confidence_pct;
    if (inbound)
        snprintf(r.signature, sizeof r.signature, "Login service reached from a VPN, proxy or Tor exit: %.40s, by %.60s", service, provider);
    else
        snprintf(r.signature, sizeof r.signature, "VPN, proxy or Tor exit: %.64s", provider);
    t->host->address_text(&o->client, client);
    t->host->address_text(&o->server, server);
    snprintf(r.dedup, sizeof r.dedup, "%.100s %s %s", provider, inbound ? client : server, inbound ? service : "");
    write_day(row.last_seen, seen);
    tradecraft_text(&r, "service", inbound ? service : "");
    tradecraft_text(&r, "provider", provider);
    tradecraft_text(&r, "matched_on", inbound ? "src_ip" : "dest_ip");
    tradecraft_text(&r, "matched_value", inbound ? client : server);
    tradecraft_text(&r, "list", row.list);
    tradecraft_number(&r, "list_line", row.line);
    tradecraft_text(&r, "last_seen", seen);
    tradecraft_number(&r, "bytes_out", o->bytes[inbound ? TO_CLIENT : TO_SERVER]);
    tradecraft_number(&r, "bytes_in", o->bytes[inbound ? TO_SERVER : TO_CLIENT]);
    tradecraft_because(&r, "%s spoke with %s port %u%s%s and was answered", client, server, o->server_port, inbound ? ", " : "", inbound ? service : "");
    tradecraft_because(&r, "%s is an exit of %.100s: line %" PRIu32 " of %.100s%s%s", inbound ? client : server, provider, row.line, row.list,
                       *seen != '\0' ? ", last seen " : "", seen);
    tradecraft_raise(t, context, &r);
}

void tradecraft_exits_see_end(struct tradecraft *t, const struct observation *o, struct sensor_context *context)
{
    struct sensor_entry entry;
    bool inbound = !o->client_internal;
    const char *service = inbound ? service_of(o) : "";
    if (t->exits == NULL || o->client_internal == o->server_internal || (o->marks & MARK_REPLIED) == 0 || service == NULL)
        return;
    if (!t->host->list_find_address(t->exits, inbound ? &o->client : &o->server, &entry))
        return;
    t->host->label(context, NULL, "vpn_exit");
    tell(t, o, context, &entry, service);
}
