/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_summary.c - what is told at the end of a run: nothing of a capture gets lost or lands with another one, and no file name drives
 * the terminal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"
#include "run/summary.h"

/* The summary as text, until the next call. */
static const char *printed(const struct summary *s, const struct summary_closing *closing)
{
    static char text[65536];
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    summary_print(s, closing, out);
    fclose(out);
    return text;
}

static void raise_alert(struct summary *s, const char *signature)
{
    static const struct sensor_rule rule = {.sid = 1799900, .severity = 1};
    struct observation o = {.size = sizeof o, .client_port = 40000, .server_port = 443};
    addr_parse("10.0.0.1", &o.client);
    addr_parse("192.0.2.1", &o.server);
    struct sighting sighting = {.rule = &rule, .signature = signature};
    summary_alert(s, &(struct event){.type = EVENT_ALERT, .observation = &o, .sighting = &sighting});
}

/* A capture of one decoded frame with an alert or none. */
static void add_capture(struct summary *s, const char *name, const char *signature, const char *problem)
{
    struct stats stats = {.total.capture.received = 1, .total.decode.outcomes[DECODED] = 1};
    summary_begin(s, name);
    if (signature) {
        raise_alert(s, signature);
        stats.analysis.alerts = stats.analysis.alerts_by_severity[1] = 1;
    }
    summary_end(s, &stats, problem);
}

static void test_alert_stands_below_its_capture(void **state)
{
    (void)state;
    struct summary *s = summary_new();
    add_capture(s, "first.pcap", "first alert", NULL);
    add_capture(s, "quiet.pcap", NULL, NULL);
    add_capture(s, "second.pcap", "second alert", NULL);
    const char *text = printed(s, &(struct summary_closing){.notes = ""});
    const char *first = strstr(text, "first.pcap"), *second = strstr(text, "second.pcap");
    assert_true(first && second && first < second);
    assert_true(strstr(text, "first alert") < second && strstr(text, "second alert") > second);
    assert_null(strstr(text, "quiet.pcap"));
    assert_non_null(strstr(text, "3 frames"));
    assert_non_null(strstr(text, "in 3 captures"));
    summary_free(s);
}

static void test_captures_beyond_the_list_still_count(void **state)
{
    (void)state;
    struct summary *s = summary_new();
    add_capture(s, "first.pcap", "first alert", NULL);
    for (unsigned i = 1; i < 5000; i++)
        add_capture(s, "quiet.pcap", NULL, NULL);
    add_capture(s, "last.pcap", "last alert", "last.pcap: damaged");
    const char *text = printed(s, &(struct summary_closing){.notes = ""});
    assert_non_null(strstr(text, "first alert"));
    assert_null(strstr(text, "last alert"));
    assert_non_null(strstr(text, "1 more alerts are in the events"));
    assert_non_null(strstr(text, "5,001 frames"));
    assert_non_null(strstr(text, "in 5001 captures"));
    assert_non_null(strstr(text, "2: 2 high"));
    summary_free(s);
}

static void test_each_output_names_its_own_file(void **state)
{
    (void)state;
    struct summary *s = summary_new();
    const struct output_counters counters[] = {{.name = "eve-log", .written = 29}, {.name = "eve-log-2", .written = 14}};
    const char *const paths[] = {"all.json", "alerts.json"};
    const char *text =
        printed(s, &(struct summary_closing){.output = counters, .output_path = paths, .output_count = 2, .notes = ""});
    assert_non_null(strstr(text, "29 written to all.json\n"));
    assert_non_null(strstr(text, "14 written to alerts.json\n"));
    summary_free(s);
}

static void test_names_cannot_drive_the_terminal(void **state)
{
    (void)state;
    struct summary *s = summary_new();
    add_capture(s, "\033[2Jx.pcap", "alert", "\033[2Jx.pcap: damaged");
    const char *text = printed(s, &(struct summary_closing){.notes = ""});
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "\\x1b[2Jx.pcap: damaged"));
    summary_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alert_stands_below_its_capture),
        cmocka_unit_test(test_captures_beyond_the_list_still_count),
        cmocka_unit_test(test_each_output_names_its_own_file),
        cmocka_unit_test(test_names_cannot_drive_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
