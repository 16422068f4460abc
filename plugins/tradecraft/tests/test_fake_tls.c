/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_fake_tls.c - D30: flaws in the records, a cipher that was not offered, a borrowed certificate; and what is none of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shipped.h"

#define OFFERED "771,4866-4867-49200,0-11"

static struct sensor_host host;
static const char *organization;

static bool geo(struct sensor_context *c, const struct address *a, struct sensor_geo *out)
{
    (void)c;
    (void)a;
    *out = (struct sensor_geo){.asn = 64500};
    snprintf(out->organization, sizeof out->organization, "%s", organization);
    return *organization != '\0';
}

static int set_up(void **unused)
{
    (void)unused;
    organization = "Hosting Example";
    host = fake_host;
    host.geo = geo;
    return open_shipped(&host);
}

static size_t raised(const union fake_observation *o)
{
    fake.raised_count = 0;
    sensor_plugin_tradecraft.detector.observe(state, &o->head, NULL);
    return fake.raised_count;
}

static size_t flawed(enum tls_flaw flaw, uint8_t marks, bool inbound)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS_FLAW);
    o.head.marks |= marks;
    o.head.client_internal = !inbound;
    o.head.server_internal = inbound;
    o.tls_flaw.flaw = (uint8_t)flaw;
    o.tls_flaw.client_first = fake_text(&o, "\x17\3\3");
    return raised(&o);
}

/* As flawed(), with what follows the records: `bytes` of so many hundredths of a bit each. */
static size_t followed(uint16_t bytes, uint16_t entropy)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS_FLAW);
    o.tls_flaw.flaw = TLS_FLAW_RECORDS;
    o.tls_flaw.entropy_bytes = bytes;
    o.tls_flaw.entropy = entropy;
    return raised(&o);
}

static size_t handshake(const char *ja3s, const char *name)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS);
    o.tls.client_seen = o.tls.server_seen = 1;
    o.tls.certificate_seen = *name != '\0';
    o.tls.ja3 = fake_text(&o, OFFERED);
    o.tls.ja3s = fake_text(&o, ja3s);
    o.tls.san = fake_text(&o, name);
    return raised(&o);
}

static void expect(size_t count, uint32_t sid, uint8_t severity, const char *fact)
{
    assert_int_equal(count, 1);
    assert_int_equal(fake.raised[0].sid, sid);
    assert_int_equal(fake.raised[0].severity, severity);
    if (strstr(fake.raised[0].facts, fact) == NULL)
        fail_msg("no %s in %s", fact, fake.raised[0].facts);
}

static void test_each_flaw_raises(void **unused)
{
    (void)unused;
    for (int flaw = TLS_FLAW_DATA_FIRST; flaw <= TLS_FLAW_RECORDS; flaw++)
        expect(flawed((enum tls_flaw)flaw, 0, false), 1793000, 0, "client_first_bytes=170303\n");
    assert_int_equal(flawed(TLS_FLAW_DATA_FIRST, MARK_MIDSTREAM, false), 0);
    assert_int_equal(flawed(TLS_FLAW_DATA_FIRST, 0, true), 0);
    assert_int_equal(flawed((enum tls_flaw)99, 0, false), 0);
}

static void test_random_bytes_without_records_weigh_more(void **unused)
{
    (void)unused;
    expect(followed(1024, 780), 1793000, 0, "entropy=7.80\n");
    assert_int_equal(fake.raised[0].confidence_pct, 75);
    expect(followed(256, 705), 1793000, 0, "entropy_bytes=256\n");
    assert_int_equal(fake.raised[0].confidence_pct, 75);
    expect(followed(1024, 705), 1793000, 0, "entropy=7.05\n");
    assert_int_equal(fake.raised[0].confidence_pct, 60);
    followed(0, 0);
    assert_null(strstr(fake.raised[0].facts, "entropy"));
}

static void test_a_cipher_that_was_not_offered(void **unused)
{
    (void)unused;
    expect(handshake("771,49199,43", ""), 1793001, 0, "matched_value=49199\n");
    assert_int_equal(handshake("771,49200,43", ""), 0);
    assert_int_equal(handshake("771,4866,43", ""), 0);
    expect(handshake("771,486,43", ""), 1793001, 0, "matched_value=486\n"); /* part of one that was */
    assert_int_equal(handshake("", ""), 0);
}

static void test_a_borrowed_certificate_makes_it_worse(void **unused)
{
    (void)unused;
    assert_int_equal(handshake("771,4866,43", "*.naver.com"), 0); /* alone it says nothing */
    expect(flawed(TLS_FLAW_RECORDS, 0, false), 1793000, 1, "certificate_of=Naver\n");
    expect(handshake("771,4866,43", "naver.com"), 1793001, 1, "organization=Hosting Example\n");
}

static void test_its_owner_may_show_it(void **unused)
{
    (void)unused;
    organization = "NAVER Cloud Corp.";
    assert_int_equal(handshake("771,4866,43", "naver.com"), 0);
    expect(flawed(TLS_FLAW_RECORDS, 0, false), 1793000, 0, "matched_value=no_records\n");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_each_flaw_raises),
        CASE(test_random_bytes_without_records_weigh_more),
        CASE(test_a_cipher_that_was_not_offered),
        CASE(test_a_borrowed_certificate_makes_it_worse),
        CASE(test_its_owner_may_show_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
