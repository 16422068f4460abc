/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_starttls.c - greetings are named, prefaces are measured.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "dissect/starttls.h"
#include "watch.h"

static uint8_t name_of(const char *text, size_t size)
{
    uint8_t *copy = watch_exact(text, size);
    uint8_t name = starttls_name((struct slice){copy, size});
    free(copy);
    return name;
}
#define NAME(text) name_of(text, sizeof text - 1)

static size_t preface_of(const char *hex)
{
    uint8_t bytes[256];
    size_t size = watch_hex(hex, bytes, sizeof bytes);
    uint8_t *copy = watch_exact(bytes, size);
    size_t preface = starttls_preface((struct slice){copy, size});
    free(copy);
    return preface;
}

static void test_greetings_are_named(void **state)
{
    (void)state;
    assert_int_equal(NAME("220 mx.example ESMTP ready\r\n"), APP_SMTP);
    assert_int_equal(NAME("ehlo client.example\r\n"), APP_SMTP);
    assert_int_equal(NAME("220 Welcome to an FTP server\r\n"), APP_FTP);
    assert_int_equal(NAME("AUTH TLS\r\n"), APP_FTP);
    assert_int_equal(NAME("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"), APP_IMAP);
    assert_int_equal(NAME("+OK POP3 ready\r\n"), APP_POP3);
    assert_int_equal(NAME("STLS\r\n"), APP_POP3);
    assert_int_equal(NAME("\0\0\0\x08\x04\xd2\x16\x2f"), APP_PGSQL);
    assert_int_equal(NAME("\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
                          "1.3.6.1.4.1.1466.20037"),
                     APP_LDAP);
    assert_int_equal(NAME("\x03\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\x0b\0\0\0"), APP_RDP);
}

static void test_other_text_is_not_named(void **state)
{
    (void)state;
    assert_int_equal(NAME("220 hello there\r\n"), APP_UNKNOWN);
    assert_int_equal(NAME("SSH-2.0-OpenSSH_9.2\r\n"), APP_UNKNOWN);
    assert_int_equal(NAME("\0\0\0\x08\x04\xd2\x16\x2e"), APP_UNKNOWN);
    assert_int_equal(NAME("\x03\0\0\x13\x0e\xe0"), APP_UNKNOWN);
    assert_int_equal(NAME(""), APP_UNKNOWN);
}

static void test_socks_messages_are_measured(void **state)
{
    (void)state;
    assert_int_equal(preface_of("05 01 00 16"), 3);
    assert_int_equal(preface_of("05 02 00 01"), 4);
    assert_int_equal(preface_of("05 00"), 2);
    assert_int_equal(preface_of("05 01 00 01 c0000201 01bb 16"), 10);
    assert_int_equal(preface_of("05 01 00 03 03 612e62 01bb 16"), 10);
    assert_int_equal(preface_of("05 00 00 04 20010db8000000000000000000000001 01bb"), 22);
    assert_int_equal(preface_of("04 01 01bb c0000201 00 16"), 9);
    assert_int_equal(preface_of("04 01 01bb 00000001 7500 612e6200 16"), 14);
    assert_int_equal(preface_of("00 5a 01bb c0000201 16"), 8);
}

static void test_proxy_headers_are_measured(void **state)
{
    (void)state;
    assert_int_equal(preface_of("50524f58592054435034203139322e302e322e31203139382e35312e3130302e322031203434330d0a16"), 41);
    assert_int_equal(preface_of("50524f585920554e4b4e4f574e0d0a"), 15);
    assert_int_equal(preface_of("0d0a0d0a000d0a515549540a 21 11 000c c0000201c6336402 0001 01bb 16"), 28);
    assert_int_equal(preface_of("5316"), 1);
}

static void test_incomplete_prefaces_have_no_size(void **state)
{
    (void)state;
    static const char *const whole[] = {"0501000303612e6201bb", "040101bb00000001750061626300", "005a01bbc0000201",
                                        "0d0a0d0a000d0a515549540a2111000cc0000201c6336402000101bb"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        for (size_t digits = 8; digits < strlen(whole[i]); digits += 2) {
            char cut[128];
            memcpy(cut, whole[i], digits);
            cut[digits] = 0;
            assert_true(preface_of(cut) <= digits / 2);
        }
    assert_int_equal(preface_of("0d0a0d0a000d0a515549540a2111000cc0000201c63364020001"), 0);
    assert_int_equal(preface_of("005a01bbc00002"), 0);
    assert_int_equal(preface_of("50524f585920544350"), 0);
    assert_int_equal(preface_of("4745"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greetings_are_named),
        cmocka_unit_test(test_other_text_is_not_named),
        cmocka_unit_test(test_socks_messages_are_measured),
        cmocka_unit_test(test_proxy_headers_are_measured),
        cmocka_unit_test(test_incomplete_prefaces_have_no_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
