/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_recall.c - a query asked before is answered from memory, with the answer the library would give, and the library sees it after all
 * when something follows that matters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "classify_talk.h"
#include "flow/app_proto.h"
#include "flow/plain_dns.h"
#include "flow/recall.h"

/* ------------------------------------------------------------------ memory */

static struct recall *memory;
static const struct classification answer = {.app = 5, .state = CLASS_DETECTED};

static int open_memory(void **state)
{
    (void)state;
    struct error e = {""};
    memory = recall_new(&e);
    return memory ? 0 : -1;
}

static int close_memory(void **state)
{
    (void)state;
    recall_free(memory);
    return 0;
}

static struct slice text(const char *s)
{
    return (struct slice){(const uint8_t *)s, strlen(s)};
}

static void test_learned_answer_is_known_whatever_the_id(void **state)
{
    (void)state;
    const struct classification *class;
    uint32_t place = recall_take(memory, text("11query"), &class);
    assert_int_not_equal(place, 0);
    assert_null(class);
    recall_leave(memory, place, &answer);
    assert_int_equal(recall_take(memory, text("22query"), &class), place);
    assert_memory_equal(class, &answer, sizeof answer);
    assert_memory_equal(recall_query(memory, place).at, "\0\0query", 7);
    recall_leave(memory, place, NULL);
    recall_take(memory, text("11quest"), &class);
    assert_null(class);
}

static void test_what_was_not_learned_is_not_known(void **state)
{
    (void)state;
    const struct classification *class;
    uint32_t place = recall_take(memory, text("11query"), &class);
    assert_int_equal(recall_take(memory, text("11query"), &class), 0); /* somebody is learning it */
    recall_leave(memory, place, NULL);
    assert_int_equal(recall_take(memory, text("11query"), &class), place);
    assert_null(class);
}

static void test_place_in_use_is_not_given_away(void **state)
{
    (void)state;
    const struct classification *class;
    uint32_t place = recall_take(memory, text("11query"), &class);
    recall_leave(memory, place, &answer);
    assert_int_equal(recall_take(memory, text("11query"), &class), place);
    unsigned refused = 0;
    for (unsigned i = 0; i < 50000; i++) { /* some fall on that place */
        char other[16];
        uint32_t taken = recall_take(memory, text((snprintf(other, sizeof other, "11q%u", i), other)), &class);
        assert_int_not_equal(taken, place);
        refused += taken == 0;
        if (taken)
            recall_leave(memory, taken, NULL);
    }
    assert_true(refused > 0);
    assert_memory_equal(recall_query(memory, place).at, "\0\0query", 7);
}

static void test_queries_of_every_length_are_taken_or_refused(void **state)
{
    (void)state;
    const struct classification *class;
    for (size_t size = 0; size < 200; size++) {
        uint8_t *exact = calloc(1, size ? size : 1);
        uint32_t place = recall_take(memory, (struct slice){exact, size}, &class);
        assert_int_equal(place != 0, size > 2 && size <= 98);
        if (place)
            recall_leave(memory, place, NULL);
        free(exact);
    }
}

/* -------------------------------------------------------------- classifier */

static struct classifier *remembering, *forgetful;

static int open_classifiers(void **state)
{
    (void)state;
    struct error e = {""};
    remembering = classifier_new(&(struct classify_options){.packets_max = 32, .early_stop = true}, &e);
    forgetful = classifier_new(&(struct classify_options){.packets_max = 32}, &e);
    return remembering && forgetful ? 0 : -1;
}

static int close_classifiers(void **state)
{
    (void)state;
    classifier_free(remembering);
    classifier_free(forgetful);
    return 0;
}

static uint64_t later_ns; /* no query comes late */

static struct talk *ask(struct classifier *c)
{
    struct talk *t = talk_new(c, IP_UDP, 50000, 53);
    t->pause_ns = later_ns += NS_PER_S;
    assert_false(say(t, true, dns_query, sizeof dns_query));
    assert_int_equal(t->flow.class.state, CLASS_DETECTED);
    assert_int_equal(t->flow.app_proto, APP_DNS);
    t->flow.tx_count = 1;
    return t;
}

static void learn_the_query(void)
{
    struct talk *t = ask(remembering);
    assert_non_null(t->flow.ndpi);
    assert_true(say(t, false, dns_answer, sizeof dns_answer));
    talk_free(t);
}

static void test_second_flow_is_not_shown(void **state)
{
    (void)state;
    learn_the_query();
    struct talk *t = ask(remembering), *shown = ask(forgetful);
    assert_null(t->flow.ndpi);
    assert_memory_equal(&t->flow.class, &shown->flow.class, sizeof t->flow.class);
    assert_true(say(t, false, dns_answer, sizeof dns_answer));
    assert_null(t->flow.ndpi);
    assert_int_equal(t->settled, 1);
    assert_false(classify_end(remembering, &t->flow));
    talk_free(t);
    talk_free(shown);
}

static void test_second_flow_may_end_without_answer(void **state)
{
    (void)state;
    learn_the_query();
    struct classify_counters before, after;
    classify_count(remembering, &before);
    struct talk *t = ask(remembering);
    assert_null(t->flow.ndpi);
    assert_false(classify_end(remembering, &t->flow));
    classify_count(remembering, &after);
    assert_int_equal(after.detected, before.detected + 1);
    assert_int_equal(after.packets, before.packets + 1); /* as if it had been shown */
    talk_free(t);
}

static void test_library_catches_up_when_more_must_be_shown(void **state)
{
    (void)state;
    uint8_t tunnel[sizeof dns_answer];
    memcpy(tunnel, dns_answer, sizeof dns_answer);
    tunnel[32] = 10; /* a NULL record */
    learn_the_query();
    struct talk *t = ask(remembering), *shown = ask(forgetful);
    assert_null(t->flow.ndpi);
    say(t, false, tunnel, sizeof tunnel);
    say(shown, false, tunnel, sizeof tunnel);
    assert_int_equal(t->flow.ndpi_packets, 2);
    assert_true(shown->flow.class.risks != 0);
    assert_memory_equal(&t->flow.class, &shown->flow.class, sizeof t->flow.class);
    talk_free(t);
    talk_free(shown);
}

static void test_other_packets_are_not_recalled(void **state)
{
    (void)state;
    learn_the_query();
    struct talk *t = talk_new(remembering, IP_UDP, 500, 53);
    say(t, true, dns_query, sizeof dns_query);
    assert_non_null(t->flow.ndpi); /* from a port that may have a meaning */
    talk_free(t);
    t = talk_new(remembering, IP_UDP, 50000, 5353);
    say(t, true, dns_query, sizeof dns_query);
    assert_int_equal(t->flow.recalled, 0);
    talk_free(t);
}

static void test_only_queries_are_plain_queries(void **state)
{
    (void)state;
    uint8_t changed[sizeof dns_query];
    assert_true(plain_dns_query((struct slice){dns_query, sizeof dns_query}));
    assert_false(plain_dns_query((struct slice){dns_answer, sizeof dns_answer}));
    for (size_t at = 5; at <= 9; at += 2) { /* more questions; answers; authorities */
        memcpy(changed, dns_query, sizeof dns_query);
        changed[at] += 1;
        assert_false(plain_dns_query((struct slice){changed, sizeof changed}));
    }
    for (size_t size = 0; size < 10; size++)
        assert_false(plain_dns_query((struct slice){memcpy(changed, dns_query, size), size}));
}

int main(void)
{
    const struct CMUnitTest of_memory[] = {
        cmocka_unit_test_setup_teardown(test_learned_answer_is_known_whatever_the_id, open_memory, close_memory),
        cmocka_unit_test_setup_teardown(test_what_was_not_learned_is_not_known, open_memory, close_memory),
        cmocka_unit_test_setup_teardown(test_place_in_use_is_not_given_away, open_memory, close_memory),
        cmocka_unit_test_setup_teardown(test_queries_of_every_length_are_taken_or_refused, open_memory, close_memory),
    };
    const struct CMUnitTest of_classifier[] = {
        cmocka_unit_test_setup_teardown(test_second_flow_is_not_shown, open_classifiers, close_classifiers),
        cmocka_unit_test_setup_teardown(test_second_flow_may_end_without_answer, open_classifiers, close_classifiers),
        cmocka_unit_test_setup_teardown(test_library_catches_up_when_more_must_be_shown, open_classifiers, close_classifiers),
        cmocka_unit_test_setup_teardown(test_other_packets_are_not_recalled, open_classifiers, close_classifiers),
        cmocka_unit_test(test_only_queries_are_plain_queries),
    };
    int failed = cmocka_run_group_tests(of_memory, NULL, NULL);
    return failed + cmocka_run_group_tests(of_classifier, NULL, NULL);
}
