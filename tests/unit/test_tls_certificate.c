/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tls_certificate.c - certificates made by libcrypto, read back by our own reader: an independent judge of every field.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "dissect/tls_certificate.h"
#include "watch.h"

static EVP_PKEY *key;
static X509 *cert;
static struct tls_certificate read_back;
static uint8_t *der;
static size_t der_size;

static int make_key(void **state)
{
    (void)state;
    key = EVP_EC_gen("P-256");
    return key ? 0 : -1;
}

static int drop_key(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    return 0;
}

static int make_certificate(void **state)
{
    (void)state;
    cert = X509_new();
    X509_set_version(cert, 2);
    X509_set_pubkey(cert, key);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), UINT64_C(0x0c00ffee12345678));
    ASN1_TIME_set_string(X509_getm_notBefore(cert), "240229120001Z");
    ASN1_TIME_set_string(X509_getm_notAfter(cert), "20991231235959Z");
    return cert ? 0 : -1;
}

static int drop_certificate(void **state)
{
    (void)state;
    X509_free(cert);
    free(der);
    der = NULL;
    return 0;
}

static void add(X509_NAME *name, const char *type, int kind, const char *value, int size, int set)
{
    assert_int_equal(X509_NAME_add_entry_by_txt(name, type, kind, (const unsigned char *)value, size, -1, set), 1);
}

static X509_NAME *subject(void)
{
    return X509_get_subject_name(cert);
}

static void add_extension(int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(e);
    X509_add_ext(cert, e, -1);
    X509_EXTENSION_free(e);
}

/* Signs, encodes into an exact heap block, reads. */
static void finish(void)
{
    uint8_t *out = NULL;
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    int size = i2d_X509(cert, &out);
    assert_true(size > 0);
    der_size = (size_t)size;
    der = watch_exact(out, der_size);
    OPENSSL_free(out);
    assert_true(tls_certificate_parse((struct slice){der, der_size}, &read_back));
}

static void assert_bytes(const char *got, size_t size, const char *expected, size_t expected_size)
{
    if (size != expected_size || memcmp(got, expected, size) != 0)
        fail_msg("got '%.*s', expected '%.*s'", (int)size, got, (int)expected_size, expected);
}

static void assert_subject(const char *expected)
{
    assert_bytes(read_back.subject, read_back.subject_size, expected, strlen(expected));
}

static void test_names_come_in_order_with_short_types(void **state)
{
    (void)state;
    add(subject(), "C", MBSTRING_ASC, "US", -1, 0);
    add(subject(), "ST", MBSTRING_ASC, "California", -1, 0);
    add(subject(), "L", MBSTRING_ASC, "Los Angeles", -1, 0);
    add(subject(), "O", MBSTRING_ASC, "Example Corp", -1, 0);
    add(subject(), "OU", MBSTRING_ASC, "Web", -1, 0);
    add(subject(), "CN", MBSTRING_ASC, "www.example.org", -1, 0);
    add(subject(), "emailAddress", MBSTRING_ASC, "a@example.org", -1, 0);
    add(subject(), "DC", MBSTRING_ASC, "example", -1, 0);
    add(subject(), "serialNumber", MBSTRING_ASC, "77", -1, 0);
    add(subject(), "jurisdictionC", MBSTRING_ASC, "KR", -1, 0);
    finish();
    assert_subject("C=US, ST=California, L=Los Angeles, O=Example Corp, OU=Web, CN=www.example.org, "
                   "emailAddress=a@example.org, DC=example, serialNumber=77, jurisdictionC=KR");
}

static void test_type_names_are_openssls(void **state)
{
    (void)state;
    static const char *const types[] = {"CN",
                                        "SN",
                                        "serialNumber",
                                        "C",
                                        "L",
                                        "ST",
                                        "street",
                                        "O",
                                        "OU",
                                        "title",
                                        "description",
                                        "businessCategory",
                                        "postalCode",
                                        "postOfficeBox",
                                        "telephoneNumber",
                                        "name",
                                        "GN",
                                        "initials",
                                        "generationQualifier",
                                        "dnQualifier",
                                        "pseudonym",
                                        "role",
                                        "organizationIdentifier",
                                        "UID",
                                        "DC",
                                        "unstructuredName",
                                        "jurisdictionL",
                                        "jurisdictionST",
                                        "jurisdictionC",
                                        "emailAddress"};
    char expected[1024] = "";
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        add(subject(), types[i], MBSTRING_ASC, "xy", -1, 0);
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s%s=xy", i ? ", " : "", types[i]);
    }
    finish();
    assert_subject(expected);
}

static void test_commas_and_backslashes_are_escaped(void **state)
{
    (void)state;
    add(subject(), "O", MBSTRING_ASC, "Example, Inc.", -1, 0);
    add(subject(), "CN", MBSTRING_ASC, "a\\b", -1, 0);
    finish();
    assert_subject("O=Example\\, Inc., CN=a\\\\b");
}

static void test_issuer_is_apart_from_subject(void **state)
{
    (void)state;
    add(subject(), "CN", MBSTRING_ASC, "leaf", -1, 0);
    add(X509_get_issuer_name(cert), "CN", MBSTRING_ASC, "authority", -1, 0);
    finish();
    assert_subject("CN=leaf");
    assert_bytes(read_back.issuer, read_back.issuer_size, "CN=authority", 12);
}

static void test_multi_valued_part_is_joined(void **state)
{
    (void)state;
    add(subject(), "CN", MBSTRING_ASC, "a", -1, 0);
    add(subject(), "UID", MBSTRING_ASC, "b", -1, -1);
    finish();
    assert_subject("CN=a + UID=b");
}

static void test_wide_and_latin_strings_become_utf8(void **state)
{
    (void)state;
    add(subject(), "O", V_ASN1_BMPSTRING, "\xd5\x5c\xad\x6d\0,", 6, 0);
    add(subject(), "OU", V_ASN1_T61STRING, "caf\xe9", 4, 0);
    add(subject(), "CN", V_ASN1_UNIVERSALSTRING, "\0\1\xf6\0", 4, 0);
    add(subject(), "L", V_ASN1_UTF8STRING, "\xc3\xa9", 2, 0);
    finish();
    assert_subject("O=\xed\x95\x9c\xea\xb5\xad\\,, OU=caf\xc3\xa9, CN=\xf0\x9f\x98\x80, L=\xc3\xa9");
}

static void test_unknown_type_is_its_dotted_oid(void **state)
{
    (void)state;
    add(subject(), "1.3.6.1.4.1.99999.1.2", MBSTRING_ASC, "v", -1, 0);
    add(subject(), "2.999.3", MBSTRING_ASC, "w", -1, 0);
    finish();
    assert_subject("1.3.6.1.4.1.99999.1.2=v, 2.999.3=w");
}

static void test_too_long_a_name_is_cut_on_a_whole_part(void **state)
{
    (void)state;
    char part[61];
    memset(part, 'x', 60);
    part[60] = 0;
    for (int i = 0; i < 70; i++)
        add(subject(), "OU", MBSTRING_ASC, part, -1, 0);
    finish();
    assert_int_equal(read_back.subject_size % 65, 63); /* "OU=" and 60, then 65 each with ", " */
    assert_true(read_back.subject_size <= CERTIFICATE_NAME_MAX && read_back.subject_size > CERTIFICATE_NAME_MAX - 65);
}

static void test_serial_is_its_raw_bytes(void **state)
{
    (void)state;
    finish();
    assert_int_equal(read_back.serial.size, 8);
    assert_memory_equal(read_back.serial.at, "\x0c\x00\xff\xee\x12\x34\x56\x78", 8);
}

static void test_validity_is_in_seconds(void **state)
{
    (void)state;
    finish();
    assert_int_equal(read_back.not_before, 1709208001);
    assert_int_equal(read_back.not_after, INT64_C(4102444799));
}

/* libcrypto's own calendar is the judge, over leap years and both time types. */
static void test_validity_agrees_with_libcrypto(void **state)
{
    (void)state;
    for (int64_t t = -600000000; t < INT64_C(5000000000); t += 86400 * 37 + 12345) {
        free(der);
        ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)t);
        ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)(t + 1));
        finish();
        assert_int_equal(read_back.not_before, t);
        assert_int_equal(read_back.not_after, t + 1);
    }
}

static void test_alternative_names_are_joined_by_nul(void **state)
{
    (void)state;
    static const char expected[] = "a.example\0*.b.example\0"
                                   "192.0.2.7\0"
                                   "2001:db8::1";
    add_extension(NID_basic_constraints, "critical,CA:FALSE");
    add_extension(NID_subject_alt_name,
                  "DNS:a.example,email:x@example.org,DNS:*.b.example,URI:http://u/,IP:192.0.2.7,IP:2001:db8::1");
    add_extension(NID_key_usage, "digitalSignature");
    finish();
    assert_bytes(read_back.san, read_back.san_size, expected, sizeof expected - 1);
}

static void test_nul_inside_an_alternative_name_splits_nothing(void **state)
{
    (void)state;
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, "good.example\0.evil.example", 26);
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
    sk_GENERAL_NAME_push(names, name);
    assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), 1);
    GENERAL_NAMES_free(names);
    finish();
    assert_bytes(read_back.san, read_back.san_size, "good.example\\x00.evil.example", 29);
}

static void test_many_alternative_names_stop_at_the_bound(void **state)
{
    (void)state;
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    for (int i = 0; i < 2000; i++) {
        char label[32];
        GENERAL_NAME *name = GENERAL_NAME_new();
        ASN1_IA5STRING *text = ASN1_IA5STRING_new();
        snprintf(label, sizeof label, "host-%05d.many.example", i);
        ASN1_STRING_set(text, label, -1);
        GENERAL_NAME_set0_value(name, GEN_DNS, text);
        sk_GENERAL_NAME_push(names, name);
    }
    assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), 1);
    GENERAL_NAMES_free(names);
    finish();
    assert_true(read_back.san_size <= CERTIFICATE_SAN_MAX);
    assert_int_equal((read_back.san_size + 1) % 24, 0); /* "host-00000.many.example" and a NUL */
}

static void test_every_cut_is_read_as_far_as_it_goes(void **state)
{
    (void)state;
    add(subject(), "CN", MBSTRING_ASC, "cut.example", -1, 0);
    add_extension(NID_subject_alt_name, "DNS:cut.example");
    finish();
    for (size_t size = 0; size < der_size; size++) {
        uint8_t *cut = watch_exact(der, size);
        assert_false(tls_certificate_parse((struct slice){cut, size}, &read_back)); /* the outer length no longer fits */
        free(cut);
    }
}

/* Any single byte changed: nothing but bounds matters here, the sanitizers watch. */
static void test_every_changed_byte_is_survived(void **state)
{
    (void)state;
    static const uint8_t values[] = {0x00, 0xff, 0x80, 0x84, 0x30};
    add(subject(), "CN", MBSTRING_ASC, "flip.example", -1, 0);
    add_extension(NID_subject_alt_name, "DNS:flip.example,IP:192.0.2.7");
    finish();
    for (size_t i = 0; i < der_size; i++) {
        uint8_t old = der[i];
        for (size_t v = 0; v < sizeof values; v++) {
            der[i] = values[v];
            tls_certificate_parse((struct slice){der, der_size}, &read_back);
            assert_true(read_back.subject_size <= CERTIFICATE_NAME_MAX && read_back.san_size <= CERTIFICATE_SAN_MAX);
        }
        der[i] = old;
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_certificate, drop_certificate)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_names_come_in_order_with_short_types),
        TEST(test_type_names_are_openssls),
        TEST(test_commas_and_backslashes_are_escaped),
        TEST(test_issuer_is_apart_from_subject),
        TEST(test_multi_valued_part_is_joined),
        TEST(test_wide_and_latin_strings_become_utf8),
        TEST(test_unknown_type_is_its_dotted_oid),
        TEST(test_too_long_a_name_is_cut_on_a_whole_part),
        TEST(test_serial_is_its_raw_bytes),
        TEST(test_validity_is_in_seconds),
        TEST(test_validity_agrees_with_libcrypto),
        TEST(test_alternative_names_are_joined_by_nul),
        TEST(test_nul_inside_an_alternative_name_splits_nothing),
        TEST(test_many_alternative_names_stop_at_the_bound),
        TEST(test_every_cut_is_read_as_far_as_it_goes),
        TEST(test_every_changed_byte_is_survived),
    };
    return cmocka_run_group_tests(tests, make_key, drop_key);
}
