/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dns.c - DNS messages: every section and type, hostile names, cut messages, and what is not DNS.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect/dns.h"
#include "watch.h"

/* A response to "www.Example.com A": CNAME (compressed), A, AAAA; SOA in authority; OPT (BADVERS = 16) in additional. */
static const char response_hex[] =
    "abcd 8580 0001 0003 0001 0001"
    "03777777 074578616d706c65 03636f6d 00 0001 0001" /* at 12 */
    "c00c 0005 0001 0000003c 0006 03 63646e c010"     /* cdn.Example.com */
    "c02d 0001 0001 0000003c 0004 c0000201"
    "c02d 001c 0001 0000003c 0010 20010db8000000000000000000000001"
    "c010 0006 0001 00000e10 0026 026e73 c010 0a686f73746d6173746572 c010 00000001 00000002 00000003 00000004 00000005"
    "00 0029 04d0 01000000 0000";

static uint8_t buffer[70000];

static struct slice hex(const char *digits)
{
    return (struct slice){buffer, watch_hex(digits, buffer, sizeof buffer)};
}

static const struct dns_record *record(const struct observation_dns *o, struct array_ref section, uint32_t i)
{
    const struct dns_record *r = observation_item(&o->head, section, i, sizeof *r);
    assert_non_null(r);
    return r;
}

static bool data_is(const struct observation_dns *o, struct text_ref ref, const void *bytes, size_t size)
{
    struct slice s = observation_text(&o->head, ref);
    return s.size == size && memcmp(s.at, bytes, size) == 0;
}

/* Parses one message that must be good; the observation lives until the watch is closed. */
static const struct observation_dns *parse(struct watch *t, struct slice message)
{
    watch_open(t, IP_UDP);
    assert_true(dns_message(&t->place, message, 7));
    const struct observation_dns *o = watch_take(t, OBSERVE_DNS);
    assert_non_null(o);
    return o;
}

static void test_every_section_is_read(void **state)
{
    (void)state;
    struct watch t;
    struct slice message = hex(response_hex);
    assert_int_equal(dns_probe(message), PROBE_YES);
    assert_true(dns_is_response(message));
    const struct observation_dns *o = parse(&t, message);
    assert_int_equal(o->id, 0xabcd);
    assert_int_equal(o->flags, 0x8580);
    assert_int_equal(o->is_response, 1);
    assert_int_equal(o->opcode, 0);
    assert_int_equal(o->tx_id, 7);
    assert_int_equal(o->rcode, 16);
    assert_int_equal(o->lost_records, 0);
    assert_int_equal(o->questions.count, 1);
    assert_int_equal(o->answers.count, 3);
    assert_int_equal(o->authorities.count, 1);
    assert_int_equal(o->additionals.count, 0);
    const struct dns_record *q = record(o, o->questions, 0);
    assert_true(watch_text_is(o, q->name, "www.Example.com"));
    assert_int_equal(q->type, 1);
    const struct dns_record *cname = record(o, o->answers, 0);
    assert_true(watch_text_is(o, cname->name, "www.Example.com"));
    assert_true(watch_text_is(o, cname->data, "cdn.Example.com"));
    assert_int_equal(cname->ttl, 60);
    assert_true(data_is(o, record(o, o->answers, 1)->data, "\xc0\x00\x02\x01", 4));
    assert_int_equal(observation_text(&o->head, record(o, o->answers, 2)->data).size, 16);
    watch_close(&t);
}

static void test_soa_keeps_names_and_numbers(void **state)
{
    (void)state;
    struct watch t;
    const struct observation_dns *o = parse(&t, hex(response_hex));
    const struct dns_record *soa = record(o, o->authorities, 0);
    assert_true(watch_text_is(o, soa->data, "ns.Example.com"));
    assert_true(watch_text_is(o, soa->extra, "hostmaster.Example.com"));
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(soa->number[i], i + 1);
    watch_close(&t);
}

/* One answer of a type; its RDATA in hexadecimal. The question is "a" ANY, so the answer's owner is a pointer to 12. */
static const struct observation_dns *answer(struct watch *t, unsigned type, const char *rdata)
{
    char text[4096];
    uint8_t scratch[2048];
    size_t size = watch_hex(rdata, scratch, sizeof scratch);
    snprintf(text, sizeof text, "0001 8000 0001 0001 0000 0000 01 61 00 00ff 0001 c00c %04x 0001 00000001 %04x %s", type,
             (unsigned)size, rdata);
    return parse(t, hex(text));
}

static void test_mx_and_srv_have_their_numbers(void **state)
{
    (void)state;
    struct watch t;
    const struct observation_dns *o = answer(&t, 15, "000a 026d78 c00c");
    assert_int_equal(record(o, o->answers, 0)->number[0], 10);
    assert_true(watch_text_is(o, record(o, o->answers, 0)->data, "mx.a"));
    watch_close(&t);
    o = answer(&t, 33, "0001 0002 1538 03737276 00");
    const struct dns_record *srv = record(o, o->answers, 0);
    assert_int_equal(srv->number[0], 1);
    assert_int_equal(srv->number[1], 2);
    assert_int_equal(srv->number[2], 5432);
    assert_true(watch_text_is(o, srv->data, "srv"));
    watch_close(&t);
}

static void test_name_types_are_names(void **state)
{
    (void)state;
    static const unsigned types[] = {2, 5, 12, 39};
    for (size_t i = 0; i < 4; i++) {
        struct watch t;
        const struct observation_dns *o = answer(&t, types[i], "0178 c00c");
        assert_int_equal(record(o, o->answers, 0)->type, types[i]);
        assert_true(watch_text_is(o, record(o, o->answers, 0)->data, "x.a"));
        watch_close(&t);
    }
}

static void test_txt_strings_are_joined(void **state)
{
    (void)state;
    struct watch t;
    const struct observation_dns *o = answer(&t, 16, "03 763d31 00 02 2078");
    assert_true(watch_text_is(o, record(o, o->answers, 0)->data, "v=1 x"));
    watch_close(&t);
    o = answer(&t, 16, "00");
    assert_true(watch_text_is(o, record(o, o->answers, 0)->data, ""));
    assert_int_equal(o->lost_records, 0);
    watch_close(&t);
}

static void test_unknown_types_keep_raw_data(void **state)
{
    (void)state;
    struct watch t;
    const struct observation_dns *o = answer(&t, 10, "00ff10");
    assert_true(data_is(o, record(o, o->answers, 0)->data, "\x00\xff\x10", 3));
    watch_close(&t);
}

static void test_https_parameters_are_in_presentation_form(void **state)
{
    (void)state;
    struct watch t;
    const struct observation_dns *o = answer(&t, 65,
                                             "0001 00"
                                             "0000 0004 0001 0004"
                                             "0001 0006 026832 026833"
                                             "0002 0000"
                                             "0003 0002 20fb"
                                             "0004 0008 c0000201 c0000202"
                                             "0005 0004 00010203"
                                             "0006 0010 20010db8000000000000000000000001"
                                             "ff00 0003 612262");
    const struct dns_record *r = record(o, o->answers, 0);
    assert_true(watch_text_is(o, r->data, ""));
    assert_int_equal(r->number[0], 1);
    assert_int_equal(r->number[1], 1);
    assert_true(watch_text_is(o, r->extra,
                              "mandatory=alpn,ipv4hint alpn=h2,h3 no-default-alpn port=8443 ipv4hint=192.0.2.1,192.0.2.2 "
                              "ech=AAECAw== ipv6hint=2001:db8::1 key65280=a\\034b"));
    watch_close(&t);
}

static void test_https_alias_has_target_and_no_ech(void **state)
{
    (void)state;
    struct watch t;
    const struct observation_dns *o = answer(&t, 64, "0000 0473766331 0178 00");
    const struct dns_record *r = record(o, o->answers, 0);
    assert_true(watch_text_is(o, r->data, "svc1.x"));
    assert_true(watch_text_is(o, r->extra, ""));
    assert_int_equal(r->number[1], 0);
    watch_close(&t);
}

static void test_broken_parameter_costs_only_itself(void **state)
{
    (void)state;
    struct watch t;
    const struct observation_dns *o = answer(&t, 65, "0001 00 0003 0002 01bb 0001 00ff 02");
    assert_true(watch_text_is(o, record(o, o->answers, 0)->extra, "port=443"));
    watch_close(&t);
    o = answer(&t, 65, "0001 00 0003 0001 01"); /* a port of one byte: kept as bytes */
    assert_true(watch_text_is(o, record(o, o->answers, 0)->extra, "port=\\001"));
    watch_close(&t);
}

static void test_odd_bytes_of_names_are_reversible(void **state)
{
    (void)state;
    struct watch t;
    const struct observation_dns *o = parse(&t, hex("0001 0100 0001 0000 0000 0000 07 00 2e 5c 20 ff 41 7f 00 0001 0001"));
    assert_true(watch_text_is(o, record(o, o->questions, 0)->name, "\\000\\.\\\\\\032\\255A\\127"));
    watch_close(&t);
}

static void test_root_is_an_empty_name(void **state)
{
    (void)state;
    struct watch t;
    const struct observation_dns *o = parse(&t, hex("0001 0100 0001 0000 0000 0000 00 0002 0001"));
    assert_true(watch_text_is(o, record(o, o->questions, 0)->name, ""));
    assert_int_equal(o->questions.count, 1);
    watch_close(&t);
}

static void test_longest_name_fits_when_every_byte_is_odd(void **state)
{
    (void)state;
    struct watch t;
    char text[2048] = "0001 0100 0001 0000 0000 0000 ";
    for (int label = 0; label < 4; label++) { /* 63 + 63 + 63 + 61 bytes: 255 with their lengths */
        strcat(text, label < 3 ? "3f" : "3d");
        for (int i = 0; i < (label < 3 ? 63 : 61); i++)
            strcat(text, "ff");
    }
    strcat(text, "00 0001 0001");
    const struct observation_dns *o = parse(&t, hex(text));
    assert_int_equal(observation_text(&o->head, record(o, o->questions, 0)->name).size, 250 * 4 + 3);
    watch_close(&t);
}

static void test_name_loops_are_refused(void **state)
{
    (void)state;
    static const char *const loops[] = {
        "0001 0100 0001 0000 0000 0000 c00c 0001 0001",       /* to itself */
        "0001 0100 0001 0000 0000 0000 01 61 c00c 0001 0001", /* through a label */
        "0001 0100 0001 0000 0000 0000 c00e c00c 0001 0001",  /* two pointers */
        "0001 0100 0001 0000 0000 0000 ffff 0001 0001",       /* outside */
        "0001 0100 0001 0000 0000 0000 41 61 00 0001 0001",   /* reserved label type */
    };
    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++) {
        struct watch t;
        struct slice message = hex(loops[i]);
        watch_open(&t, IP_UDP);
        assert_int_equal(dns_probe(message), PROBE_NO);
        assert_false(dns_message(&t.place, message, 0));
        assert_int_equal(t.count, 0);
        watch_close(&t);
    }
}

static void test_forward_pointers_are_followed(void **state)
{
    (void)state;
    struct watch t;
    const struct observation_dns *o = parse(&t, hex("0001 0100 0001 0000 0000 0000 0161 c014 0001 0001 0162 00"));
    assert_true(watch_text_is(o, record(o, o->questions, 0)->name, "a.b"));
    watch_close(&t);
}

static void test_broken_record_is_lost_and_the_next_is_kept(void **state)
{
    (void)state;
    struct watch t;
    const struct observation_dns *o = parse(&t, hex("0001 8000 0001 0002 0000 0000 0161 00 0001 0001"
                                                    "c00c 0001 0001 00000001 0003 010203" /* an A of 3 bytes */
                                                    "c00c 0001 0001 00000002 0004 01020304"));
    assert_int_equal(o->answers.count, 1);
    assert_int_equal(o->lost_records, 1);
    assert_int_equal(record(o, o->answers, 0)->ttl, 2);
    watch_close(&t);
}

static void test_claimed_records_that_are_not_there_are_counted(void **state)
{
    (void)state;
    struct watch t;
    const struct observation_dns *o = parse(&t, hex("0001 8000 0001 ffff ffff ffff 0161 00 0001 0001"));
    assert_int_equal(o->questions.count, 1);
    assert_int_equal(o->answers.count, 0);
    assert_int_equal(o->lost_records, 3 * 65535);
    watch_close(&t);
}

static void test_more_records_than_fit_are_counted(void **state)
{
    (void)state;
    struct watch t;
    size_t n = watch_hex("0001 8000 0001 1388 0000 0000 0161 00 0001 0001", buffer, sizeof buffer); /* 5000 answers */
    for (int i = 0; i < 5000; i++)
        n += watch_hex("00 000a 0001 00000001 0000", buffer + n, sizeof buffer - n);
    const struct observation_dns *o = parse(&t, (struct slice){buffer, n});
    assert_int_equal(o->answers.count + o->lost_records, 5000);
    assert_in_range(o->answers.count, 1000, 1024);
    watch_close(&t);
}

static void test_cut_at_every_length_reads_nothing_beyond(void **state)
{
    (void)state;
    uint8_t whole[512];
    size_t size = watch_hex(response_hex, whole, sizeof whole);
    uint32_t seen = 0;
    for (size_t n = 0; n <= size; n++) {
        struct watch t;
        uint8_t *cut = watch_exact(whole, n);
        watch_open(&t, IP_UDP);
        bool good = dns_message(&t.place, (struct slice){cut, n}, 0);
        assert_int_equal(good, n >= 33); /* header and first question */
        assert_int_equal(dns_probe((struct slice){cut, n}) == PROBE_YES, n >= 33);
        const struct observation_dns *o = watch_take(&t, OBSERVE_DNS);
        if (o) {
            uint32_t kept = o->questions.count + o->answers.count + o->authorities.count;
            assert_true(kept >= seen);
            seen = kept;
            assert_true(kept + o->lost_records >= 5);
        }
        watch_close(&t);
        free(cut);
    }
    assert_int_equal(seen, 5);
}

static void test_response_without_question_must_be_whole(void **state)
{
    (void)state;
    struct slice m = hex("0001 8400 0000 0001 0000 0000 0161 00 0010 0001 00000000 0002 0141");
    assert_int_equal(dns_probe(m), PROBE_YES);
    for (size_t n = 0; n < m.size; n++)
        assert_int_equal(dns_probe((struct slice){m.at, n}), PROBE_NO);
    m = hex("0001 8400 0000 0001 0000 0000 0161 00 0010 0001 00000000 0002 0141 00");
    assert_int_equal(dns_probe(m), PROBE_NO);
}

static void test_other_protocols_are_not_dns(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        "000100002112a442000102030405060708090a0b",         /* STUN */
        "1700 0000 0000 0000 0000 0000 0000 0000",          /* NTP */
        "16fefd0000000000000000007e0100007200000000000000", /* DTLS */
        "c00000000108c0ffee00c0ffee0000449e",               /* QUIC */
        "80 60 0001 0000 0000 00000000 0000 0000",          /* RTP */
        "00000000000000000000000000000000000000",           /* nothing */
        "0001 7800 0001 0000 0000 0000 0161 00 0001 0001",  /* opcode 15 */
        "0001 0100 0001 0000 0000 0000 0161 00 0000 0001",  /* type 0 */
        "0001 0100 0001 0000 0000 0000 0161 00 0001 1234",  /* class */
        "0001 0100 0100 0000 0000 0000 0161 00 0001 0001",  /* 256 questions */
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(dns_probe(hex(others[i])), PROBE_NO);
}

static void test_on_its_port_reserved_values_are_dns(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "0001 7800 0001 0000 0000 0000 0161 00 0001 0001", /* opcode 15 */
        "0001 0100 0001 0000 0000 0000 0161 00 1001 0001", /* type 4097 */
        "0001 0100 0001 0000 0000 0000 0161 00 0001 1234", /* class */
    };
    struct watch t;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct slice m = hex(odd[i]);
        assert_int_equal(dns_probe(m), PROBE_NO);
        assert_int_equal(dns_port_probe(m), PROBE_YES);
        parse(&t, m);
        watch_close(&t);
        for (size_t n = 0; n < m.size; n++) {
            uint8_t *cut = malloc(n + 1);
            memcpy(cut, m.at, n);
            assert_int_equal(dns_port_probe((struct slice){cut, n}), PROBE_NO);
            free(cut);
        }
    }
    assert_int_equal(dns_port_probe(hex("0001 0100 0001 0009 0000 0000 0161 00 0001 0001")), PROBE_NO); /* 9 answers in no bytes */
    assert_int_equal(dns_port_probe(hex("0001 8000 0000 0000 0000 0000 0161 00 0001 0001")), PROBE_NO); /* no question */
}

static void test_random_bytes_are_not_dns(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 1000000; i++) {
        for (int j = 0; j < 64; j += 8) {
            uint64_t r = watch_random(&seed);
            memcpy(buffer + j, &r, 8);
        }
        assert_int_equal(dns_probe((struct slice){buffer, 64}), PROBE_NO);
        assert_int_equal(dns_port_probe((struct slice){buffer, 64}), PROBE_NO);
        struct slice stream = {buffer, 64};
        buffer[0] = 0;
        assert_int_not_equal(dns_tcp_probe(stream), PROBE_YES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_section_is_read),
        cmocka_unit_test(test_soa_keeps_names_and_numbers),
        cmocka_unit_test(test_mx_and_srv_have_their_numbers),
        cmocka_unit_test(test_name_types_are_names),
        cmocka_unit_test(test_txt_strings_are_joined),
        cmocka_unit_test(test_unknown_types_keep_raw_data),
        cmocka_unit_test(test_https_parameters_are_in_presentation_form),
        cmocka_unit_test(test_https_alias_has_target_and_no_ech),
        cmocka_unit_test(test_broken_parameter_costs_only_itself),
        cmocka_unit_test(test_odd_bytes_of_names_are_reversible),
        cmocka_unit_test(test_root_is_an_empty_name),
        cmocka_unit_test(test_longest_name_fits_when_every_byte_is_odd),
        cmocka_unit_test(test_name_loops_are_refused),
        cmocka_unit_test(test_forward_pointers_are_followed),
        cmocka_unit_test(test_broken_record_is_lost_and_the_next_is_kept),
        cmocka_unit_test(test_claimed_records_that_are_not_there_are_counted),
        cmocka_unit_test(test_more_records_than_fit_are_counted),
        cmocka_unit_test(test_cut_at_every_length_reads_nothing_beyond),
        cmocka_unit_test(test_response_without_question_must_be_whole),
        cmocka_unit_test(test_other_protocols_are_not_dns),
        cmocka_unit_test(test_on_its_port_reserved_values_are_dns),
        cmocka_unit_test(test_on_its_port_reserved_values_are_dns),
        cmocka_unit_test(test_random_bytes_are_not_dns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
