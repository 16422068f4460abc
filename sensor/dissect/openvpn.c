/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openvpn.c - control packets in the order of their message numbers; everything else is passed over.
 */
#include "dissect/openvpn.h"

#include <string.h>

#include "decode/cursor.h"

enum opcode { CONTROL = 4, CLIENT_RESET = 7, SERVER_RESET = 8, OPCODE_MAX = 10 };

#define LENGTH_SIZE 2
#define SESSION_ID  8
#define HEAD_SIZE   (1 + SESSION_ID) /* opcode with key id, session id */
#define NUMBER_SIZE 4
#define ACKS_MAX    8
#define LEFT_MAX    65536

struct openvpn {
    struct budget *budget;
    uint8_t guard;
    struct {
        uint32_t next;            /* message number that comes next */
        struct budget_bytes left; /* the start of a TLS record's header */
    } lane[2];                    /* by end */
};

/* Acknowledged numbers, and whose they are; false when there are too many. */
static bool skip_acks(struct cursor *packet, uint8_t *count)
{
    return cursor_u8(packet, count) && *count <= ACKS_MAX &&
           cursor_skip(packet, *count ? (size_t)*count * NUMBER_SIZE + SESSION_ID : 0);
}

/* A reset is message 0 and has no payload; the server's acknowledges the client's. */
static bool is_reset(struct slice packet, uint8_t guard)
{
    struct cursor at = cursor_of(packet.at, packet.size);
    uint8_t acks;
    uint32_t number;
    if (!cursor_skip(&at, HEAD_SIZE + (size_t)guard) || !skip_acks(&at, &acks) || !cursor_u32(&at, &number))
        return false;
    return acks == (packet.at[0] >> 3 == SERVER_RESET) && number == 0 && cursor_left(&at) == 0;
}

enum probe openvpn_probe(struct slice bytes, uint8_t *guard)
{
    /* packet number and time behind MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512 */
    static const uint8_t guards[] = {0, 16 + 8, 20 + 8, 28 + 8, 32 + 8, 48 + 8, 64 + 8};
    if (bytes.size <= LENGTH_SIZE)
        return bytes.size == 0 || bytes.at[0] == 0 ? PROBE_MAYBE : PROBE_NO;
    size_t size = read_u16(bytes.at);
    struct slice packet = {bytes.at + LENGTH_SIZE, bytes.size - LENGTH_SIZE};
    bool opens = packet.at[0] == CLIENT_RESET << 3 || packet.at[0] == SERVER_RESET << 3;
    if (!opens || size < HEAD_SIZE + 1 + NUMBER_SIZE || size > UINT8_MAX)
        return PROBE_NO;
    if (packet.size < size)
        return PROBE_MAYBE;
    packet.size = size;
    for (size_t i = 0; i < sizeof guards; i++)
        if (is_reset(packet, guards[i])) {
            *guard = guards[i];
            return PROBE_YES;
        }
    return PROBE_NO;
}

struct openvpn *openvpn_new(struct budget *budget, uint8_t guard)
{
    struct openvpn *o = budget_grow(budget, NULL, 0, sizeof *o);
    if (!o)
        return NULL;
    memset(o, 0, sizeof *o);
    o->budget = budget;
    o->guard = guard;
    return o;
}

void openvpn_free(struct openvpn *o)
{
    if (!o)
        return;
    struct budget *budget = o->budget;
    for (int end = 0; end < 2; end++)
        budget_clear(budget, &o->lane[end].left);
    budget_free(budget, o, sizeof *o);
}

/* TLS bytes of one packet, behind those of an earlier one that the parser left. */
static enum parse_state give(struct openvpn *o, struct tls_flow *t, const struct parse_place *place, struct slice bytes)
{
    struct budget_bytes *left = &o->lane[place->end].left;
    if (left->size) {
        if (!budget_append(o->budget, left, bytes.at, bytes.size, LEFT_MAX))
            return PARSE_REFUSED;
        bytes = (struct slice){left->at, left->size};
    }
    struct parse_result r = tls_bytes(t, place, bytes);
    struct slice rest = {bytes.at + r.consumed, bytes.size - r.consumed};
    if (left->size) {
        memmove(left->at, rest.at, rest.size);
        left->size = (uint32_t)rest.size;
        return r.state;
    }
    return rest.size == 0 || budget_append(o->budget, left, rest.at, rest.size, LEFT_MAX) ? r.state : PARSE_REFUSED;
}

/* One packet without its length. A message that was sent again is passed over. */
static enum parse_state take_packet(struct openvpn *o, struct tls_flow *t, const struct parse_place *place, struct cursor *packet)
{
    uint8_t opcode, acks;
    uint32_t number;
    if (!cursor_u8(packet, &opcode) || opcode >> 3 == 0 || opcode >> 3 > OPCODE_MAX)
        return PARSE_REFUSED;
    bool is_message = opcode >> 3 == CONTROL || opcode >> 3 == CLIENT_RESET || opcode >> 3 == SERVER_RESET;
    if (!is_message)
        return PARSE_MORE;
    if (!cursor_skip(packet, SESSION_ID + (size_t)o->guard) || !skip_acks(packet, &acks) || !cursor_u32(packet, &number))
        return PARSE_REFUSED;
    if (number != o->lane[place->end].next)
        return PARSE_MORE;
    o->lane[place->end].next++;
    return cursor_left(packet) ? give(o, t, place, cursor_slice(packet)) : PARSE_MORE;
}

struct parse_result openvpn_bytes(struct openvpn *o, struct tls_flow *t, const struct parse_place *place, struct slice bytes)
{
    struct cursor at = cursor_of(bytes.at, bytes.size), packet;
    struct parse_result result = {PARSE_MORE, 0, 0};
    uint16_t size;
    while (result.state == PARSE_MORE && cursor_u16(&at, &size) && cursor_sub(&at, size, &packet)) {
        result.state = take_packet(o, t, place, &packet);
        result.consumed = (size_t)(at.at - bytes.at);
    }
    return result;
}
