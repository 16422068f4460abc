/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probing.c - which protocol begins here: each parser's own first look, in the order of how sure it is.
 */
#include "dissect/probing.h"

#include "dissect/dns.h"
#include "dissect/openvpn.h"

#define FTP_PORT     21
#define SEARCH_BYTES 4096 /* undecided bytes that are kept while searching */

static enum probe probe_http(const struct work *x, struct slice bytes, struct finding *found)
{
    bool is_response = false;
    enum probe answer = http_probe(bytes, &is_response);
    int client = is_response ? 1 - x->place.end : x->place.end;
    if (answer == PROBE_YES && x->state->client_end >= 0 && x->state->client_end != client)
        return PROBE_NO; /* the other end has that role */
    *found = (struct finding){.speech = SPEECH_HTTP, .is_server = is_response};
    return answer;
}

static enum probe probe_tls(const struct work *x, struct slice bytes, struct finding *found)
{
    *found = (struct finding){.speech = SPEECH_TLS};
    if (x->state->openvpn)
        return openvpn_probe(bytes, &found->guard);
    /* Any record leads back into a known connection, but only its hello may say where an unplaced stream begins. */
    if (x->state->speech == SPEECH_TLS && x->state->lanes[x->place.end].stream.started)
        return tls_record_probe(bytes);
    return tls_probe(bytes, &found->is_server);
}

static enum probe probe_dns(struct slice bytes, struct finding *found)
{
    enum probe answer = dns_tcp_probe(bytes);
    *found = (struct finding){.speech = SPEECH_DNS};
    found->is_server = answer == PROBE_YES && bytes.size >= 14 && dns_is_response((struct slice){bytes.at + 2, bytes.size - 2});
    return answer;
}

static enum probe probe_openvpn(struct slice bytes, struct finding *found)
{
    *found = (struct finding){.speech = SPEECH_TLS, .in_openvpn = true};
    return openvpn_probe(bytes, &found->guard);
}

/* In a connection that is known to be FTP the other end's lines are too. */
static enum probe probe_ftp(const struct work *x, struct slice bytes, struct finding *found)
{
    const uint16_t *port = x->place.flow->key.port;
    bool is_server = false;
    enum probe answer = PROBE_YES;
    if (x->state->speech == SPEECH_FTP)
        is_server = x->place.end != x->state->client_end;
    else
        answer = ftp_probe(bytes, port[0] == FTP_PORT || port[1] == FTP_PORT, &is_server);
    *found = (struct finding){.speech = SPEECH_FTP, .is_server = is_server};
    return answer;
}

enum probe probe_tcp(const struct work *x, struct slice bytes, struct finding *found)
{
    enum speech speech = (enum speech)x->state->speech;
    enum probe tls = PROBE_NO, ftp = PROBE_NO, http = PROBE_NO, vpn = PROBE_NO, dns = PROBE_NO;
    if (bytes.size == 0)
        return PROBE_NO;
    if (speech != SPEECH_DNS && (tls = probe_tls(x, bytes, found)) == PROBE_YES)
        return PROBE_YES;
    if ((speech == SPEECH_FTP || speech == SPEECH_UNKNOWN) && (ftp = probe_ftp(x, bytes, found)) == PROBE_YES)
        return PROBE_YES;
    if (speech != SPEECH_DNS && speech != SPEECH_TLS && (http = probe_http(x, bytes, found)) == PROBE_YES)
        return PROBE_YES;
    if (speech == SPEECH_UNKNOWN && (vpn = probe_openvpn(bytes, found)) == PROBE_YES)
        return PROBE_YES;
    if ((speech == SPEECH_DNS || speech == SPEECH_UNKNOWN) && (dns = probe_dns(bytes, found)) == PROBE_YES)
        return PROBE_YES;
    bool maybe = tls == PROBE_MAYBE || ftp == PROBE_MAYBE || http == PROBE_MAYBE || vpn == PROBE_MAYBE || dns == PROBE_MAYBE;
    return maybe && bytes.size <= SEARCH_BYTES ? PROBE_MAYBE : PROBE_NO;
}
