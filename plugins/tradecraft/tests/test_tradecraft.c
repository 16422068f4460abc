/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tradecraft.c - each rule on the shipped lists: what raises it, and what comes close and must not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_host.h"

extern const struct sensor_plugin sensor_plugin_tradecraft;

#define PLUGINS SOURCE_DIR "/plugins/"

static const char *protocol = "Unknown";
static struct sensor_host host;
static void *state;

static const char *protocol_name(uint16_t id)
{
    return id == 1 ? protocol : "Unknown";
}

/* Opens on the shipped lists, with at most one option more. */
static void *open_with(const char *name, const char *value, char *error, size_t size)
{
    static const char *option[11];
    option[0] = "tools", option[1] = PLUGINS "tradecraft/tools.csv";
    option[2] = "contagious", option[3] = PLUGINS "tradecraft/contagious.csv";
    option[4] = "services", option[5] = PLUGINS "exchange/services.csv";
    option[6] = "wallets", option[7] = PLUGINS "dprk/indicators.csv";
    option[8] = name, option[9] = value, option[10] = NULL;
    if (name != NULL && strcmp(name, "tools") == 0)
        option[1] = value;
    host = fake_host;
    host.protocol_name = protocol_name;
    fake.plugin = &sensor_plugin_tradecraft;
    fake.option = option;
    fake_reset();
    return sensor_plugin_tradecraft.detector.open(&host, NULL, error, size);
}

static void reopen(const char *name, const char *value)
{
    char error[256] = "";
    sensor_plugin_tradecraft.detector.close(state);
    state = open_with(name, value, error, sizeof error);
    if (state == NULL)
        fail_msg("open: %s", error);
}

static int set_up(void **unused)
{
    (void)unused;
    fake.role = NULL;
    reopen(NULL, NULL);
    return 0;
}

static int tear_down(void **unused)
{
    (void)unused;
    sensor_plugin_tradecraft.detector.close(state);
    state = NULL;
    return 0;
}

static void roles(const char *address, const char *role)
{
    static const char *table[3];
    table[0] = address, table[1] = role, table[2] = NULL;
    fake.role = table;
}

static void feed(const union fake_observation *o)
{
    sensor_plugin_tradecraft.detector.observe(state, &o->head, NULL);
}

/* How many alerts this brought; forgets the older ones. */
static size_t raised(const union fake_observation *o)
{
    fake.raised_count = 0;
    feed(o);
    return fake.raised_count;
}

static size_t sni(const char *name)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS);
    o.tls.sni = fake_text(&o, name);
    return raised(&o);
}

static size_t classified(const char *name, bool inbound, enum class_state how, uint16_t port)
{
    union fake_observation o;
    protocol = name;
    fake_begin(&o, OBSERVE_CLASSIFIED);
    o.head.class.app = 1;
    o.head.class.state = (uint8_t)how;
    o.head.server_port = port;
    if (inbound) {
        o.head.client = fake_address("203.0.113.9"), o.head.client_internal = 0;
        o.head.server = fake_address("10.1.2.3"), o.head.server_internal = 1;
    }
    return raised(&o);
}

static size_t request(const char *server_name, uint16_t port, const char *url)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_HTTP_REQUEST);
    o.head.server_port = port;
    o.http.host = fake_text(&o, server_name);
    o.http.url = fake_text(&o, url);
    o.http.method = fake_text(&o, "POST");
    return raised(&o);
}

/* The end of a flow whose best name is `name`. */
static size_t ended(const char *name, enum sensor_name_source source, uint64_t out, uint64_t in)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_ENDED);
    o.head.bytes[TO_SERVER] = out;
    o.head.bytes[TO_CLIENT] = in;
    fake.name[0] = (struct sensor_name){.name = {(const uint8_t *)name, strlen(name)}, .source = (uint8_t)source};
    fake.name_count = 1;
    size_t n = raised(&o);
    fake.name_count = 0;
    return n;
}

static void expect(size_t count, uint32_t sid, uint8_t severity)
{
    assert_int_equal(count, 1);
    assert_int_equal(fake.raised[0].sid, sid);
    assert_int_equal(fake.raised[0].severity, severity);
    assert_string_equal(fake.raised[0].context_key, "tradecraft");
    assert_true(strlen(fake.raised[0].why) > 0);
    assert_int_equal(fake.raised[0].limit, 1);
}

/* ------------------------------------------------------------------- D23 */

static void test_a_relay_of_a_remote_tool_raises(void **unused)
{
    (void)unused;
    expect(sni("relay-a1b2c3.net.anydesk.com"), 1792300, 2);
    assert_non_null(strstr(fake.raised[0].why, "10.1.2.3 sent the TLS server name relay-a1b2c3.net.anydesk.com"));
    expect(sni("router7.teamviewer.com"), 1792300, 2);
    expect(sni("global.rel.tunnels.api.visualstudio.com"), 1792300, 2);
    expect(sni("RS-NY.rustdesk.com"), 1792300, 2);
}

static void test_web_sites_of_tools_and_look_alikes_do_not(void **unused)
{
    (void)unused;
    assert_int_equal(sni("www.teamviewer.com"), 0);
    assert_int_equal(sni("teamviewer.com.example.org"), 0);
    assert_int_equal(sni("mynet.anydesk.com.example"), 0);
    assert_int_equal(sni("code.visualstudio.com"), 0);
    assert_int_equal(sni(""), 0);
}

static void test_a_tool_on_the_wire_raises_by_its_payload_only(void **unused)
{
    (void)unused;
    expect(classified("AnyDesk", false, CLASS_DETECTED, 7070), 1792300, 2);
    expect(classified("RDP", false, CLASS_DETECTED, 3389), 1792300, 3);
    expect(classified("RDP", true, CLASS_DETECTED, 3389), 1792301, 2);
    assert_int_equal(fake.raised[0].target_is_server, 1);
    assert_int_equal(classified("RDP", true, CLASS_GUESSED, 3389), 0);
    assert_int_equal(classified("HTTP", true, CLASS_DETECTED, 80), 0);
}

static void test_remote_tools_inside_the_network_are_not_told(void **unused)
{
    (void)unused;
    union fake_observation o;
    protocol = "RDP";
    fake_begin(&o, OBSERVE_CLASSIFIED);
    o.head.class.app = 1;
    o.head.class.state = CLASS_DETECTED;
    o.head.server_internal = 1;
    assert_int_equal(raised(&o), 0);
}

static void test_roles_and_sanctions_weaken_and_strengthen(void **unused)
{
    (void)unused;
    roles("10.1.2.3", "helpdesk");
    assert_int_equal(sni("relay.net.anydesk.com"), 0);
    roles("10.1.2.3", "server");
    expect(classified("RDP", false, CLASS_DETECTED, 3389), 1792300, 2);
    assert_non_null(strstr(fake.raised[0].facts, "role=server"));
    fake.role = NULL;
    reopen("sanctioned", "TeamViewer");
    assert_int_equal(sni("router7.teamviewer.com"), 0);
    assert_int_equal(fake_counted("remote_allowed"), 1);
    expect(sni("relay.net.anydesk.com"), 1792300, 2);
}

/* ------------------------------------------------------------- D24 to D26 */

static void test_a_vpn_exit_raises(void **unused)
{
    (void)unused;
    expect(sni("www.astrill.com"), 1792400, 0);
    expect(classified("Tor", false, CLASS_DETECTED, 9001), 1792400, 0);
    assert_int_equal(sni("notastrill.com"), 0);
    assert_int_equal(classified("Tor", true, CLASS_DETECTED, 9001), 0);
}

static void test_mining_raises_unless_the_role_allows(void **unused)
{
    (void)unused;
    expect(sni("stratum.antpool.com"), 1792500, 0);
    expect(classified("Mining", false, CLASS_DETECTED, 3333), 1792502, 0); /* nothing confirms it */
    assert_int_equal(sni("antpool.com.example"), 0);
    roles("10.1.2.3", "mining");
    assert_int_equal(sni("stratum.antpool.com"), 0);
}

static void test_a_node_of_a_chain_is_not_mining(void **unused)
{
    (void)unused;
    expect(classified("Mining", false, CLASS_DETECTED, 30303), 1792602, 3);
    assert_non_null(strstr(fake.raised[0].facts, "chain=Ethereum"));
}

static void test_rpc_weighs_by_role(void **unused)
{
    (void)unused;
    expect(sni("mainnet.infura.io"), 1792600, 3);
    expect(request("198.51.100.9", 8090, "/wallet/triggerconstantcontract?x=1"), 1792601, 3);
    assert_int_equal(request("198.51.100.9", 8090, "/wallet/index.html"), 0);
    roles("10.1.2.3", "developer");
    expect(sni("mainnet.infura.io"), 1792600, 2);
    roles("10.1.2.3", "wallet");
    assert_int_equal(sni("mainnet.infura.io"), 0);
}

static void test_rpc_after_a_lure_is_severe(void **unused)
{
    (void)unused;
    expect(request("203.0.113.9", 1244, "/keys"), 1793100, 0);
    expect(sni("mainnet.infura.io"), 1792600, 1);
    assert_non_null(strstr(fake.raised[0].facts, "contagious_http_age_s=0"));
}

static void test_nameless_flows_go_by_what_the_same_host_resolved(void **unused)
{
    (void)unused;
    expect(ended("relay.net.anydesk.com", NAME_SAME_HOST, 10, 10), 1792300, 2);
    expect(ended("www.astrill.com", NAME_SAME_HOST, 10, 10), 1792400, 0);
    assert_int_equal(ended("relay.net.anydesk.com", NAME_NETWORK, 10, 10), 0);
    assert_int_equal(ended("relay.net.anydesk.com", NAME_TLS, 10, 10), 0); /* told at its handshake */
}

/* ------------------------------------------------------------------- D31 */

static void test_port_and_path_of_contagious_interview_raise(void **unused)
{
    (void)unused;
    expect(request("203.0.113.9", 1224, "/uploads"), 1793100, 0);
    expect(request("203.0.113.9", 5000, "http://203.0.113.9:5000/client/5/14?a=b"), 1793100, 0);
    expect(request("203.0.113.9", 1245, "/brow/9/401"), 1793100, 0);
    expect(request("[2001:db8::9]", 3000, "/pdown#x"), 1793100, 0);
}

static void test_port_and_bare_address_raise_less_and_not_when_resolved(void **unused)
{
    (void)unused;
    static const char name[] = "files.example.org";
    expect(request("203.0.113.9", 1224, "/clients"), 1793101, 0);
    fake.name[0] = (struct sensor_name){.name = {(const uint8_t *)name, strlen(name)}, .source = NAME_SAME_HOST};
    fake.name_count = 1;
    assert_int_equal(request("203.0.113.9", 1224, "/clients"), 0);
    fake.name_count = 0;
}

/* A handshake of Engine.IO by `agent`. */
static size_t engine(const char *server_name, const char *agent, const char *url)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_HTTP_REQUEST);
    o.head.server_port = 4567;
    o.http.host = fake_text(&o, server_name);
    o.http.url = fake_text(&o, url);
    o.http.user_agent = fake_text(&o, agent);
    return raised(&o);
}

static void test_a_program_that_opens_socket_io_raises(void **unused)
{
    (void)unused;
    static const char url[] = "/socket.io/?EIO=4&transport=polling", name[] = "chat.example.org";
    expect(engine("203.0.113.9", "node-XMLHttpRequest", url), 1793103, 0);
    expect(engine("203.0.113.9", "", "/socket.io/?EIO=3&transport=websocket"), 1793103, 0);
    assert_int_equal(engine("203.0.113.9", "Mozilla/5.0 (X11; Linux x86_64)", url), 0);
    assert_int_equal(engine("203.0.113.9", "", "/socket.io/socket.io.js"), 0);
    assert_int_equal(engine("203.0.113.9", "", "/api?EIO=4"), 0);
    assert_int_equal(engine(name, "", url), 0);
    fake.name[0] = (struct sensor_name){.name = {(const uint8_t *)name, strlen(name)}, .source = NAME_SAME_HOST};
    fake.name_count = 1;
    assert_int_equal(engine("203.0.113.9", "", url), 0);
    fake.name_count = 0;
}

static void test_near_misses_of_contagious_interview_are_silent(void **unused)
{
    (void)unused;
    assert_int_equal(request("dev.example.org", 3000, "/uploads"), 0);  /* a name */
    assert_int_equal(request("203.0.113.9", 80, "/uploads"), 0);        /* another port */
    assert_int_equal(request("203.0.113.9.nip.example", 3000, "/keys"), 0);
    union fake_observation o;
    fake_begin(&o, OBSERVE_HTTP_REQUEST);
    o.head.server_port = 3000;
    o.head.server = fake_address("10.9.9.9");
    o.head.server_internal = 1;
    o.http.host = fake_text(&o, "10.9.9.9");
    o.http.url = fake_text(&o, "/uploads");
    assert_int_equal(raised(&o), 0); /* inside */
}

static void test_an_odd_request_target_is_survived(void **unused)
{
    (void)unused;
    static const char *const targets[] = {"", "/", "*", "://", "http://", "http:///", "?", "#", "http://203.0.113.9", "//client"};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        expect(request("203.0.113.9", 1224, targets[i]), 1793101, 0);
}

/* ------------------------------------------------------------------- D33 */

static void test_an_upload_to_a_web_service_raises(void **unused)
{
    (void)unused;
    expect(ended("api.telegram.org", NAME_TLS, 2 << 20, 9000), 1793300, 0);
    expect(ended("api.telegram.org", NAME_TLS, 5000, 9000), 1793301, 3);
    expect(ended("www.jsonkeeper.com", NAME_TLS, 900, 9000), 1793301, 3);
    assert_int_equal(ended("discord.com", NAME_TLS, 5000, 9000), 0);
    expect(ended("discord.com", NAME_QUIC, 2 << 20, 9000), 1793300, 0);
    assert_int_equal(ended("web.telegram.org", NAME_TLS, 2 << 20, 9000), 0);
}

static void test_a_server_that_looks_up_its_place_raises(void **unused)
{
    (void)unused;
    assert_int_equal(ended("ip-api.com", NAME_HTTP, 500, 900), 0);
    roles("10.1.2.3", "server");
    expect(ended("ip-api.com", NAME_HTTP, 500, 900), 1793302, 0);
    expect(ended("api.telegram.org", NAME_TLS, 5000, 9000), 1793301, 2);
}

/* ------------------------------------------------------------------- D37 */

static size_t announced(const char *name, enum device_source source)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_DEVICE);
    o.device.source = (uint8_t)source;
    o.device.name = fake_text(&o, name);
    return raised(&o);
}

/* The end of a flow from a host with this hardware address, to `name`. */
static size_t ended_from(const char *mac, const char *name)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_ENDED);
    sscanf(mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", o.head.client_mac, o.head.client_mac + 1, o.head.client_mac + 2, o.head.client_mac + 3,
           o.head.client_mac + 4, o.head.client_mac + 5);
    o.head.marks |= MARK_HAS_MAC | MARK_REPLIED;
    fake.name[0] = (struct sensor_name){.name = {(const uint8_t *)name, strlen(name)}, .source = NAME_SAME_HOST};
    fake.name_count = *name != '\0';
    size_t count = raised(&o);
    fake.name_count = 0;
    return count;
}

static void test_the_maker_of_the_hardware_tells(void **unused)
{
    (void)unused;
    for (int again = 0; again < 2; again++) {
        expect(ended_from("30:52:53:00:00:01", ""), 1793700, 0);
        assert_non_null(strstr(fake.raised[0].facts, "matched_value=30:52:53:00:00:01\n"));
        expect(ended_from("48:DA:35:6e:00:01", ""), 1793700, 0);
        expect(ended_from("00:0d:5d:00:00:01", ""), 1793700, 3);
        assert_int_equal(ended_from("48:da:35:70:00:01", ""), 0);
        assert_int_equal(ended_from("dc:a6:32:00:00:01", ""), 0);
        assert_int_equal(ended_from("00:00:00:00:00:00", ""), 0);
    }
    roles("10.1.2.3", "kvm");
    assert_int_equal(ended_from("30:52:53:00:00:01", ""), 0);
}

static void test_a_board_is_named_beside_a_tunnel(void **unused)
{
    (void)unused;
    expect(ended_from("dc:a6:32:00:00:01", "controlplane.tailscale.com"), 1792300, 2);
    assert_non_null(strstr(fake.raised[0].facts, "hardware=Raspberry Pi\n"));
    expect(ended_from("dc:a6:33:00:00:01", "controlplane.tailscale.com"), 1792300, 2);
    assert_null(strstr(fake.raised[0].facts, "hardware="));
}

static size_t page(const char *text)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_BODY);
    o.head.server_internal = 1;
    o.body.source = BODY_HTTP_RESPONSE;
    o.body.bytes = fake_text(&o, text);
    return raised(&o);
}

static size_t certificate(const char *subject)
{
    union fake_observation o;
    fake_begin(&o, OBSERVE_TLS);
    o.head.server_internal = 1;
    o.tls.subject = fake_text(&o, subject);
    return raised(&o);
}

static void test_a_kvm_device_is_known_by_its_names(void **unused)
{
    (void)unused;
    expect(announced("pikvm.local", DEVICE_MDNS), 1793700, 0);
    expect(announced("pikvm", DEVICE_DHCP), 1793700, 0);
    expect(announced("NanoKVM-3f2a", DEVICE_DHCP), 1793700, 0);
    expect(announced("NanoKVM-3f2a.local", DEVICE_MDNS), 1793700, 0);
    expect(page("<html><head><TITLE>no</TITLE><title>PiKVM Login</title>"), 1793700, 0);
    assert_int_equal(page("<title>PiKVM Login"), 0);
    assert_int_equal(page("<title>pikvm.org, a review</title>"), 0);
    assert_int_equal(page("<title>How to build a PiKVM</title>"), 0);
    assert_int_equal(announced("pikvmfan.local", DEVICE_MDNS), 0);
    assert_int_equal(announced("pikvm.example.org", DEVICE_MDNS), 0);
    expect(certificate("C=RU, ST=Moscow, O=PiKVM, CN=pikvm"), 1793700, 0);
    assert_int_equal(fake.raised[0].target_is_server, 1);
    assert_int_equal(certificate("C=RU, O=PiKVM Fans, CN=a"), 0);
    assert_int_equal(certificate("O="), 0);
    expect(sni("app.jetkvm.com"), 1793701, 0);
    roles("10.1.2.3", "lab");
    assert_int_equal(announced("pikvm.local", DEVICE_MDNS), 0);
}

/* ------------------------------------------------------------------- D27 */

static void test_a_listed_wallet_in_a_request_raises(void **unused)
{
    (void)unused;
    expect(request("explorer.example", 80, "/a/0x098B716B8Aaf21512996dC57EB0615e2383E2f96"), 1792700, 0);
    assert_non_null(strstr(fake.raised[0].facts, "checksum=EIP-55\n"));
    expect(request("explorer.example", 80, "/a/0x098b716b8aaf21512996dc57eb0615e2383e2f96?x"), 1792700, 0);
    assert_non_null(strstr(fake.raised[0].facts, "matched_value=0x098b716b8aaf21512996dc57eb0615e2383e2f96\n"));
}

static void test_wallets_that_are_wrong_or_not_listed_are_silent(void **unused)
{
    (void)unused;
    assert_int_equal(request("explorer.example", 80, "/a/0x098b716B8Aaf21512996dC57EB0615e2383E2f96"), 0); /* one letter's case */
    assert_int_equal(request("explorer.example", 80, "/a/0x098B716B8Aaf21512996dC57EB0615e2383E2f96ff"), 0);
    assert_int_equal(request("explorer.example", 80, "/a/0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"), 0);
    assert_int_equal(request("explorer.example", 80, "/a/1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"), 0);
}

static void test_a_list_of_wallets_is_no_payment(void **unused)
{
    (void)unused;
    static const char url[] = "/a?0x098B716B8Aaf21512996dC57EB0615e2383E2f96,0x098b716b8aaf21512996dc57eb0615e2383e2f96,"
                              "0x098B716B8AAF21512996DC57EB0615E2383E2F96";
    expect(request("explorer.example", 80, url), 1792700, 3);
}

/* ---------------------------------------------------------------- opening */

static void test_a_wrong_option_is_refused_with_its_name(void **unused)
{
    (void)unused;
    char error[256] = "";
    assert_null(open_with("sanctioned", "a-word-that-is-much-too-long-to-be-the-name-of-a-tool", error, sizeof error));
    assert_non_null(strstr(error, "tradecraft: sanctioned: at most 16 words"));
    assert_null(open_with("tools", "", error, sizeof error));
    assert_non_null(strstr(error, "tradecraft: tools: empty"));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_a_relay_of_a_remote_tool_raises),
        CASE(test_web_sites_of_tools_and_look_alikes_do_not),
        CASE(test_a_tool_on_the_wire_raises_by_its_payload_only),
        CASE(test_remote_tools_inside_the_network_are_not_told),
        CASE(test_roles_and_sanctions_weaken_and_strengthen),
        CASE(test_a_vpn_exit_raises),
        CASE(test_mining_raises_unless_the_role_allows),
        CASE(test_a_node_of_a_chain_is_not_mining),
        CASE(test_rpc_weighs_by_role),
        CASE(test_rpc_after_a_lure_is_severe),
        CASE(test_nameless_flows_go_by_what_the_same_host_resolved),
        CASE(test_port_and_path_of_contagious_interview_raise),
        CASE(test_port_and_bare_address_raise_less_and_not_when_resolved),
        CASE(test_a_program_that_opens_socket_io_raises),
        CASE(test_near_misses_of_contagious_interview_are_silent),
        CASE(test_an_odd_request_target_is_survived),
        CASE(test_an_upload_to_a_web_service_raises),
        CASE(test_a_server_that_looks_up_its_place_raises),
        CASE(test_a_kvm_device_is_known_by_its_names),
        CASE(test_a_listed_wallet_in_a_request_raises),
        CASE(test_wallets_that_are_wrong_or_not_listed_are_silent),
        CASE(test_a_list_of_wallets_is_no_payment),
        CASE(test_the_maker_of_the_hardware_tells),
        CASE(test_a_board_is_named_beside_a_tunnel),
        CASE(test_a_wrong_option_is_refused_with_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
