/* SPDX-License-Identifier: Apache-2.0 */
/*
 * library_speed.c - the nDPI adapter, third part: what release 4.2 does slowly for each packet of a flow that it does not know yet. A symbol
 * of the program comes before the library's, so each function here takes the place of one of its own, and does the same; tests/bench/README.md
 * says what it brings. Later releases are left alone.
 */
#include <dlfcn.h>
#include <string.h>

#include "flow/ndpi.h"

#if !NDPI_SINCE(4, 4)

/* -------------------------------------------------------- sets of protocols */

static inline uint64_t common(const NDPI_PROTOCOL_BITMASK *a, const NDPI_PROTOCOL_BITMASK *b, size_t at)
{
    uint64_t one, other;
    memcpy(&one, (const char *)a + at, sizeof one);
    memcpy(&other, (const char *)b + at, sizeof other);
    return one & other;
}

/* Word by word, as the arguments were pushed: wider loads would wait for the stores. */
int NDPI_BITMASK_COMPARE(NDPI_PROTOCOL_BITMASK a, NDPI_PROTOCOL_BITMASK b)
{
    _Static_assert(sizeof a == 64, "eight words");
    return common(&a, &b, 0) || common(&a, &b, 8) || common(&a, &b, 16) || common(&a, &b, 24) || common(&a, &b, 32) ||
           common(&a, &b, 40) || common(&a, &b, 48) || common(&a, &b, 56);
}

/* ------------------------------------------------------ who looks at a packet */

typedef void (*dissect_function)(ndpi_module *m, struct ndpi_flow_struct *flow);
typedef u_int32_t (*check_function)(ndpi_module *m, struct ndpi_flow_struct *flow, NDPI_SELECTION_BITMASK_PROTOCOL_SIZE *packet);
typedef void (*lines_function)(ndpi_module *m, struct ndpi_flow_struct *flow);

/* What decides whether a dissector is asked about a flow without a name, of the 144 bytes that the library has of each: some two hundred
 * do not fit the first cache there. */
struct candidate {
    dissect_function dissect;
    NDPI_SELECTION_BITMASK_PROTOCOL_SIZE wants; /* of the packet */
    uint16_t protocol;                          /* not when the flow has excluded this one */
};

struct roster {
    struct candidate all[NDPI_MAX_SUPPORTED_PROTOCOLS + 1];
    uint32_t count;
};

/* The same for every module, made when the first one is opened. */
static struct roster of_tcp, of_udp;
static check_function check_as_before;
static lines_function find_lines_as_before;

/* The only protocol of a set; -1 when there are none or several. */
static int only_one(const NDPI_PROTOCOL_BITMASK *set)
{
    int found = -1;
    for (int i = 0; i < NDPI_MAX_SUPPORTED_PROTOCOLS; i++) {
        if (!NDPI_ISSET(set, (unsigned)i))
            continue;
        if (found >= 0)
            return -1;
        found = i;
    }
    return found;
}

static bool enlist(struct roster *r, const struct ndpi_call_function_struct *from, uint32_t count)
{
    r->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        int protocol = only_one(&from[i].excluded_protocol_bitmask);
        if (protocol < 0)
            return false;
        if (NDPI_ISSET(&from[i].detection_bitmask, (unsigned)NDPI_PROTOCOL_UNKNOWN))
            r->all[r->count++] = (struct candidate){from[i].func, from[i].ndpi_selection_bitmask, (uint16_t)protocol};
    }
    return true;
}

void library_hasten(struct library *l)
{
    const ndpi_module *m = l->module;
    if (check_as_before)
        return;
    void *check = dlsym(RTLD_NEXT, "ndpi_check_flow_func"), *lines = dlsym(RTLD_NEXT, "ndpi_parse_packet_line_info");
    memcpy(&find_lines_as_before, &lines, sizeof lines);
    memcpy(&check_as_before, &check, sizeof check);
    if (!enlist(&of_tcp, m->callback_buffer_tcp_payload, m->callback_buffer_size_tcp_payload) ||
        !enlist(&of_udp, m->callback_buffer_udp, m->callback_buffer_size_udp))
        of_tcp.count = of_udp.count = 0;
}

/* May this one of the library's own list be asked? */
static bool may_ask(const struct ndpi_flow_struct *flow, const struct ndpi_call_function_struct *one,
                    NDPI_SELECTION_BITMASK_PROTOCOL_SIZE packet, const NDPI_PROTOCOL_BITMASK *state)
{
    return (one->ndpi_selection_bitmask & packet) == one->ndpi_selection_bitmask &&
           NDPI_BITMASK_COMPARE(flow->excluded_protocol_bitmask, one->excluded_protocol_bitmask) == 0 &&
           NDPI_BITMASK_COMPARE(one->detection_bitmask, *state) != 0;
}

/* The protocol that the ports suggest comes first. Returns who was asked, NULL for nobody. */
static dissect_function ask_expected(ndpi_module *m, struct ndpi_flow_struct *flow, NDPI_SELECTION_BITMASK_PROTOCOL_SIZE packet,
                                     const NDPI_PROTOCOL_BITMASK *state)
{
    const ndpi_proto_defaults_t *expected = &m->proto_defaults[flow->guessed_protocol_id];
    if (expected->protoId == NDPI_PROTOCOL_UNKNOWN || !expected->func ||
        !may_ask(flow, &m->callback_buffer[expected->protoIdx], packet, state))
        return NULL;
    expected->func(m, flow);
    return expected->func;
}

static u_int32_t ask_all(const struct roster *r, ndpi_module *m, struct ndpi_flow_struct *flow,
                         NDPI_SELECTION_BITMASK_PROTOCOL_SIZE packet, dissect_function asked)
{
    u_int32_t calls = 0;
    for (uint32_t i = 0; i < r->count && flow->detected_protocol_stack[0] == NDPI_PROTOCOL_UNKNOWN; i++) {
        const struct candidate *c = &r->all[i];
        if (c->dissect == asked || (c->wants & packet) != c->wants || NDPI_ISSET(&flow->excluded_protocol_bitmask, c->protocol))
            continue;
        c->dissect(m, flow);
        calls++;
    }
    return calls;
}

/* What the protocol found may carry. */
static u_int32_t ask_carried(ndpi_module *m, struct ndpi_flow_struct *flow, NDPI_SELECTION_BITMASK_PROTOCOL_SIZE packet,
                             const NDPI_PROTOCOL_BITMASK *state, dissect_function asked)
{
    const ndpi_proto_defaults_t *found = &m->proto_defaults[flow->detected_protocol_stack[0]];
    u_int32_t calls = 0;
    for (u_int32_t i = 0; i < found->subprotocol_count; i++) {
        if (found->subprotocols[i] == (uint16_t)NDPI_PROTOCOL_MATCHED_BY_CONTENT)
            continue;
        const ndpi_proto_defaults_t *carried = &m->proto_defaults[found->subprotocols[i]];
        const struct ndpi_call_function_struct *one = &m->callback_buffer[carried->protoIdx];
        if (asked != carried->func && may_ask(flow, one, packet, state)) {
            one->func(m, flow);
            calls++;
        }
        if (flow->detected_protocol_stack[1] != NDPI_PROTOCOL_UNKNOWN)
            break;
    }
    return calls;
}

u_int32_t ndpi_check_flow_func(ndpi_module *m, struct ndpi_flow_struct *flow, NDPI_SELECTION_BITMASK_PROTOCOL_SIZE *packet)
{
    const struct roster *r = m->packet.tcp ? &of_tcp : &of_udp;
    bool ours = flow && flow->detected_protocol_stack[0] == NDPI_PROTOCOL_UNKNOWN && r->count > 0 &&
                (m->packet.tcp ? m->packet.payload_packet_len > 0 : m->packet.udp != NULL);
    if (!ours)
        return check_as_before(m, flow, packet);
    NDPI_PROTOCOL_BITMASK state;
    NDPI_SAVE_AS_BITMASK(state, NDPI_PROTOCOL_UNKNOWN);
    dissect_function asked = ask_expected(m, flow, *packet, &state);
    u_int32_t calls = asked != NULL;
    calls += ask_all(r, m, flow, *packet, asked);
    return calls + ask_carried(m, flow, *packet, &state, asked);
}

/* --------------------------------------------------------------------- lines */

static bool has_line_end(const uint8_t *at, size_t size)
{
    const uint8_t *end = at + size, *cr = at;
    while ((cr = memchr(cr, '\r', (size_t)(end - cr))))
        if (++cr < end && *cr == '\n')
            return true;
    return false;
}

/* The library looks for lines byte by byte, in each packet of strangers; where there are none, three bytes tell it as much. */
void ndpi_parse_packet_line_info(ndpi_module *m, struct ndpi_flow_struct *flow)
{
    struct ndpi_packet_struct *packet = &m->packet;
    uint16_t whole = packet->payload_packet_len;
    bool no_lines = whole > 3 && packet->payload && !packet->packet_lines_parsed_complete && !has_line_end(packet->payload, whole);
    if (no_lines)
        packet->payload_packet_len = 3;
    find_lines_as_before(m, flow);
    packet->payload_packet_len = whole;
}

#else

void library_hasten(struct library *l)
{
    (void)l;
}

#endif
