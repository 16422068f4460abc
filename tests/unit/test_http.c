/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_http.c - HTTP/1 connections: what is told of them, what is recognised as HTTP, and what only looks like it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect/http_line.h"
#include "http_watch.h"

/* ------------------------------------------------------------ transactions */

static void test_request_and_response_become_one_transaction(void **state)
{
    (void)state;
    struct http_watch w;
    const struct observation_http *o =
        http_watch_request(&w, "POST /a?b HTTP/1.1\r\nHost: Example.com:8080\r\nUser-Agent: curl/8\r\n"
                               "Referer: http://r/\r\nX-Forwarded-For: 192.0.2.1\r\n"
                               "Content-Length: 5\r\n\r\nhello");
    assert_non_null(o);
    assert_int_equal(o->tx_id, 0);
    assert_int_equal(o->request_seen, 1);
    assert_int_equal(o->response_seen, 0);
    assert_true(watch_text_is(o, o->method, "POST"));
    assert_true(watch_text_is(o, o->url, "/a?b"));
    assert_true(watch_text_is(o, o->host, "Example.com"));
    assert_int_equal(o->host_port, 8080);
    assert_true(watch_text_is(o, o->protocol, "HTTP/1.1"));
    assert_true(watch_text_is(o, o->user_agent, "curl/8"));
    assert_true(watch_text_is(o, o->referer, "http://r/"));
    assert_true(watch_text_is(o, o->xff, "192.0.2.1"));
    assert_null(http_watch_next(&w, OBSERVE_HTTP));
    http_watch_give(&w, TO_CLIENT,
                    "HTTP/1.1 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 3\r\n\r\nno!");
    o = http_watch_next(&w, OBSERVE_HTTP);
    assert_non_null(o);
    assert_int_equal(o->status, 404);
    assert_int_equal(o->request_length, 5);
    assert_int_equal(o->response_length, 3);
    assert_true(watch_text_is(o, o->content_type, "text/html; charset=utf-8"));
    assert_true(watch_text_is(o, o->url, "/a?b"));
    assert_int_equal(o->head.direction, TO_CLIENT);
    assert_int_equal(http_transactions(w.h), 1);
    http_watch_close(&w);
}

static void test_pipelined_requests_meet_their_responses_in_order(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_open(&w);
    http_watch_give(&w, TO_SERVER,
                    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(watch_count(&w.t, OBSERVE_HTTP_REQUEST), 3);
    http_watch_give(&w, TO_CLIENT,
                    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n"
                    "HTTP/1.1 201 Head\r\nContent-Length: 1000\r\n\r\n"
                    "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
    static const uint16_t status[] = {200, 201, 304};
    static const uint64_t length[] = {5, 0, 0};
    static const char *const url[] = {"/1", "/2", "/3"};
    for (uint32_t i = 0; i < 3; i++) {
        const struct observation_http *o = http_watch_next(&w, OBSERVE_HTTP);
        assert_non_null(o);
        assert_int_equal(o->tx_id, i);
        assert_int_equal(o->status, status[i]);
        assert_int_equal(o->response_length, length[i]);
        assert_true(watch_text_is(o, o->url, url[i]));
    }
    http_watch_close(&w);
}

static void test_body_until_close_ends_with_the_flow(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_request(&w, "GET / HTTP/1.0\r\n\r\n");
    http_watch_give(&w, TO_CLIENT, "HTTP/1.0 200 OK\r\n\r\nHTTP/1.0 500 this is content\r\n\r\n");
    assert_null(http_watch_next(&w, OBSERVE_HTTP));
    http_watch_end(&w);
    const struct observation_http *o = http_watch_next(&w, OBSERVE_HTTP);
    assert_int_equal(o->status, 200);
    assert_int_equal(o->response_length, 32);
    assert_null(http_watch_next(&w, OBSERVE_HTTP));
    http_watch_close(&w);
}

static void test_early_response_waits_for_the_request_to_end(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_request(&w, "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234");
    http_watch_give(&w, TO_CLIENT, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    assert_null(http_watch_next(&w, OBSERVE_HTTP));
    http_watch_give(&w, TO_SERVER, "56789GET /y HTTP/1.1\r\nHost: a\r\n\r\n");
    const struct observation_http *o = http_watch_next(&w, OBSERVE_HTTP);
    assert_int_equal(o->request_length, 10);
    assert_int_equal(o->status, 413);
    http_watch_close(&w);
}

static void test_response_alone_is_told_without_request(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_open(&w);
    http_watch_give(&w, TO_CLIENT, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Type: a/b\r\n\r\n");
    const struct observation_http *o = http_watch_next(&w, OBSERVE_HTTP);
    assert_non_null(o);
    assert_int_equal(o->request_seen, 0);
    assert_int_equal(o->host.size, 0);
    assert_true(watch_text_is(o, o->protocol, "HTTP/1.1"));
    assert_true(watch_text_is(o, o->content_type, "a/b"));
    http_watch_close(&w);
}

static void test_unanswered_requests_are_told_at_the_end(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_request(&w, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n");
    http_watch_end(&w);
    assert_int_equal(watch_count(&w.t, OBSERVE_HTTP), 2);
    assert_int_equal(watch_count(&w.t, OBSERVE_HTTP_REQUEST), 2); /* the half head too */
    const struct observation_http *o = http_watch_next(&w, OBSERVE_HTTP);
    assert_int_equal(o->status, 0);
    o = http_watch_next(&w, OBSERVE_HTTP);
    assert_true(watch_text_is(o, o->host, "b"));
    http_watch_close(&w);
}

static void test_hundreds_of_unanswered_requests_stay_bounded(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_open(&w);
    for (int i = 0; i < 200; i++) {
        http_watch_give(&w, TO_SERVER, "GET /x HTTP/1.1\r\nHost: a\r\nUser-Agent: 0123456789\r\n\r\n");
        assert_true(http_flow_memory(w.h) < 100 * 1024);
    }
    assert_in_range(watch_count(&w.t, OBSERVE_HTTP), 200 - 64, 200);
    http_watch_end(&w);
    assert_int_equal(watch_count(&w.t, OBSERVE_HTTP), 200);
    http_watch_close(&w);
}

/* ------------------------------------------------------------------- fields */

static void test_host_comes_from_the_right_place(void **state)
{
    (void)state;
    static const struct {
        const char *request, *host;
        uint16_t port;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: first\r\nHost: second\r\n\r\n", "first", 0},
        {"GET http://abs.example:81/x HTTP/1.1\r\nHost: other\r\n\r\n", "abs.example", 81},
        {"GET http://user:pw@abs.example/x HTTP/1.1\r\n\r\n", "abs.example", 0},
        {"CONNECT tunnel.example:443 HTTP/1.1\r\nHost: proxy\r\n\r\n", "tunnel.example", 443},
        {"GET / HTTP/1.1\r\nhOsT:\t[2001:db8::1]:8443 \r\n\r\n", "2001:db8::1", 8443},
        {"GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n", "2001:db8::1", 0},
        {"GET / HTTP/1.1\r\nHost: 2001:db8::1\r\n\r\n", "2001:db8::1", 0},
        {"GET / HTTP/1.1\r\nHost : spaced.example\r\n\r\n", "spaced.example", 0},
        {"GET / HTTP/1.1\r\nHost:folded\r\n .example\r\n\r\n", "folded .example", 0},
        {"GET / HTTP/1.1\nhost: bare.lf\n\n", "bare.lf", 0},
        {"\r\n\r\nGET / HTTP/1.1\r\nHost: blank.lines\r\n\r\n", "blank.lines", 0},
        {"GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", "a", 0},
        {"GET / HTTP/1.1\r\nHost: a:00080\r\n\r\n", "a", 80},
        {"GET / HTTP/1.1\r\nHost: a:0000000080\r\n\r\n", "a", 80},
        {"GET / HTTP/1.1\r\nHost: a:x\r\n\r\n", "a", 0},
        {"GET / HTTP/1.1\r\nHost: u:p@a:\r\n\r\n", "a", 0},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "", 0},
        {"GET / HTTP/1.1\r\nNo colon here\r\nHost: after.junk\r\n\r\n", "after.junk", 0},
        {"PROPFIND /dav HTTP/1.1\r\nHost: dav\r\n\r\n", "dav", 0},
        {"VERSION-CONTROL /v HTTP/1.1\r\nHost: dav\r\n\r\n", "dav", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_watch w;
        const struct observation_http *o = http_watch_request(&w, cases[i].request);
        assert_non_null(o);
        assert_true(watch_text_is(o, o->host, cases[i].host));
        assert_int_equal(o->host_port, cases[i].port);
        http_watch_close(&w);
    }
}

static void test_odd_request_lines_are_read(void **state)
{
    (void)state;
    struct http_watch w;
    const struct observation_http *o = http_watch_request(&w, "GET  /a b c  HTTP/1.0  \r\n\r\n");
    assert_true(watch_text_is(o, o->url, "/a b c"));
    assert_true(watch_text_is(o, o->protocol, "HTTP/1.0"));
    http_watch_close(&w);
    o = http_watch_request(&w, "POST /x\r\nHost: no.version\r\n\r\n");
    assert_true(watch_text_is(o, o->url, "/x"));
    assert_true(watch_text_is(o, o->host, "no.version"));
    assert_int_equal(o->protocol.size, 0);
    http_watch_close(&w);
}

static void test_list_fields_are_joined(void **state)
{
    (void)state;
    struct http_watch w;
    const struct observation_http *o = http_watch_request(
        &w, "GET / HTTP/1.1\r\nX-Forwarded-For: a\r\nUser-Agent: u\r\nX-Forwarded-For: b\r\nX-Forwarded-For: c\r\n\r\n");
    assert_true(watch_text_is(o, o->xff, "a, b, c"));
    assert_true(watch_text_is(o, o->user_agent, "u"));
    http_watch_close(&w);
}

static void test_long_head_is_kept_up_to_the_bound_and_counted(void **state)
{
    (void)state;
    struct http_watch w;
    static char text[40000];
    size_t n = (size_t)sprintf(text, "POST / HTTP/1.1\r\nHost: early\r\n");
    while (n < 20000)
        n += (size_t)sprintf(text + n, "X-Filler: 0123456789012345678901234567890123456789\r\n");
    n += (size_t)sprintf(text + n, "User-Agent: late\r\nContent-Length: 2\r\n\r\nabGET /next HTTP/1.1\r\nHost: b\r\n\r\n");
    const struct observation_http *o = http_watch_request(&w, text);
    assert_true(watch_text_is(o, o->host, "early"));
    assert_int_equal(o->user_agent.size, 0);
    assert_int_equal(http_cut_heads(w.h), 1);
    o = http_watch_next(&w, OBSERVE_HTTP_REQUEST); /* the length beyond the bound was still heeded */
    assert_non_null(o);
    assert_true(watch_text_is(o, o->url, "/next"));
    http_watch_close(&w);
}

/* Servers take heads far longer than what we keep. */
static void test_host_behind_a_long_head_is_found(void **state)
{
    (void)state;
    static char request[120000];
    char *at = request + sprintf(request, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < 100; i++)
        at += sprintf(at, "X-Filling: %01000d\r\n", i);
    at += sprintf(at, "X-Sender: not needed\r\nHost: far.example\r\nReferer: not needed\r\n\r\n");
    struct http_watch w;
    const struct observation_http *o = http_watch_request(&w, request);
    assert_non_null(o);
    assert_true(watch_text_is(o, o->host, "far.example"));
    assert_int_equal(o->referer.size, 0);
    http_watch_close(&w);
}

static void test_line_longer_than_any_buffer_is_passed(void **state)
{
    (void)state;
    struct http_watch w;
    static char text[60000];
    size_t n = (size_t)sprintf(text, "GET /");
    memset(text + n, 'a', 50000);
    n += 50000;
    sprintf(text + n, " HTTP/1.1\r\nHost: behind\r\n\r\nGET /next HTTP/1.1\r\nHost: b\r\n\r\n");
    const struct observation_http *o = http_watch_request(&w, text);
    assert_non_null(o);
    assert_int_equal(o->url.size, HTTP_LINE_MAX - 4);
    o = http_watch_next(&w, OBSERVE_HTTP_REQUEST);
    assert_true(watch_text_is(o, o->url, "/next"));
    http_watch_close(&w);
}

/* -------------------------------------------------------------------- probe */

static void test_requests_and_responses_are_recognised(void **state)
{
    (void)state;
    bool is_response;
    static const char *const yes[] = {
        "GET / HTTP/1.1\r\n",
        "\r\nGET / HTTP/1.1\n",
        "PROPPATCH /x HTTP/1.1\r\n",
        "OPTIONS * HTTP/1.1\r\n",
        "CONNECT a:1 HTTP/1.0\r\n",
        "RPC_IN_DATA /rpc HTTP/1.1\r\n",
        "SUBSCRIBE /e HTTP/1.1\r\n",
        "FOO /x HTTP/1.1\r\n",
        "POST /bare\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        assert_int_equal(http_probe(http_watch_slice(yes[i]), &is_response), PROBE_YES);
        assert_false(is_response);
    }
    assert_int_equal(http_probe(http_watch_slice("HTTP/1.1 200 OK\r\n"), &is_response), PROBE_YES);
    assert_true(is_response);
    assert_int_equal(http_probe(http_watch_slice("HTTP/1.0 404\r\n"), &is_response), PROBE_YES);
    assert_int_equal(http_probe((struct slice){(const uint8_t *)"\0\0\x06\x04\0\0\0\0\0", 9}, &is_response), PROBE_YES);
    assert_true(is_response);
}

static void test_look_alikes_are_not_http(void **state)
{
    (void)state;
    bool is_response;
    static const char *const no[] = {
        "OPTIONS rtsp://a/b RTSP/1.0\r\n",
        "OPTIONS * RTSP/1.0\r\n",
        "DESCRIBE rtsp://a RTSP/1.0\r\n",
        "INVITE sip:a@b SIP/2.0\r\n",
        "OPTIONS sip:a SIP/2.0\r\n",
        "REQMOD icap://x ICAP/1.0\r\n",
        "CONNECT {\"verbose\":false}\r\n",
        "PUB a 5\r\n",
        "INFO {\"server_id\":\"x\"}\r\n",
        "NOTIFY * HTTP/1.1\r\n",
        "M-SEARCH * HTTP/1.1\r\n",
        "EHLO a.example\r\n",
        "USER anonymous\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "220 ready\r\n",
        "+OK\r\n",
        "* OK IMAP4\r\n",
        "RTSP/1.0 200 OK\r\n",
        "SIP/2.0 200 OK\r\n",
        "HTTP/1.1 abc\r\n",
        "HTTP/1.1\r\n",
        "HTTP 200\r\n",
        "get key\r\n",
        "GET key\r\n",
        "\x16\x03\x01",
        "GET \x01",
        "\x80",
    };
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_int_equal(http_probe(http_watch_slice(no[i]), &is_response), PROBE_NO);
}

static void test_probe_never_takes_back_its_word(void **state)
{
    (void)state;
    static const char *const texts[] = {"GET /some/where HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", "SUBSCRIBE /e HTTP/1.0\n"};
    for (size_t i = 0; i < 3; i++)
        for (size_t n = 0; n <= strlen(texts[i]); n++) {
            bool is_response;
            enum probe p = http_probe((struct slice){(const uint8_t *)texts[i], n}, &is_response);
            assert_int_equal(p, n == strlen(texts[i]) ? PROBE_YES : PROBE_MAYBE);
        }
}

static void test_long_request_line_is_recognised_before_its_end(void **state)
{
    (void)state;
    static char text[3000];
    bool is_response;
    size_t n = (size_t)sprintf(text, "GET /");
    memset(text + n, 'a', 2000);
    assert_int_equal(http_probe(http_watch_slice(text), &is_response), PROBE_YES);
    text[1000] = '\x02';
    assert_int_equal(http_probe(http_watch_slice(text), &is_response), PROBE_NO);
}

static void test_what_never_was_http_is_refused(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_open(&w);
    assert_int_equal(http_watch_give(&w, TO_SERVER, "\x16\x03\x01"), PARSE_REFUSED);
    assert_int_equal(http_watch_give(&w, TO_CLIENT, "220 ftp ready\r\n"), PARSE_REFUSED);
    http_watch_end(&w);
    assert_int_equal(w.t.count, 0);
    http_watch_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_and_response_become_one_transaction),
        cmocka_unit_test(test_pipelined_requests_meet_their_responses_in_order),
        cmocka_unit_test(test_body_until_close_ends_with_the_flow),
        cmocka_unit_test(test_early_response_waits_for_the_request_to_end),
        cmocka_unit_test(test_response_alone_is_told_without_request),
        cmocka_unit_test(test_unanswered_requests_are_told_at_the_end),
        cmocka_unit_test(test_hundreds_of_unanswered_requests_stay_bounded),
        cmocka_unit_test(test_host_comes_from_the_right_place),
        cmocka_unit_test(test_odd_request_lines_are_read),
        cmocka_unit_test(test_list_fields_are_joined),
        cmocka_unit_test(test_long_head_is_kept_up_to_the_bound_and_counted),
        cmocka_unit_test(test_host_behind_a_long_head_is_found),
        cmocka_unit_test(test_line_longer_than_any_buffer_is_passed),
        cmocka_unit_test(test_requests_and_responses_are_recognised),
        cmocka_unit_test(test_look_alikes_are_not_http),
        cmocka_unit_test(test_probe_never_takes_back_its_word),
        cmocka_unit_test(test_long_request_line_is_recognised_before_its_end),
        cmocka_unit_test(test_what_never_was_http_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
