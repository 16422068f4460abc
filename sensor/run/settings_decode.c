/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_decode.c - the sections `decoder` and `defrag`: what decode/ may open, and how much it may remember.
 *
 * Ports stand in lists, in Suricata's notation: numbers, ranges "4789:4791", and groups "$VXLAN_PORTS" of vars.port-groups.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/settings.h"

/* One list of ports being read. */
struct reader {
    const struct config *config;
    const char *path;
    struct decode_options *out;
    uint8_t kind; /* enum tunnel_kind */
};

static bool add_port(const struct reader *r, unsigned port, struct error *error)
{
    struct decode_options *o = r->out;
    for (uint32_t i = 0; i < o->tunnel_port_count; i++) {
        const struct tunnel_port *known = &o->tunnel_ports[i];
        if (known->port == port && known->kind == r->kind)
            return true;
        if (known->port == port)
            return config_complain(r->config, error, r->path, "port %u is %s's already; a port means one tunnel", port,
                                   tunnel_kind_name((enum tunnel_kind)known->kind));
    }
    if (o->tunnel_port_count == TUNNEL_PORTS_MAX)
        return config_complain(r->config, error, r->path, "more than %d ports of tunnels", TUNNEL_PORTS_MAX);
    o->tunnel_ports[o->tunnel_port_count++] = (struct tunnel_port){(uint16_t)port, r->kind};
    return true;
}

/* "4789" or "4789:4791". */
static bool add_ports(const struct reader *r, const char *text, struct error *error)
{
    char *end;
    unsigned long first = strtoul(text, &end, 10), last = *end == ':' ? strtoul(end + 1, &end, 10) : first;
    if (text[0] < '0' || text[0] > '9' || *end || first < 1 || last < first || last > 65535)
        return config_complain(r->config, error, r->path, "'%.40s' is no port; write 1 to 65535, 'first:last' or $GROUP", text);
    for (unsigned long port = first; port <= last; port++)
        if (!add_port(r, (unsigned)port, error))
            return false;
    return true;
}

static bool add_group(const struct reader *r, const char *name, struct error *error)
{
    bool is_name = *name && strcspn(name, ".[]*") == strlen(name); /* else it would be a path */
    size_t count = is_name ? config_count(r->config, "vars.port-groups.%s", name) : 0;
    if (count == 0)
        return config_complain(r->config, error, r->path, "there is no port group '%.40s' in vars.port-groups", name);
    for (size_t i = 0; i < count; i++)
        if (!add_ports(r, config_item(r->config, i, "vars.port-groups.%s", name), error))
            return false;
    return true;
}

static bool read_ports(const struct reader *r, struct error *error)
{
    for (size_t i = 0; i < config_count(r->config, "%s", r->path); i++) {
        const char *item = config_item(r->config, i, "%s", r->path);
        if (*item == '$' ? !add_group(r, item + 1, error) : !add_ports(r, item, error))
            return false;
    }
    return true;
}

bool settings_read_decode(const struct config *c, struct decode_options *out, struct error *error)
{
    *out = (struct decode_options){
        .erspan_type1 = config_bool(c, "decoder.erspan.typeI.enabled"),
        .duplicates = config_bool(c, "decoder.duplicates"),
        .fragments = {.datagram_max = (uint32_t)config_number(c, "defrag.trackers"),
                      .memory_max = (uint32_t)config_number(c, "defrag.memcap"),
                      .timeout_s = (uint32_t)config_number(c, "defrag.timeout")},
    };
    for (unsigned kind = 0; kind < TUNNEL_KIND_COUNT; kind++) {
        const char *name = tunnel_kind_name((enum tunnel_kind)kind);
        char path[64];
        snprintf(path, sizeof path, "decoder.%s.ports", name);
        const struct reader r = {c, path, out, (uint8_t)kind};
        if (tunnel_kind_has_ports((enum tunnel_kind)kind) && config_bool(c, "decoder.%s.enabled", name) && !read_ports(&r, error))
            return false;
    }
    return true;
}

enum checksums settings_checksums(const char *word)
{
    if (strcmp(word, "yes") == 0 || strcmp(word, "all") == 0)
        return CHECKSUMS_ENFORCED;
    return strcmp(word, "no") == 0 || strcmp(word, "none") == 0 ? CHECKSUMS_IGNORED : CHECKSUMS_SAMPLED;
}
