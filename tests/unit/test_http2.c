/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_http2.c - HTTP/2 in clear text: header blocks of RFC 7541 appendix C, frames cut anywhere, padding, continuation, upgrade
 * from HTTP/1, and connections that break their rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_watch.h"

#define PREFACE  "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a"
#define SETTINGS "000006 04 00 00000000 000300000064"

/*
 * Stream 1: RFC 7541 C.4.1 (GET http://www.example.com/). Stream 3: C.4.2, whose :authority comes from the dynamic table, with
 * priority and padding. Stream 5: POST /p (literals) in HEADERS and two CONTINUATIONs, then 4 + 3 bytes of padded DATA.
 */
static const char client_hex[] = PREFACE SETTINGS "000011 01 05 00000001 828684418cf1e3c2e5f23a6ba0ab90f4ff"
                                                  "000004 08 00 00000000 00010000" /* WINDOW_UPDATE */
                                                  "000015 01 2d 00000003 03 8000000010 828684be5886a8eb10649cbf 000000"
                                                  "000003 01 00 00000005 838604"
                                                  "000004 09 00 00000005 022f7000"
                                                  "000005 09 04 00000005 0161 0162 be"
                                                  "000007 00 08 00000005 02 61626364 0000"
                                                  "000003 00 01 00000005 656667";
static const char server_hex[] = SETTINGS "000000 04 01 00000000"
                                          "000001 01 04 00000001 88" /* 200 */
                                          "000002 00 01 00000001 6f6b"
                                          "00000b 01 05 00000003 8d 5f 08 746578742f637373" /* 404, content-type: text/css */
                                          "000005 01 04 00000005 08 03 313030"              /* :status 100 */
                                          "000001 01 04 00000005 8b"                        /* 304 */
                                          "000001 00 00 00000005 2e"
                                          "000001 01 05 00000005 be"; /* trailers, from the dynamic table */

static uint8_t client[1024], server[1024];
static size_t client_size, server_size;

static enum parse_state give_hex(struct http_watch *w, enum direction direction, const char *digits)
{
    uint8_t bytes[2048];
    return http_watch_bytes(w, direction, bytes, watch_hex(digits, bytes, sizeof bytes)).state;
}

static char *story(struct http_watch *w)
{
    char *out = calloc(1, 1 << 14);
    size_t n = 0;
    assert_non_null(out);
    for (size_t i = 0; i < w->t.count; i++) {
        const struct observation_http *o = (const void *)w->t.records[i];
        if (o->head.kind == OBSERVE_BODY)
            continue;
        struct text_ref refs[] = {o->method, o->url, o->host, o->protocol, o->content_type};
        n += (size_t)sprintf(out + n, "%u #%u %u %lu/%lu", o->head.kind, o->tx_id, o->status, (unsigned long)o->request_length,
                             (unsigned long)o->response_length);
        for (size_t r = 0; r < 5; r++) {
            struct slice s = observation_text(&o->head, refs[r]);
            n += (size_t)sprintf(out + n, "|%.*s", (int)s.size, s.size ? (const char *)s.at : "");
        }
        n += (size_t)sprintf(out + n, "\n");
    }
    return out;
}

static const char expected[] = "6 #0 0 0/0|GET|/|www.example.com|HTTP/2|\n"
                               "6 #1 0 0/0|GET|/|www.example.com|HTTP/2|\n"
                               "6 #2 0 0/0|POST|/p||HTTP/2|\n"
                               "7 #0 200 0/2|GET|/|www.example.com|HTTP/2|\n"
                               "7 #1 404 0/0|GET|/|www.example.com|HTTP/2|text/css\n"
                               "7 #2 304 7/1|POST|/p||HTTP/2|\n";

static void assert_story(struct http_watch *w, const char *wanted)
{
    char *s = story(w);
    assert_string_equal(s, wanted);
    free(s);
}

static void test_requests_and_responses_are_joined_by_stream(void **state)
{
    (void)state;
    struct http_watch w;
    bool is_response;
    assert_int_equal(http_probe((struct slice){client, client_size}, &is_response), PROBE_YES);
    assert_false(is_response);
    assert_int_equal(http_probe((struct slice){server, server_size}, &is_response), PROBE_YES);
    assert_true(is_response);
    http_watch_open(&w);
    assert_int_equal(http_watch_bytes(&w, TO_SERVER, client, client_size).state, PARSE_MORE);
    assert_true(http_is_http2(w.h));
    assert_int_equal(http_watch_bytes(&w, TO_CLIENT, server, server_size).state, PARSE_MORE);
    assert_story(&w, expected);
    const struct observation_http *o = (const void *)w.t.records[0];
    assert_int_equal(o->is_http2, 1);
    http_watch_end(&w);
    assert_int_equal(w.t.count, 9);
    http_watch_close(&w);
}

static size_t give_from(struct http_watch *w, enum direction direction, const uint8_t *bytes, size_t begin, size_t end)
{
    uint8_t *piece = watch_exact(bytes + begin, end - begin);
    struct parse_result r = http_watch_bytes(w, direction, piece, end - begin);
    free(piece);
    assert_int_equal(r.state, PARSE_MORE);
    return begin + r.consumed;
}

static void test_every_split_tells_the_same_story(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= client_size + server_size; cut++) {
        struct http_watch w;
        size_t client_cut = cut < client_size ? cut : client_size;
        size_t server_cut = cut < client_size ? server_size : cut - client_size;
        http_watch_open(&w);
        give_from(&w, TO_SERVER, client, give_from(&w, TO_SERVER, client, 0, client_cut), client_size);
        give_from(&w, TO_CLIENT, server, give_from(&w, TO_CLIENT, server, 0, server_cut), server_size);
        assert_story(&w, expected);
        http_watch_close(&w);
    }
    struct http_watch w; /* and byte by byte */
    http_watch_open(&w);
    for (size_t end = 0, begin = 0; end <= client_size; end++)
        begin = give_from(&w, TO_SERVER, client, begin, end);
    for (size_t end = 0, begin = 0; end <= server_size; end++)
        begin = give_from(&w, TO_CLIENT, server, begin, end);
    assert_story(&w, expected);
    http_watch_close(&w);
}

static void test_server_may_speak_first(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_open(&w);
    assert_int_equal(give_hex(&w, TO_CLIENT, SETTINGS), PARSE_MORE);
    assert_true(http_is_http2(w.h));
    assert_int_equal(http_watch_bytes(&w, TO_SERVER, client, client_size).state, PARSE_MORE);
    assert_int_equal(watch_count(&w.t, OBSERVE_HTTP_REQUEST), 3);
    http_watch_close(&w);
}

static void test_upgrade_from_http1_goes_on_as_stream_1(void **state)
{
    (void)state;
    static const char upgrade[] = "GET /up HTTP/1.1\r\nHost: u\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n";
    static const char accepted[] = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    struct http_watch w;
    http_watch_open(&w);
    http_watch_bytes(&w, TO_SERVER, (const uint8_t *)upgrade, sizeof upgrade - 1);
    assert_int_equal(http_watch_bytes(&w, TO_CLIENT, (const uint8_t *)accepted, sizeof accepted - 1).state, PARSE_MORE);
    assert_int_equal(give_hex(&w, TO_SERVER, PREFACE SETTINGS "00000f 01 05 00000003 828684 41 8a a0e41d139d09b8f01e07"),
                     PARSE_MORE);
    give_hex(&w, TO_CLIENT,
             SETTINGS "000001 01 05 00000001 88"
                      "000001 01 05 00000003 8d");
    assert_int_equal(watch_count(&w.t, OBSERVE_HTTP_REQUEST), 2);
    const struct observation_http *o = watch_take(&w.t, OBSERVE_HTTP);
    assert_true(watch_text_is(o, o->url, "/up"));
    assert_int_equal(o->status, 200);
    http_watch_close(&w);
}

static void test_reset_stream_ends_its_transaction(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_open(&w);
    give_hex(&w, TO_SERVER,
             PREFACE SETTINGS "000011 01 04 00000001 828684418cf1e3c2e5f23a6ba0ab90f4ff"
                              "000004 03 00 00000001 00000008");
    const struct observation_http *o = watch_take(&w.t, OBSERVE_HTTP);
    assert_non_null(o);
    assert_int_equal(o->status, 0);
    http_watch_close(&w);
}

static void test_promised_requests_keep_the_table_right(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_open(&w);
    give_hex(&w, TO_SERVER, PREFACE SETTINGS "000011 01 05 00000001 828684418cf1e3c2e5f23a6ba0ab90f4ff");
    give_hex(&w, TO_CLIENT,
             SETTINGS "000011 05 04 00000001 00000002 8286 84 5f 08 746578742f637373"
                      "000002 01 05 00000001 88 be"); /* be: content-type, set in the promise */
    const struct observation_http *o = watch_take(&w.t, OBSERVE_HTTP);
    assert_non_null(o);
    assert_true(watch_text_is(o, o->content_type, "text/css"));
    http_watch_close(&w);
}

static void test_many_open_streams_stay_bounded(void **state)
{
    (void)state;
    struct http_watch w;
    char digits[128];
    http_watch_open(&w);
    give_hex(&w, TO_SERVER, PREFACE SETTINGS);
    for (unsigned stream = 1; stream < 400; stream += 2) { /* none is ever finished */
        snprintf(digits, sizeof digits, "000011 01 04 %08x 828684418cf1e3c2e5f23a6ba0ab90f4ff", stream);
        assert_int_equal(give_hex(&w, TO_SERVER, digits), PARSE_MORE);
        assert_true(http_flow_memory(w.h) < 512 * 1024);
    }
    assert_int_equal(watch_count(&w.t, OBSERVE_HTTP_REQUEST), 200);
    http_watch_end(&w);
    assert_int_equal(watch_count(&w.t, OBSERVE_HTTP), 200);
    http_watch_close(&w);
}

static void test_hole_in_data_is_absorbed_and_in_headers_is_not(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_open(&w);
    give_hex(&w, TO_SERVER,
             PREFACE SETTINGS "000011 01 04 00000001 828684418cf1e3c2e5f23a6ba0ab90f4ff"
                              "000100 00 00 00000001 6161");
    assert_true(http_gap(w.h, TO_SERVER, 252));
    assert_int_equal(give_hex(&w, TO_SERVER, "6262 000011 01 05 00000003 828684be5886a8eb10649cbf0f"), PARSE_MORE);
    assert_false(http_gap(w.h, TO_SERVER, 1));
    assert_int_equal(give_hex(&w, TO_SERVER, "00"), PARSE_REFUSED);
    http_watch_end(&w);
    const struct observation_http *o = watch_take(&w.t, OBSERVE_HTTP);
    assert_int_equal(o->request_length, 4);
    http_watch_close(&w);
}

static void test_broken_connections_are_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {
        PREFACE SETTINGS "000001 01 05 00000001 ff",                          /* index without end */
        PREFACE SETTINGS "000001 01 05 00000001 be",                          /* index beyond the table */
        PREFACE SETTINGS "000002 01 0d 00000001 0982",                        /* padding longer than the frame */
        PREFACE SETTINGS "000003 01 25 00000001 828684",                      /* priority cut off */
        PREFACE SETTINGS "000001 01 01 00000001 82 000001 00 01 00000001 61", /* no CONTINUATION */
        PREFACE SETTINGS "000001 09 04 00000001 82",                          /* nothing to continue */
        "505249202a20485454502f322e300d0a0d0a534d0d0a0d0b",                   /* preface */
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct http_watch w;
        http_watch_open(&w);
        assert_int_equal(give_hex(&w, TO_SERVER, broken[i]), PARSE_REFUSED);
        http_watch_end(&w);
        http_watch_close(&w);
    }
}

static void test_http1_under_way_survives_a_sudden_preface(void **state)
{
    (void)state;
    struct http_watch w;
    static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    http_watch_open(&w);
    http_watch_bytes(&w, TO_CLIENT, (const uint8_t *)response, sizeof response - 1); /* half a response to nothing */
    http_watch_bytes(&w, TO_SERVER, client, client_size);
    char digits[128];
    for (unsigned stream = 7; stream < 600; stream += 2) {
        snprintf(digits, sizeof digits, "000003 01 04 %08x 828684", stream);
        give_hex(&w, TO_SERVER, digits);
    }
    http_watch_bytes(&w, TO_CLIENT, (const uint8_t *)response, sizeof response - 1);
    http_watch_end(&w);
    http_watch_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_and_responses_are_joined_by_stream),
        cmocka_unit_test(test_every_split_tells_the_same_story),
        cmocka_unit_test(test_server_may_speak_first),
        cmocka_unit_test(test_upgrade_from_http1_goes_on_as_stream_1),
        cmocka_unit_test(test_reset_stream_ends_its_transaction),
        cmocka_unit_test(test_promised_requests_keep_the_table_right),
        cmocka_unit_test(test_many_open_streams_stay_bounded),
        cmocka_unit_test(test_hole_in_data_is_absorbed_and_in_headers_is_not),
        cmocka_unit_test(test_broken_connections_are_refused),
        cmocka_unit_test(test_http1_under_way_survives_a_sudden_preface),
    };
    client_size = watch_hex(client_hex, client, sizeof client);
    server_size = watch_hex(server_hex, server, sizeof server);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
