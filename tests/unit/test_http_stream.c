/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_http_stream.c - HTTP/1 over a stream: the story does not depend on how it was cut; holes, rubbish and tunnels.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_watch.h"

/* ------------------------------------------------------------------- splits */

/* Everything that was observed, as text. */
static char *story(struct http_watch *w)
{
    char *out = calloc(1, 1 << 16);
    size_t n = 0;
    assert_non_null(out);
    for (size_t i = 0; i < w->t.count; i++) {
        const struct observation_http *o = (const void *)w->t.records[i];
        const struct observation_body *b = (const void *)o;
        if (b->head.kind == OBSERVE_BODY) {
            struct slice s = observation_text(&b->head, b->bytes);
            n += (size_t)sprintf(out + n, "%u %u %u|%.*s\n", b->head.kind, b->source, b->number, (int)s.size, (const char *)s.at);
            continue;
        }
        struct text_ref refs[] = {o->method, o->url, o->host, o->protocol, o->user_agent, o->referer, o->content_type, o->xff};
        n += (size_t)sprintf(out + n, "%u %u %u %u %u %u %lu %lu", o->head.kind, o->tx_id, o->status, o->request_seen,
                             o->response_seen, o->is_http2, (unsigned long)o->request_length, (unsigned long)o->response_length);
        for (size_t r = 0; r < sizeof refs / sizeof refs[0]; r++) {
            struct slice s = observation_text(&o->head, refs[r]);
            n += (size_t)sprintf(out + n, "|%.*s", (int)s.size, s.size ? (const char *)s.at : "");
        }
        n += (size_t)sprintf(out + n, "\n");
    }
    return out;
}

static const char requests[] = "\r\nPOST /form HTTP/1.1\r\nHost: a.example:81\r\nContent-Length: 4\r\n\r\nq=1\n"
                               "GET http://b.example/ HTTP/1.1\r\nHost: c\r\nUser-Agent: x\r\n  y\r\n\r\n"
                               "PUT /up HTTP/1.1\nHost: d\nTransfer-Encoding: gzip\nTransfer-Encoding: chunked\n\n5\nab\ncd\n0\n\n"
                               "HEAD /h HTTP/1.1\r\nHost: e\r\n\r\nGET /last HTTP/1.1\r\nHost: f\r\n\r\n";
static const char responses[] = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: t/1\r\n\r\nok"
                                "HTTP/1.1 302 Found\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n"
                                "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
                                "HTTP/1.0 200 OK\r\nContent-Type: t/2\r\n\r\nuntil the end";

/* Gives a stream in pieces as a reassembler would: what was not consumed comes again with more. */
static void give_pieces(struct http_watch *w, enum direction direction, const char *text, uint64_t *seed, size_t first)
{
    size_t size = strlen(text), begin = 0, end = first;
    for (;;) {
        uint8_t *piece = watch_exact(text + begin, end - begin);
        struct parse_result r = http_watch_bytes(w, direction, piece, end - begin);
        free(piece);
        assert_int_equal(r.state, PARSE_MORE);
        assert_true(r.consumed <= end - begin);
        begin += r.consumed + (size_t)r.skip;
        if (end == size)
            return;
        end += seed ? 1 + watch_random(seed) % 40 : size - end;
        end = end > size ? size : end;
    }
}

static char *story_of(size_t request_cut, size_t response_cut, uint64_t *seed)
{
    struct http_watch w;
    http_watch_open(&w);
    give_pieces(&w, TO_SERVER, requests, seed, request_cut);
    give_pieces(&w, TO_CLIENT, responses, seed, response_cut);
    http_watch_end(&w);
    char *s = story(&w);
    http_watch_close(&w);
    return s;
}

static void test_every_split_tells_the_same_story(void **state)
{
    (void)state;
    char *whole = story_of(strlen(requests), strlen(responses), NULL);
    assert_non_null(strstr(whole, "7 4 200 1 1 0 0 13|GET|/last|f|HTTP/1.1||")); /* it is the story of five transactions */
    assert_non_null(strstr(whole, "|PUT|/up|d|"));
    assert_non_null(strstr(whole, "7 2 204 1 1 0 5 0|"));
    for (size_t cut = 0; cut <= strlen(requests); cut++) {
        char *s = story_of(cut, strlen(responses), NULL);
        assert_string_equal(s, whole);
        free(s);
    }
    for (size_t cut = 0; cut <= strlen(responses); cut++) {
        char *s = story_of(strlen(requests), cut, NULL);
        assert_string_equal(s, whole);
        free(s);
    }
    uint64_t seed = 99;
    for (int i = 0; i < 500; i++) {
        char *s = story_of(0, 0, &seed);
        assert_string_equal(s, whole);
        free(s);
    }
    free(whole);
}

static void test_cut_at_every_length_is_borne(void **state)
{
    (void)state;
    for (size_t n = 0; n <= strlen(requests); n++) {
        struct http_watch w;
        bool is_response;
        uint8_t *cut = watch_exact(requests, n);
        http_watch_open(&w);
        http_probe((struct slice){cut, n}, &is_response);
        http_watch_bytes(&w, TO_SERVER, cut, n);
        http_watch_end(&w);
        http_watch_close(&w);
        free(cut);
    }
}

/* -------------------------------------------------------------------- holes */

static void test_hole_in_a_body_is_absorbed(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_request(&w, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    http_watch_give(&w, TO_CLIENT, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789");
    assert_true(http_gap(w.h, TO_CLIENT, 980));
    http_watch_give(&w, TO_CLIENT, "0123456789HTTP/1.1 200 next\r\n");
    const struct observation_http *o = http_watch_next(&w, OBSERVE_HTTP);
    assert_non_null(o);
    assert_int_equal(o->response_length, 20);
    http_watch_close(&w);
}

static void test_hole_that_ends_with_the_body_ends_it(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_request(&w, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    http_watch_give(&w, TO_CLIENT, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    assert_true(http_gap(w.h, TO_CLIENT, 10));
    http_watch_give(&w, TO_CLIENT, "");
    assert_non_null(http_watch_next(&w, OBSERVE_HTTP));
    http_watch_close(&w);
}

static void test_hole_in_a_chunk_is_absorbed(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_request(&w, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    http_watch_give(&w, TO_CLIENT, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n01");
    assert_true(http_gap(w.h, TO_CLIENT, 12));
    http_watch_give(&w, TO_CLIENT, "ef\r\n0\r\n\r\n");
    assert_int_equal(http_watch_next(&w, OBSERVE_HTTP)->response_length, 4);
    http_watch_close(&w);
}

static void test_request_after_a_hole_is_found_again(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_request(&w, "GET /1 HTTP/1.1\r\nHost: a\r\nUser-Agent: cut");
    assert_true(http_gap(w.h, TO_SERVER, 5000));
    http_watch_give(&w, TO_SERVER, "ok: yes\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n");
    assert_int_equal(watch_count(&w.t, OBSERVE_HTTP_REQUEST), 2);
    const struct observation_http *o = (const void *)w.t.records[0];
    assert_true(watch_text_is(o, o->host, "a")); /* the whole lines before the hole count */
    o = (const void *)w.t.records[1];
    assert_true(watch_text_is(o, o->host, "b"));
    http_watch_close(&w);
}

static void test_response_after_a_hole_is_found_again(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_request(&w, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    http_watch_give(&w, TO_CLIENT, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123");
    assert_true(http_gap(w.h, TO_CLIENT, 500));
    http_watch_give(&w, TO_CLIENT, "rubbish\nmore rubbish\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
    const struct observation_http *o = http_watch_next(&w, OBSERVE_HTTP);
    assert_int_equal(o->status, 200);
    o = http_watch_next(&w, OBSERVE_HTTP);
    assert_int_equal(o->status, 404);
    http_watch_close(&w);
}

static void test_endless_rubbish_is_given_up(void **state)
{
    (void)state;
    struct http_watch w;
    static uint8_t rubbish[4096];
    memset(rubbish, 0xff, sizeof rubbish);
    http_watch_request(&w, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    enum parse_state parsed = PARSE_MORE;
    for (int i = 0; i < 1000 && parsed == PARSE_MORE; i++)
        parsed = http_watch_bytes(&w, TO_SERVER, rubbish, sizeof rubbish).state;
    assert_int_equal(parsed, PARSE_REFUSED);
    http_watch_give(&w, TO_SERVER, "\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"); /* but a request after it is still one */
    assert_int_equal(watch_count(&w.t, OBSERVE_HTTP_REQUEST), 2);
    http_watch_close(&w);
}

/* ------------------------------------------------------------------ tunnels */

static void test_connect_that_is_accepted_becomes_a_tunnel(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_request(&w, "CONNECT t.example:443 HTTP/1.1\r\nHost: t.example:443\r\n\r\n");
    assert_false(http_is_tunnel(w.h));
    const char answer[] = "HTTP/1.1 200 Connection established\r\n\r\n\x16\x03\x03";
    struct parse_result r = http_watch_bytes(&w, TO_CLIENT, (const uint8_t *)answer, sizeof answer - 1);
    assert_int_equal(r.state, PARSE_DONE);
    assert_int_equal(r.consumed, sizeof answer - 1 - 3);
    assert_true(http_is_tunnel(w.h));
    assert_int_equal(http_watch_next(&w, OBSERVE_HTTP)->status, 200);
    r = http_watch_bytes(&w, TO_SERVER, (const uint8_t *)"\x16\x03\x01", 3);
    assert_int_equal(r.state, PARSE_DONE);
    assert_int_equal(r.consumed, 0);
    http_watch_close(&w);
}

static void test_connect_that_is_refused_goes_on(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_request(&w, "CONNECT t:443 HTTP/1.1\r\n\r\n");
    http_watch_give(&w, TO_CLIENT, "HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n");
    assert_false(http_is_tunnel(w.h));
    assert_int_equal(http_watch_give(&w, TO_SERVER, "CONNECT t:443 HTTP/1.1\r\nProxy-Authorization: x\r\n\r\n"), PARSE_MORE);
    assert_int_equal(watch_count(&w.t, OBSERVE_HTTP_REQUEST), 2);
    http_watch_close(&w);
}

static void test_connect_heard_from_one_side_becomes_a_tunnel(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_request(&w, "CONNECT t:443 HTTP/1.1\r\n\r\n");
    struct parse_result r = http_watch_bytes(&w, TO_SERVER, (const uint8_t *)"\x16\x03\x01\x02\x00", 5);
    assert_int_equal(r.state, PARSE_DONE);
    assert_int_equal(r.consumed, 0);
    assert_true(http_is_tunnel(w.h));
    http_watch_close(&w);
}

static void test_websocket_upgrade_becomes_a_tunnel(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_request(&w, "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n");
    assert_int_equal(http_watch_give(&w, TO_CLIENT, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"), PARSE_DONE);
    assert_true(http_is_tunnel(w.h));
    assert_int_equal(http_watch_next(&w, OBSERVE_HTTP)->status, 101);
    http_watch_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_split_tells_the_same_story),
        cmocka_unit_test(test_cut_at_every_length_is_borne),
        cmocka_unit_test(test_hole_in_a_body_is_absorbed),
        cmocka_unit_test(test_hole_that_ends_with_the_body_ends_it),
        cmocka_unit_test(test_hole_in_a_chunk_is_absorbed),
        cmocka_unit_test(test_request_after_a_hole_is_found_again),
        cmocka_unit_test(test_response_after_a_hole_is_found_again),
        cmocka_unit_test(test_endless_rubbish_is_given_up),
        cmocka_unit_test(test_connect_that_is_accepted_becomes_a_tunnel),
        cmocka_unit_test(test_connect_that_is_refused_goes_on),
        cmocka_unit_test(test_connect_heard_from_one_side_becomes_a_tunnel),
        cmocka_unit_test(test_websocket_upgrade_becomes_a_tunnel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
