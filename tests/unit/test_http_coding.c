/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_http_coding.c - compressed bodies are told unpacked, within the bound (4 KiB in http_watch.h), whatever was cut, bombed or broken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <zlib.h>

#include <cmocka.h>

#include "dissect/http_coding.h"
#include "http_watch.h"

enum { GZIP = MAX_WBITS + 16, ZLIB = MAX_WBITS, BARE = -MAX_WBITS, ROOM = 4096, PACKED_MAX = 65536 };

static uint8_t packed[PACKED_MAX];

/* Packs text in one of zlib's three formats; its size. */
static size_t pack(int format, const void *text, size_t size)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)size, .next_out = packed, .avail_out = sizeof packed};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return sizeof packed - z.avail_out;
}

static void ask(struct http_watch *w)
{
    http_watch_open(w);
    http_watch_give(w, TO_SERVER, "GET /page HTTP/1.1\r\nHost: a\r\n\r\n");
}

/* The packed bytes as a response's body, in pieces of `step`. */
static void answer(struct http_watch *w, const char *coding, size_t size, size_t step)
{
    char head[128];
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %zu\r\n\r\n", coding, size);
    http_watch_give(w, TO_CLIENT, head);
    for (size_t at = 0; at < size; at += step) {
        uint8_t *exact = watch_exact(packed + at, step < size - at ? step : size - at);
        http_watch_bytes(w, TO_CLIENT, exact, step < size - at ? step : size - at);
        free(exact);
    }
    http_watch_end(w);
}

static const char text[] = "{\"jsonrpc\":\"2.0\",\"result\":\"0x098b716b8aaf21512996dc57eb0615e2383e2f96\"}";

static void expect_told(const char *coding, int format, size_t step)
{
    struct http_watch w;
    ask(&w);
    answer(&w, coding, pack(format, text, sizeof text - 1), step);
    const struct observation_body *o = watch_take(&w.t, OBSERVE_BODY);
    assert_non_null(o);
    assert_int_equal(o->source, BODY_HTTP_RESPONSE);
    assert_true(watch_text_is(o, o->bytes, text));
    assert_true(watch_text_is(o, o->url, "/page"));
    assert_int_equal(watch_count(&w.t, OBSERVE_BODY), 1);
    http_watch_close(&w);
}

static size_t told_with(const char *coding, size_t size)
{
    struct http_watch w;
    ask(&w);
    answer(&w, coding, size, size);
    const struct observation_body *o = watch_take(&w.t, OBSERVE_BODY);
    size_t told = o ? o->bytes.size : 0;
    http_watch_close(&w);
    return told;
}

static void test_each_coding_in_any_cut(void **state)
{
    (void)state;
    for (size_t step = 1; step < sizeof text; step++) {
        expect_told("gzip", GZIP, step);
        expect_told("deflate", ZLIB, step);
    }
    expect_told("X-GZIP", GZIP, 1000);
    expect_told("deflate", BARE, 1000); /* as some servers send it */
    expect_told("gzip", ZLIB, 1000);    /* what it is counts, not what it is called */
}

static void test_codings_that_are_not_known(void **state)
{
    (void)state;
    assert_int_equal(told_with("br", pack(GZIP, text, sizeof text - 1)), 0);
    assert_int_equal(told_with("gzip, gzip", pack(GZIP, text, sizeof text - 1)), 0);
    assert_int_equal(told_with("identity", pack(GZIP, text, sizeof text - 1)), 0);
}

static void test_a_bomb_gives_no_more_than_the_bound(void **state)
{
    (void)state;
    static char many[PACKED_MAX * 64];
    memset(many, 'a', sizeof many);
    size_t size = pack(GZIP, many, sizeof many);
    assert_true(size < sizeof many / 500);
    assert_int_equal(told_with("gzip", size), 4096);
}

static void test_packed_bytes_that_unpack_to_no_text(void **state)
{
    (void)state;
    assert_int_equal(told_with("gzip", pack(GZIP, "\0\1\2\3\0\1\2\3", 8)), 0);
    memcpy(packed, "plain text, whatever the head says of it", 40);
    assert_int_equal(told_with("gzip", 40), 0);
}

static void test_cut_at_every_length(void **state)
{
    (void)state;
    uint8_t out[ROOM];
    size_t size = pack(GZIP, text, sizeof text - 1), last = 0;
    for (size_t cut = 0; cut <= size; cut++) {
        uint8_t *exact = watch_exact(packed, cut);
        size_t got = http_coding_undo((struct slice){exact, cut}, out, sizeof out);
        free(exact);
        assert_true(got >= last && got < sizeof text);
        assert_memory_equal(out, text, got);
        last = got;
    }
    assert_int_equal(last, sizeof text - 1);
    assert_int_equal(http_coding_undo((struct slice){packed, size}, out, 7), 7);
    assert_int_equal(http_coding_undo((struct slice){packed, size}, out, 0), 0);
}

static void test_nothing_is_told_behind_a_hole(void **state)
{
    (void)state;
    struct http_watch w;
    size_t size = pack(GZIP, text, sizeof text - 1);
    char head[128];
    ask(&w);
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", size);
    http_watch_give(&w, TO_CLIENT, head);
    http_watch_bytes(&w, TO_CLIENT, packed, 40);
    http_gap(w.h, TO_CLIENT, 4);
    http_watch_bytes(&w, TO_CLIENT, packed + 44, size - 44);
    http_watch_end(&w);
    const struct observation_body *o = watch_take(&w.t, OBSERVE_BODY);
    assert_non_null(o);
    assert_true(o->bytes.size < sizeof text - 1);
    assert_memory_equal((const char *)o + o->bytes.at, text, o->bytes.size);
    http_watch_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_coding_in_any_cut),
        cmocka_unit_test(test_codings_that_are_not_known),
        cmocka_unit_test(test_a_bomb_gives_no_more_than_the_bound),
        cmocka_unit_test(test_packed_bytes_that_unpack_to_no_text),
        cmocka_unit_test(test_cut_at_every_length),
        cmocka_unit_test(test_nothing_is_told_behind_a_hole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
