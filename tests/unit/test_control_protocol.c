/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the control socket: where they end, what they say, and what is no request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run/control_protocol.h"

static enum control_frame frame(const char *text, size_t *begin, size_t *end)
{
    return control_frame(text, strlen(text), begin, end);
}

static void test_a_message_ends_where_its_object_ends(void **state)
{
    (void)state;
    size_t begin, end;
    assert_int_equal(frame(" \n{\"version\": \"0.2\"}", &begin, &end), FRAME_WHOLE);
    assert_int_equal(begin, 2);
    assert_int_equal(end, 20);
    assert_int_equal(frame("{\"a\":{\"b\":[1,2]}}{\"c\":1}", &begin, &end), FRAME_WHOLE);
    assert_int_equal(end, 17);
}

static void test_braces_and_quotes_within_texts_do_not_count(void **state)
{
    (void)state;
    size_t begin, end;
    const char *text = "{\"command\": \"}\\\"}{\\\\\"}\n";
    assert_int_equal(frame(text, &begin, &end), FRAME_WHOLE);
    assert_int_equal(end, strlen(text) - 1);
    assert_int_equal(frame("{\"command\": \"}", &begin, &end), FRAME_PARTIAL);
    assert_int_equal(frame("{\"command\": \"\\", &begin, &end), FRAME_PARTIAL);
}

static void test_what_is_no_object_is_bad_at_once(void **state)
{
    (void)state;
    size_t begin, end;
    assert_int_equal(frame("version\n", &begin, &end), FRAME_BAD);
    assert_int_equal(frame("[1]", &begin, &end), FRAME_BAD);
    assert_int_equal(frame("  \n", &begin, &end), FRAME_PARTIAL);
}

static void test_depth_and_size_are_bounded(void **state)
{
    (void)state;
    size_t begin, end;
    char deep[CONTROL_DEPTH_MAX + 2] = "";
    memset(deep, '{', CONTROL_DEPTH_MAX);
    assert_int_equal(frame(deep, &begin, &end), FRAME_PARTIAL);
    deep[CONTROL_DEPTH_MAX] = '[';
    assert_int_equal(frame(deep, &begin, &end), FRAME_BAD);
    char *large = malloc(CONTROL_MESSAGE_MAX + 1);
    assert_non_null(large);
    memset(large, 'x', CONTROL_MESSAGE_MAX + 1);
    memcpy(large, "{\"", 2);
    assert_int_equal(control_frame(large, CONTROL_MESSAGE_MAX, &begin, &end), FRAME_PARTIAL);
    assert_int_equal(control_frame(large, CONTROL_MESSAGE_MAX + 1, &begin, &end), FRAME_BAD);
    free(large);
}

static bool parse(const char *text, struct control_request *out, struct error *error)
{
    return control_parse(text, strlen(text), out, error);
}

static void test_a_command_has_arguments(void **state)
{
    (void)state;
    struct control_request r;
    assert_true(parse("{\"command\": \"pcap-file\", \"arguments\": {\"filename\": \"/a b\", \"continuous\": true, \"tenant\": 3}}", &r, NULL));
    assert_string_equal(r.command, "pcap-file");
    assert_string_equal(control_text(&r, "filename"), "/a b");
    assert_null(control_text(&r, "tenant"));
    assert_null(control_text(&r, "output-dir"));
    assert_true(control_bool(&r, "continuous"));
    assert_true(control_bool(&r, "tenant"));
    assert_false(control_bool(&r, "delete-when-done"));
    control_request_free(&r);
}

static void test_booleans_may_be_words(void **state)
{
    (void)state;
    struct control_request r;
    assert_true(parse("{\"command\": \"x\", \"arguments\": {\"a\": \"True\", \"b\": \"no\", \"c\": 1, \"d\": null}}", &r, NULL));
    assert_true(control_bool(&r, "a"));
    assert_false(control_bool(&r, "b"));
    assert_true(control_bool(&r, "c"));
    assert_false(control_bool(&r, "d"));
    control_request_free(&r);
}

static void test_bad_json_says_why(void **state)
{
    (void)state;
    static const char *const bad[] = {"{\"command\": }", "{\"command\": \"a\", \"command\": \"b\"}", "{\"command\": \"\xff\"}", "{\"x\": 1}",
                                      "{\"command\": 1}", "{\"command\": \"a\", \"arguments\": [1]}", "{\"command\": \"a\"} x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct control_request r;
        struct error error = {{0}};
        assert_false(parse(bad[i], &r, &error));
        assert_true(*error.text != '\0');
        assert_null(r.root);
    }
}

static void test_cut_anywhere_a_message_is_partial(void **state)
{
    (void)state;
    const char *text = "{\"command\": \"conf-get\", \"arguments\": {\"variable\": \"a\\\"{}[]\\\\\"}}";
    for (size_t i = 0; i < strlen(text); i++) {
        size_t begin, end;
        char *cut = malloc(i + 1); /* so that the sanitizer sees a byte too many */
        memcpy(cut, text, i);
        assert_int_equal(control_frame(cut, i, &begin, &end), FRAME_PARTIAL);
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_message_ends_where_its_object_ends),
        cmocka_unit_test(test_braces_and_quotes_within_texts_do_not_count),
        cmocka_unit_test(test_what_is_no_object_is_bad_at_once),
        cmocka_unit_test(test_depth_and_size_are_bounded),
        cmocka_unit_test(test_a_command_has_arguments),
        cmocka_unit_test(test_booleans_may_be_words),
        cmocka_unit_test(test_bad_json_says_why),
        cmocka_unit_test(test_cut_anywhere_a_message_is_partial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
