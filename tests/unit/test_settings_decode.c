/* SPDX-License-Identifier: Apache-2.0 */
/* test_settings_decode.c - the sections `decoder` and `defrag` become options of decode/. */
#include "config_text.h"
#include "run/settings.h"

static bool has_port(const struct decode_options *o, uint16_t port, enum tunnel_kind kind)
{
    for (uint32_t i = 0; i < o->tunnel_port_count; i++)
        if (o->tunnel_ports[i].port == port && o->tunnel_ports[i].kind == kind)
            return true;
    return false;
}

static struct decode_options read_from(const char *text)
{
    struct decode_options o;
    struct error error = {{0}};
    struct config *c = parsed(text);
    if (!settings_read_decode(c, &o, &error))
        fail_msg("%s", error.text);
    config_free(c);
    return o;
}

static void expect_refused(const char *text, const char *words)
{
    struct decode_options o;
    struct error error = {{0}};
    struct config *c = parsed(text);
    assert_false(settings_read_decode(c, &o, &error));
    assert_string_equal(error.text, words);
    config_free(c);
}

static void test_an_empty_file_gives_the_defaults_of_decode(void **state)
{
    (void)state;
    struct decode_options o = read_from("");
    const struct decode_options *fallback = &decode_options_default;
    assert_int_equal(o.tunnel_port_count, fallback->tunnel_port_count);
    for (uint32_t i = 0; i < o.tunnel_port_count; i++)
        assert_true(has_port(fallback, o.tunnel_ports[i].port, (enum tunnel_kind)o.tunnel_ports[i].kind));
    assert_memory_equal(&o.fragments, &fallback->fragments, sizeof o.fragments);
    assert_true(o.erspan_type1);
}

static void test_ports_are_lists_texts_ranges_and_groups(void **state)
{
    (void)state;
    struct decode_options o = read_from("vars: {port-groups: {VXLAN_PORTS: '[4789, 9000]', G: 7000}}\n"
                                        "decoder:\n"
                                        "  vxlan: {ports: $VXLAN_PORTS}\n"
                                        "  geneve: {ports: [6081, '6090:6092', $G]}\n"
                                        "  teredo: {ports: '[3544, 1234]'}\n"
                                        "  tzsp: {enabled: no}\n");
    assert_true(has_port(&o, 4789, TUNNEL_VXLAN) && has_port(&o, 9000, TUNNEL_VXLAN) && !has_port(&o, 8472, TUNNEL_VXLAN));
    assert_true(has_port(&o, 6090, TUNNEL_GENEVE) && has_port(&o, 6092, TUNNEL_GENEVE) && has_port(&o, 7000, TUNNEL_GENEVE));
    assert_true(has_port(&o, 1234, TUNNEL_TEREDO) && !has_port(&o, 37008, TUNNEL_TZSP));
}

static void test_fragments_and_erspan_are_read(void **state)
{
    (void)state;
    struct decode_options o =
        read_from("decoder: {erspan: {typeI: {enabled: no}}}\ndefrag: {memcap: 1mb, trackers: 100, timeout: 60}\n");
    assert_false(o.erspan_type1);
    assert_int_equal(o.fragments.memory_max, 1 << 20);
    assert_int_equal(o.fragments.datagram_max, 100);
    assert_int_equal(o.fragments.timeout_s, 60);
}

static void test_what_is_no_port_is_refused_with_its_place(void **state)
{
    (void)state;
    expect_refused("decoder:\n  vxlan:\n    ports: [http]\n",
                   "haetae.yaml:3:5: decoder.vxlan.ports: 'http' is no port; write 1 to 65535, 'first:last' or $GROUP");
    expect_refused("decoder:\n  vxlan:\n    ports: '9:3'\n",
                   "haetae.yaml:3:5: decoder.vxlan.ports: '9:3' is no port; write 1 to 65535, 'first:last' or $GROUP");
    expect_refused("decoder:\n  vxlan:\n    ports: $NONE\n",
                   "haetae.yaml:3:5: decoder.vxlan.ports: there is no port group 'NONE' in vars.port-groups");
    expect_refused("decoder:\n  vxlan:\n    ports: $a.b\n",
                   "haetae.yaml:3:5: decoder.vxlan.ports: there is no port group 'a.b' in vars.port-groups");
    expect_refused("decoder:\n  tzsp:\n    ports: 6081\n",
                   "haetae.yaml:3:5: decoder.tzsp.ports: port 6081 is geneve's already; a port means one tunnel");
    expect_refused("decoder:\n  tzsp:\n    ports: '1:65535'\n",
                   "haetae.yaml:3:5: decoder.tzsp.ports: more than 64 ports of tunnels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_file_gives_the_defaults_of_decode),
        cmocka_unit_test(test_ports_are_lists_texts_ranges_and_groups),
        cmocka_unit_test(test_fragments_and_erspan_are_read),
        cmocka_unit_test(test_what_is_no_port_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
