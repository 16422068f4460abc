/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_http_content.c - the bodies that are told: text only, within the bound (4 KiB in http_watch.h), once, whatever the framing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "http_watch.h"

static const char post[] = "POST /rpc?x=1 HTTP/1.1\r\nHost: node.example:8545\r\nUser-Agent: t/1\r\nContent-Length: 25\r\n\r\n"
                           "{\"method\":\"eth_call\",...}";
static const char reply[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n4;x\r\n:1}\n\r\n0\r\n\r\n";

static void assert_body(struct http_watch *w, enum body_source source, const char *text)
{
    const struct observation_body *o = watch_take(&w->t, OBSERVE_BODY);
    assert_non_null(o);
    assert_int_equal(o->source, source);
    assert_int_equal(o->head.direction, source == BODY_HTTP_REQUEST ? TO_SERVER : TO_CLIENT);
    assert_true(watch_text_is(o, o->bytes, text));
    assert_true(watch_text_is(o, o->url, "/rpc?x=1"));
    assert_true(watch_text_is(o, o->host, "node.example"));
    assert_true(watch_text_is(o, o->method, "POST"));
    assert_true(watch_text_is(o, o->user_agent, "t/1"));
}

static void test_request_and_response(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_open(&w);
    http_watch_give(&w, TO_SERVER, post);
    assert_body(&w, BODY_HTTP_REQUEST, "{\"method\":\"eth_call\",...}");
    http_watch_give(&w, TO_CLIENT, reply);
    assert_body(&w, BODY_HTTP_RESPONSE, "{\"id\":1}\n");
    assert_non_null(http_watch_next(&w, OBSERVE_HTTP));
    http_watch_end(&w);
    assert_int_equal(watch_count(&w.t, OBSERVE_BODY), 2);
    http_watch_close(&w);
}

/* A byte at a time, as a caller would: what is not consumed is given again. */
static void trickle(struct http_watch *w, enum direction direction, const char *text, size_t step)
{
    size_t size = strlen(text), from = 0;
    for (size_t to = step; from < size; to = to + step < size ? to + step : size) {
        if (to > size)
            to = size;
        uint8_t *exact = watch_exact(text + from, to - from);
        from += http_watch_bytes(w, direction, exact, to - from).consumed;
        free(exact);
        if (to == size)
            break;
    }
}

static void test_any_cut_tells_the_same(void **state)
{
    (void)state;
    for (size_t step = 1; step < sizeof post; step++) {
        struct http_watch w;
        http_watch_open(&w);
        trickle(&w, TO_SERVER, post, step);
        assert_body(&w, BODY_HTTP_REQUEST, "{\"method\":\"eth_call\",...}");
        trickle(&w, TO_CLIENT, reply, step);
        assert_body(&w, BODY_HTTP_RESPONSE, "{\"id\":1}\n");
        http_watch_end(&w);
        assert_int_equal(watch_count(&w.t, OBSERVE_BODY), 2);
        http_watch_close(&w);
    }
}

static void test_what_is_no_text_is_not_told(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_open(&w);
    http_watch_give(&w, TO_SERVER, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    http_watch_give(&w, TO_CLIENT, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n\x1f\x8b\x08then text");
    http_watch_end(&w);
    assert_int_equal(watch_count(&w.t, OBSERVE_BODY), 0);
    const struct observation_http *o = http_watch_next(&w, OBSERVE_HTTP);
    assert_int_equal(o->response_length, 12);
    http_watch_close(&w);
}

static void test_long_body_is_told_once_when_the_bound_is_reached(void **state)
{
    (void)state;
    static char body[5001];
    struct http_watch w;
    memset(body, 'a', 5000);
    http_watch_open(&w);
    http_watch_give(&w, TO_SERVER, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n");
    http_watch_give(&w, TO_SERVER, body);
    const struct observation_body *o = watch_take(&w.t, OBSERVE_BODY);
    assert_non_null(o);
    assert_int_equal(o->bytes.size, 4096);
    http_watch_give(&w, TO_SERVER, body);
    http_watch_end(&w);
    assert_int_equal(watch_count(&w.t, OBSERVE_BODY), 1);
    const struct observation_http *h = http_watch_next(&w, OBSERVE_HTTP);
    assert_int_equal(h->request_length, 10000);
    http_watch_close(&w);
}

static void test_unfinished_body_is_told_at_the_end(void **state)
{
    (void)state;
    struct http_watch w;
    http_watch_open(&w);
    http_watch_give(&w, TO_SERVER, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf of it");
    assert_int_equal(watch_count(&w.t, OBSERVE_BODY), 0);
    http_watch_end(&w);
    const struct observation_body *o = watch_take(&w.t, OBSERVE_BODY);
    assert_non_null(o);
    assert_true(watch_text_is(o, o->bytes, "half of it"));
    http_watch_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_and_response),
        cmocka_unit_test(test_any_cut_tells_the_same),
        cmocka_unit_test(test_what_is_no_text_is_not_told),
        cmocka_unit_test(test_long_body_is_told_once_when_the_bound_is_reached),
        cmocka_unit_test(test_unfinished_body_is_told_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
