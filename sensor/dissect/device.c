/* SPDX-License-Identifier: Apache-2.0 */
/* device.c - see device.h. */
#include "dissect/device.h"

#include <string.h>

#include "base/addr.h"
#include "decode/cursor.h"
#include "dissect/dns_name.h"

enum {
    BOOTP_SIZE = 236, BOOT_REQUEST = 1, HARDWARE_ETHERNET = 1, MAC_SIZE = 6, AT_CLIENT_ADDRESS = 12, AT_MAC = 28,
    OPTION_PAD = 0, OPTION_HOST_NAME = 12, OPTION_REQUESTED = 50, OPTION_VENDOR = 60, OPTION_FQDN = 81, OPTION_END = 255, FQDN_HEAD = 3,
    DNS_HEAD = 12, QUESTIONS_MAX = 32, ANSWERS_MAX = 32, TYPE_A = 1, TYPE_AAAA = 28
};

/* What a device says of itself. */
struct words {
    enum device_source source;
    struct slice name, vendor;
    struct address address; /* all zero: not said */
    const uint8_t *mac;     /* NULL: not said */
};

static void tell(const struct parse_place *place, const struct words *said)
{
    struct observer *w = place->observer;
    struct observation_device *o =
        observer_begin(w, OBSERVE_DEVICE, sizeof *o, place->flow, place->packet, flow_direction(place->flow, place->end));
    o->source = (uint8_t)said->source;
    o->address = said->address;
    if (said->mac != NULL) {
        memcpy(o->mac, said->mac, sizeof o->mac);
        o->has_mac = 1;
    }
    o->name = observer_text(w, said->name.at, said->name.size);
    o->vendor = observer_text(w, said->vendor.at, said->vendor.size);
    observer_end(w);
}

/* --------------------------------------------------------------------- DHCP */

bool device_is_dhcp(struct slice d)
{
    static const uint8_t magic[4] = {99, 130, 83, 99};
    return d.size >= BOOTP_SIZE + sizeof magic && d.at[0] == BOOT_REQUEST && memcmp(d.at + BOOTP_SIZE, magic, sizeof magic) == 0;
}

static void take_option(struct words *said, uint8_t code, struct slice value)
{
    if (code == OPTION_HOST_NAME && said->name.size == 0)
        said->name = value;
    else if (code == OPTION_VENDOR)
        said->vendor = value;
    else if (code == OPTION_REQUESTED && value.size == 4)
        said->address = addr_from_v4(value.at);
    else if (code == OPTION_FQDN && value.size > FQDN_HEAD && (value.at[0] & 4) == 0) /* plain text; the other form is DNS's */
        said->name = (struct slice){value.at + FQDN_HEAD, value.size - FQDN_HEAD};
}

void device_see_dhcp(const struct parse_place *place, struct slice d)
{
    static const uint8_t nowhere[4];
    struct words said = {.source = DEVICE_DHCP};
    struct cursor c = cursor_of(d.at, d.size);
    if (memcmp(d.at + AT_CLIENT_ADDRESS, nowhere, sizeof nowhere) != 0)
        said.address = addr_from_v4(d.at + AT_CLIENT_ADDRESS);
    if (d.at[1] == HARDWARE_ETHERNET && d.at[2] == MAC_SIZE)
        said.mac = d.at + AT_MAC;
    cursor_skip(&c, BOOTP_SIZE + 4);
    for (const uint8_t *code; (code = cursor_take(&c, 1)) != NULL && *code != OPTION_END;) {
        const uint8_t *size = *code == OPTION_PAD ? NULL : cursor_take(&c, 1);
        const uint8_t *value = size != NULL ? cursor_take(&c, *size) : NULL;
        if (value != NULL)
            take_option(&said, *code, (struct slice){value, *size});
        else if (*code != OPTION_PAD)
            break;
    }
    if (said.name.size > 0 || said.vendor.size > 0)
        tell(place, &said);
}

/* ------------------------------------------------------------ multicast DNS */

/* Tells the name when the record gives it an address. False when the record is broken. */
static bool take_answer(const struct parse_place *place, struct slice d, struct cursor *c)
{
    struct dns_name name;
    struct words said = {.source = DEVICE_MDNS};
    const uint8_t *fixed, *data;
    if (!dns_name_read(d, c, &name) || (fixed = cursor_take(c, 10)) == NULL || (data = cursor_take(c, read_u16(fixed + 8))) == NULL)
        return false;
    uint16_t type = read_u16(fixed), size = read_u16(fixed + 8);
    if (type == TYPE_A && size == 4)
        said.address = addr_from_v4(data);
    else if (type == TYPE_AAAA && size == sizeof said.address)
        memcpy(said.address.bytes, data, sizeof said.address);
    else
        return true;
    said.name = (struct slice){(const uint8_t *)name.text, name.size};
    tell(place, &said);
    return true;
}

void device_see_mdns(const struct parse_place *place, struct slice d)
{
    struct cursor c = cursor_of(d.at, d.size);
    const uint8_t *head = cursor_take(&c, DNS_HEAD);
    if (head == NULL || (head[2] & 0x80) == 0 || read_u16(head + 4) > QUESTIONS_MAX)
        return;
    for (uint16_t i = 0; i < read_u16(head + 4); i++)
        if (!dns_name_skip(&c) || !cursor_skip(&c, 4))
            return;
    for (uint16_t i = 0; i < read_u16(head + 6) && i < ANSWERS_MAX; i++)
        if (!take_answer(place, d, &c))
            return;
}
