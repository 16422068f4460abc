/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eve_golden.h - the exact lines that eve_cases.h must give. A change here is a change of what consumers read: say why in
 * the commit that makes it.
 */
#ifndef TESTS_EVE_GOLDEN_H
#define TESTS_EVE_GOLDEN_H

static const char golden_flow[] =
    "{\"timestamp\":\"2026-03-01T12:00:09.000000+0000\",\"flow_id\":1471213987654321,\"event_type\":\"flow\",\"src_ip\":"
    "\"10.10.20.31\",\"src_port\":51544,\"dest_ip\":\"203.0.113.66\",\"dest_port\":443,\"ip_v\":4,\"proto\":\"TCP\",\"app"
    "_proto\":\"tls\",\"flow\":{\"pkts_toserver\":4,\"pkts_toclient\":2,\"bytes_toserver\":780,\"bytes_toclient\":4200,\""
    "start\":\"2026-03-01T12:00:00.040000+0000\",\"end\":\"2026-03-01T12:00:03.000001+0000\",\"age\":3,\"state\":\"closed"
    "\",\"reason\":\"timeout\",\"alerted\":false,\"tx_cnt\":1},\"community_id\":\"1:OZ/qeMwQMGlH2zJsWpu5zUKyBL4=\",\"tcp"
    "\":{\"tcp_flags\":\"1b\",\"tcp_flags_ts\":\"1b\",\"tcp_flags_tc\":\"12\",\"syn\":true,\"fin\":true,\"psh\":true,\"ac"
    "k\":true,\"state\":\"closed\"},\"host\":\"sensor1\",\"ndpi\":{\"confidence\":{\"4\":\"DPI\"},\"proto\":\"TLS.Google"
    "\",\"proto_id\":\"91.126\",\"encrypted\":1,\"breed\":\"Safe\",\"category_id\":5,\"category\":\"Web\"}}\n";

static const char golden_flow_everything[] =
    "{\"timestamp\":\"2026-03-01T12:00:09.000000+0000\",\"flow_id\":1471213987654321,\"event_type\":\"flow\",\"vlan\":[20"
    ",7],\"src_ip\":\"10.10.20.31\",\"src_port\":51544,\"dest_ip\":\"203.0.113.66\",\"dest_port\":443,\"ip_v\":4,\"proto"
    "\":\"TCP\",\"app_proto\":\"tls\",\"flow\":{\"pkts_toserver\":4,\"pkts_toclient\":2,\"bytes_toserver\":780,\"bytes_to"
    "client\":4200,\"start\":\"2026-03-01T12:00:00.040000+0000\",\"end\":\"2026-03-01T12:00:03.000001+0000\",\"age\":3,\""
    "state\":\"closed\",\"reason\":\"tcp_reuse\",\"alerted\":true,\"tx_cnt\":1},\"traffic\":{\"id\":[\"example-exchange\""
    "],\"label\":[\"crypto-exchange\",\"second\"]},\"metadata\":{\"flowvars\":[{\"geo_dest_country_iso\":\"KP\"},{\"geo_d"
    "est_asn\":\"131279\"},{\"geo_dest_as_org\":\"Star Joint Venture Co.\"}]},\"ether\":{\"dest_macs\":[\"66:77:88:99:aa:"
    "bb\"],\"src_macs\":[\"00:11:22:33:44:55\"]},\"community_id\":\"1:OZ/qeMwQMGlH2zJsWpu5zUKyBL4=\",\"tcp\":{\"tcp_flags"
    "\":\"1b\",\"tcp_flags_ts\":\"1b\",\"tcp_flags_tc\":\"12\",\"syn\":true,\"fin\":true,\"psh\":true,\"ack\":true,\"stat"
    "e\":\"closed\",\"tc_gap\":true},\"host\":\"sensor1\",\"ndpi\":{\"flow_risk\":{\"5\":{\"risk\":\"Known protocol on no"
    "n standard port\",\"severity\":\"Medium\"},\"40\":{\"risk\":\"TLS (probably) not carrying HTTPS\",\"severity\":\"Low"
    "\"}},\"confidence\":{\"1\":\"Match by port\"},\"proto\":\"TLS\",\"proto_id\":\"91\",\"encrypted\":1,\"breed\":\"Safe"
    "\",\"category_id\":5,\"category\":\"Web\"}}\n";

static const char golden_flow_icmp[] =
    "{\"timestamp\":\"2026-03-01T12:00:09.000000+0000\",\"flow_id\":1471213987654321,\"event_type\":\"flow\",\"src_ip\":"
    "\"10.10.20.31\",\"dest_ip\":\"203.0.113.66\",\"ip_v\":4,\"proto\":\"ICMP\",\"icmp_type\":8,\"icmp_code\":0,\"respons"
    "e_icmp_type\":0,\"response_icmp_code\":0,\"flow\":{\"pkts_toserver\":4,\"pkts_toclient\":2,\"bytes_toserver\":780,\""
    "bytes_toclient\":4200,\"start\":\"2026-03-01T12:00:00.040000+0000\",\"end\":\"2026-03-01T12:00:03.000001+0000\",\"ag"
    "e\":3,\"state\":\"established\",\"reason\":\"timeout\",\"alerted\":false},\"community_id\":\"1:1RNk0S6+cz7IIiwTgAv16"
    "DZihRc=\",\"host\":\"sensor1\"}\n";

static const char golden_dns_request[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"dns"
    "\",\"src_ip\":\"10.10.20.31\",\"src_port\":53211,\"dest_ip\":\"203.0.113.66\",\"dest_port\":53,\"proto\":\"UDP\",\"i"
    "p_v\":4,\"pkt_src\":\"wire/pcap\",\"community_id\":\"1:q/03LUShfeV7cjZKyPhU0RXrtco=\",\"dns\":{\"version\":3,\"type"
    "\":\"request\",\"tx_id\":0,\"id\":4660,\"flags\":\"100\",\"rd\":true,\"opcode\":0,\"rcode\":\"NOERROR\",\"queries\":"
    "[{\"rrname\":\"update.example.test\",\"rrtype\":\"A\"}]},\"host\":\"sensor1\",\"ndpi\":{\"confidence\":{\"4\":\"DPI"
    "\"},\"proto\":\"TLS.Google\",\"proto_id\":\"91.126\",\"encrypted\":1,\"breed\":\"Safe\",\"category_id\":5,\"category"
    "\":\"Web\",\"hostname\":\"update.example.test\"}}\n";

static const char golden_dns_response[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"dns"
    "\",\"src_ip\":\"203.0.113.66\",\"src_port\":53,\"dest_ip\":\"10.10.20.31\",\"dest_port\":53211,\"proto\":\"UDP\",\"i"
    "p_v\":4,\"pkt_src\":\"wire/pcap\",\"community_id\":\"1:q/03LUShfeV7cjZKyPhU0RXrtco=\",\"dns\":{\"version\":3,\"type"
    "\":\"response\",\"tx_id\":1,\"id\":4660,\"flags\":\"8580\",\"qr\":true,\"aa\":true,\"rd\":true,\"ra\":true,\"opcode"
    "\":0,\"rcode\":\"NOERROR\",\"queries\":[{\"rrname\":\"update.example.test\",\"rrtype\":\"A\"}],\"answers\":[{\"rrnam"
    "e\":\"update.example.test\",\"rrtype\":\"A\",\"ttl\":60,\"rdata\":\"203.0.113.66\"},{\"rrname\":\"update.example.tes"
    "t\",\"rrtype\":\"AAAA\",\"ttl\":61,\"rdata\":\"2001:db8::1\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"AAAA"
    "\",\"ttl\":62,\"rdata\":\"::ffff:192.0.2.1\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"CNAME\",\"ttl\":63,\""
    "rdata\":\"edge.example.test\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"NS\",\"ttl\":64,\"rdata\":\"ns1.exam"
    "ple.test\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"PTR\",\"ttl\":65,\"rdata\":\"host.example.test\"},{\"rr"
    "name\":\"update.example.test\",\"rrtype\":\"MX\",\"ttl\":66,\"rdata\":\"mx.example.test\"},{\"rrname\":\"update.exam"
    "ple.test\",\"rrtype\":\"TXT\",\"ttl\":67,\"rdata\":\"v=spf1 -all\"},{\"rrname\":\"update.example.test\",\"rrtype\":"
    "\"SOA\",\"ttl\":68,\"soa\":{\"mname\":\"ns1.example.test\",\"rname\":\"root.example.test\",\"serial\":2026030101,\"r"
    "efresh\":7200,\"retry\":900,\"expire\":1209600,\"minimum\":300}},{\"rrname\":\"update.example.test\",\"rrtype\":\"SR"
    "V\",\"ttl\":69,\"srv\":{\"priority\":1,\"weight\":2,\"port\":5060,\"name\":\"sip.example.test\"}},{\"rrname\":\"upda"
    "te.example.test\",\"rrtype\":\"SSHFP\",\"ttl\":70,\"sshfp\":{\"fingerprint\":\"ab:cd\",\"algo\":4,\"type\":2}},{\"rr"
    "name\":\"update.example.test\",\"rrtype\":\"NULL\",\"ttl\":71,\"rdata\":\"\\u0000\\\\xff\"},{\"rrname\":\"update.exa"
    "mple.test\",\"rrtype\":\"DNAME\",\"ttl\":72,\"rdata\":\"other.test\"},{\"rrname\":\"update.example.test\",\"rrtype\""
    ":\"HTTPS\",\"ttl\":73,\"rdata\":\"1 . alpn=h2 ech=AAA=\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"SVCB\",\""
    "ttl\":74,\"rdata\":\"0 svc.example.test\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"DNSKEY\",\"ttl\":75},{\""
    "rrname\":\"update.example.test\",\"rrtype\":\"A\",\"ttl\":76}],\"grouped\":{\"A\":[\"203.0.113.66\"],\"AAAA\":[\"200"
    "1:db8::1\",\"::ffff:192.0.2.1\"],\"CNAME\":[\"edge.example.test\"],\"NS\":[\"ns1.example.test\"],\"PTR\":[\"host.exa"
    "mple.test\"],\"MX\":[\"mx.example.test\"],\"TXT\":[\"v=spf1 -all\"],\"SOA\":[{\"mname\":\"ns1.example.test\",\"rname"
    "\":\"root.example.test\",\"serial\":2026030101,\"refresh\":7200,\"retry\":900,\"expire\":1209600,\"minimum\":300}],"
    "\"SRV\":[{\"priority\":1,\"weight\":2,\"port\":5060,\"name\":\"sip.example.test\"}],\"SSHFP\":[{\"fingerprint\":\"ab"
    ":cd\",\"algo\":4,\"type\":2}],\"NULL\":[\"\\u0000\\\\xff\"]}},\"host\":\"sensor1\"}\n";

static const char golden_dns_nxdomain[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"dns"
    "\",\"src_ip\":\"203.0.113.66\",\"src_port\":53,\"dest_ip\":\"10.10.20.31\",\"dest_port\":53211,\"proto\":\"UDP\",\"i"
    "p_v\":4,\"pkt_src\":\"wire/pcap\",\"community_id\":\"1:q/03LUShfeV7cjZKyPhU0RXrtco=\",\"dns\":{\"version\":3,\"type"
    "\":\"response\",\"tx_id\":1,\"id\":4660,\"flags\":\"8580\",\"qr\":true,\"aa\":true,\"rd\":true,\"ra\":true,\"opcode"
    "\":0,\"rcode\":\"NXDOMAIN\",\"queries\":[{\"rrname\":\"update.example.test\",\"rrtype\":\"A\"}],\"authorities\":[{\""
    "rrname\":\"update.example.test\",\"rrtype\":\"A\",\"ttl\":60,\"rdata\":\"203.0.113.66\"},{\"rrname\":\"update.exampl"
    "e.test\",\"rrtype\":\"AAAA\",\"ttl\":61,\"rdata\":\"2001:db8::1\"},{\"rrname\":\"update.example.test\",\"rrtype\":\""
    "AAAA\",\"ttl\":62,\"rdata\":\"::ffff:192.0.2.1\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"CNAME\",\"ttl\":6"
    "3,\"rdata\":\"edge.example.test\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"NS\",\"ttl\":64,\"rdata\":\"ns1."
    "example.test\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"PTR\",\"ttl\":65,\"rdata\":\"host.example.test\"},{"
    "\"rrname\":\"update.example.test\",\"rrtype\":\"MX\",\"ttl\":66,\"rdata\":\"mx.example.test\"},{\"rrname\":\"update."
    "example.test\",\"rrtype\":\"TXT\",\"ttl\":67,\"rdata\":\"v=spf1 -all\"},{\"rrname\":\"update.example.test\",\"rrtype"
    "\":\"SOA\",\"ttl\":68,\"soa\":{\"mname\":\"ns1.example.test\",\"rname\":\"root.example.test\",\"serial\":2026030101,"
    "\"refresh\":7200,\"retry\":900,\"expire\":1209600,\"minimum\":300}},{\"rrname\":\"update.example.test\",\"rrtype\":"
    "\"SRV\",\"ttl\":69},{\"rrname\":\"update.example.test\",\"rrtype\":\"SSHFP\",\"ttl\":70},{\"rrname\":\"update.exampl"
    "e.test\",\"rrtype\":\"NULL\",\"ttl\":71,\"rdata\":\"\\u0000\\\\xff\"},{\"rrname\":\"update.example.test\",\"rrtype\""
    ":\"DNAME\",\"ttl\":72,\"rdata\":\"other.test\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"HTTPS\",\"ttl\":73,"
    "\"rdata\":\"1 . alpn=h2 ech=AAA=\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"SVCB\",\"ttl\":74,\"rdata\":\"0"
    " svc.example.test\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"DNSKEY\",\"ttl\":75},{\"rrname\":\"update.exam"
    "ple.test\",\"rrtype\":\"A\",\"ttl\":76}],\"additionals\":[{\"rrname\":\"update.example.test\",\"rrtype\":\"A\",\"ttl"
    "\":60,\"rdata\":\"203.0.113.66\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"AAAA\",\"ttl\":61,\"rdata\":\"200"
    "1:db8::1\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"AAAA\",\"ttl\":62,\"rdata\":\"::ffff:192.0.2.1\"},{\"rr"
    "name\":\"update.example.test\",\"rrtype\":\"CNAME\",\"ttl\":63,\"rdata\":\"edge.example.test\"},{\"rrname\":\"update"
    ".example.test\",\"rrtype\":\"NS\",\"ttl\":64,\"rdata\":\"ns1.example.test\"},{\"rrname\":\"update.example.test\",\"r"
    "rtype\":\"PTR\",\"ttl\":65,\"rdata\":\"host.example.test\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"MX\",\""
    "ttl\":66,\"rdata\":\"mx.example.test\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"TXT\",\"ttl\":67,\"rdata\":"
    "\"v=spf1 -all\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"SOA\",\"ttl\":68},{\"rrname\":\"update.example.tes"
    "t\",\"rrtype\":\"SRV\",\"ttl\":69},{\"rrname\":\"update.example.test\",\"rrtype\":\"SSHFP\",\"ttl\":70},{\"rrname\":"
    "\"update.example.test\",\"rrtype\":\"NULL\",\"ttl\":71,\"rdata\":\"\\u0000\\\\xff\"},{\"rrname\":\"update.example.te"
    "st\",\"rrtype\":\"DNAME\",\"ttl\":72,\"rdata\":\"other.test\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"HTTP"
    "S\",\"ttl\":73,\"rdata\":\"1 . alpn=h2 ech=AAA=\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"SVCB\",\"ttl\":7"
    "4,\"rdata\":\"0 svc.example.test\"},{\"rrname\":\"update.example.test\",\"rrtype\":\"DNSKEY\",\"ttl\":75},{\"rrname"
    "\":\"update.example.test\",\"rrtype\":\"A\",\"ttl\":76}]},\"host\":\"sensor1\"}\n";

static const char golden_dns_v2_answer[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"dns"
    "\",\"src_ip\":\"10.10.20.31\",\"src_port\":53211,\"dest_ip\":\"203.0.113.66\",\"dest_port\":53,\"proto\":\"UDP\",\"i"
    "p_v\":4,\"pkt_src\":\"wire/pcap\",\"community_id\":\"1:q/03LUShfeV7cjZKyPhU0RXrtco=\",\"dns\":{\"version\":2,\"type"
    "\":\"answer\",\"id\":4660,\"flags\":\"8580\",\"qr\":true,\"aa\":true,\"rd\":true,\"ra\":true,\"opcode\":0,\"rrname\""
    ":\"update.example.test\",\"rrtype\":\"A\",\"rcode\":\"23\"},\"host\":\"sensor1\"}\n";

static const char golden_dns_v2_queries[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"dns"
    "\",\"src_ip\":\"10.10.20.31\",\"src_port\":53211,\"dest_ip\":\"203.0.113.66\",\"dest_port\":53,\"proto\":\"UDP\",\"i"
    "p_v\":4,\"pkt_src\":\"wire/pcap\",\"community_id\":\"1:q/03LUShfeV7cjZKyPhU0RXrtco=\",\"dns\":{\"version\":2,\"type"
    "\":\"query\",\"id\":4660,\"rrname\":\"update.example.test\",\"rrtype\":\"A\",\"tx_id\":0,\"opcode\":0},\"host\":\"se"
    "nsor1\"}\n"
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"dns"
    "\",\"src_ip\":\"10.10.20.31\",\"src_port\":53211,\"dest_ip\":\"203.0.113.66\",\"dest_port\":53,\"proto\":\"UDP\",\"i"
    "p_v\":4,\"pkt_src\":\"wire/pcap\",\"community_id\":\"1:q/03LUShfeV7cjZKyPhU0RXrtco=\",\"dns\":{\"version\":2,\"type"
    "\":\"query\",\"id\":4660,\"rrname\":\"_sip._tcp.example.test\",\"rrtype\":\"SRV\",\"tx_id\":0,\"opcode\":0},\"host\""
    ":\"sensor1\"}\n";

static const char golden_alert_dns_v2[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"aler"
    "t\",\"src_ip\":\"10.10.20.31\",\"src_port\":53211,\"dest_ip\":\"203.0.113.66\",\"dest_port\":53,\"proto\":\"UDP\",\""
    "ip_v\":4,\"pkt_src\":\"wire/pcap\",\"community_id\":\"1:q/03LUShfeV7cjZKyPhU0RXrtco=\",\"tx_id\":0,\"alert\":{\"acti"
    "on\":\"allowed\",\"gid\":1,\"signature_id\":1790501,\"rev\":2,\"signature\":\"ioc.tls_sni\",\"category\":\"Domain Ob"
    "served Used for C2 Detected\",\"severity\":3,\"source\":{\"ip\":\"10.10.20.31\",\"port\":53211},\"target\":{\"ip\":"
    "\"203.0.113.66\",\"port\":53},\"metadata\":{\"confidence\":[\"Medium\"],\"created_at\":[\"2026_11_20\"],\"updated_at"
    "\":[\"2026_11_21\"],\"mitre_tactic_id\":[\"TA0011\"],\"mitre_tactic_name\":[\"Command_And_Control\"],\"mitre_techniq"
    "ue_id\":[\"T1071\"],\"mitre_technique_name\":[\"Application_Layer_Protocol\"],\"signature_severity\":[\"Minor\"]},\""
    "context\":{\"sensor\":{\"detector\":\"D05\"}}},\"dns\":{\"version\":2,\"type\":\"query\",\"id\":4660,\"rrname\":\"up"
    "date.example.test\",\"rrtype\":\"A\",\"tx_id\":0,\"opcode\":0},\"app_proto\":\"dns\",\"direction\":\"to_server\",\"f"
    "low\":{\"pkts_toserver\":4,\"pkts_toclient\":2,\"bytes_toserver\":780,\"bytes_toclient\":4200,\"start\":\"2026-03-01"
    "T12:00:00.040000+0000\",\"src_ip\":\"10.10.20.31\",\"dest_ip\":\"203.0.113.66\",\"src_port\":53211,\"dest_port\":53}"
    ",\"host\":\"sensor1\"}\n";

static const char golden_tls_bare[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"event_type\":\"tls\",\"src_ip\":\""
    "10.10.20.31\",\"src_port\":51544,\"dest_ip\":\"203.0.113.66\",\"dest_port\":443,\"proto\":\"TCP\",\"ip_v\":4,\"pkt_s"
    "rc\":\"stream (flow timeout)\",\"community_id\":\"1:OZ/qeMwQMGlH2zJsWpu5zUKyBL4=\",\"tls\":{\"session_resumed\":true"
    ",\"version\":\"UNDETERMINED\",\"from_proto\":\"smtp\"},\"host\":\"sensor1\"}\n";

static const char golden_http_reply_only[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"http"
    "\",\"src_ip\":\"10.10.20.31\",\"src_port\":51544,\"dest_ip\":\"203.0.113.66\",\"dest_port\":443,\"proto\":\"TCP\",\""
    "ip_v\":4,\"pkt_src\":\"wire/pcap\",\"community_id\":\"1:OZ/qeMwQMGlH2zJsWpu5zUKyBL4=\",\"tx_id\":0,\"http\":{\"versi"
    "on\":\"2\",\"status\":404,\"length\":0},\"host\":\"sensor1\"}\n";

static const char golden_flow_v6_live[] =
    "{\"timestamp\":\"2026-03-01T12:00:09.000000+0000\",\"flow_id\":1471213987654321,\"in_iface\":\"eth1\",\"event_type\""
    ":\"flow\",\"src_ip\":\"2001:0db8:0001:0000:0000:0000:0000:0031\",\"src_port\":51544,\"dest_ip\":\"2001:0db8:ffff:000"
    "0:0000:0000:0001:0005\",\"dest_port\":443,\"ip_v\":6,\"proto\":\"TCP\",\"app_proto\":\"tls\",\"flow\":{\"pkts_toserv"
    "er\":4,\"pkts_toclient\":2,\"bytes_toserver\":780,\"bytes_toclient\":4200,\"start\":\"2026-03-01T12:00:00.040000+000"
    "0\",\"end\":\"2026-03-01T12:00:03.000001+0000\",\"age\":3,\"state\":\"closed\",\"reason\":\"timeout\",\"alerted\":fa"
    "lse,\"tx_cnt\":1},\"community_id\":\"1:4YsK8MnECftSgjvOUMc5yFk/aZY=\",\"tcp\":{\"tcp_flags\":\"1b\",\"tcp_flags_ts\""
    ":\"1b\",\"tcp_flags_tc\":\"12\",\"syn\":true,\"fin\":true,\"psh\":true,\"ack\":true,\"state\":\"closed\"},\"pcap_fil"
    "ename\":\"eth1\"}\n";

static const char golden_tls[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"tls"
    "\",\"src_ip\":\"10.10.20.31\",\"src_port\":51544,\"dest_ip\":\"203.0.113.66\",\"dest_port\":443,\"proto\":\"TCP\",\""
    "ip_v\":4,\"pkt_src\":\"wire/pcap\",\"community_id\":\"1:OZ/qeMwQMGlH2zJsWpu5zUKyBL4=\",\"tls\":{\"subject\":\"C=US, "
    "O=Example\\\\, Inc., CN=update.example.test\",\"issuerdn\":\"C=US, O=Example CA, CN=Example Issuing CA\",\"subjectal"
    "tname\":[\"update.example.test\",\"www.example.test\",\"203.0.113.66\"],\"serial\":\"0C:00:99:B7\",\"fingerprint\":"
    "\"8f:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:ff\",\"sni\":\"update.example.test\",\"version\":\"TLS 1."
    "2\",\"notbefore\":\"2026-01-04T10:48:43\",\"notafter\":\"2026-04-29T10:18:00\",\"ja3\":{\"hash\":\"fc04ea5e7659918c7"
    "384f426c32cad6c\",\"string\":\"771,4865-4866-4867,0-23-65281-10-11-35-16-5-13-18-51-45-43,29-23-24,0\"},\"ja3s\":{\""
    "hash\":\"47decf033ac4c8fc9b952ff41e549679\",\"string\":\"771,49199,65281-0-11-35-16\"},\"ja4\":\"t13d1516h2_8daaf615"
    "2771_b0da82dd1658\",\"client_alpns\":[\"h2\",\"http/1.1\"],\"server_alpns\":[\"h2\"]},\"host\":\"sensor1\",\"ndpi\":"
    "{\"confidence\":{\"4\":\"DPI\"},\"proto\":\"TLS.Google\",\"proto_id\":\"91.126\",\"encrypted\":1,\"breed\":\"Safe\","
    "\"category_id\":5,\"category\":\"Web\",\"hostname\":\"update.example.test\"}}\n";

static const char golden_http[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"http"
    "\",\"src_ip\":\"10.10.20.31\",\"src_port\":51544,\"dest_ip\":\"203.0.113.66\",\"dest_port\":8080,\"proto\":\"TCP\","
    "\"ip_v\":4,\"pkt_src\":\"wire/pcap\",\"community_id\":\"1:45NeU6ZKnPT2dz2EIwecxEIdLXE=\",\"tx_id\":2,\"http\":{\"hos"
    "tname\":\"api.exchange.test\",\"http_port\":8080,\"url\":\"/v3/ticker?symbol=BTCUSDT\",\"http_user_agent\":\"curl/8."
    "5.0\",\"xff\":\"198.51.100.1\",\"http_content_type\":\"application/json\",\"http_refer\":\"http://example.test/\",\""
    "http_method\":\"GET\",\"protocol\":\"HTTP/1.1\",\"status\":200,\"length\":310},\"host\":\"sensor1\"}\n";

static const char golden_quic_client[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"quic"
    "\",\"src_ip\":\"10.10.20.31\",\"src_port\":51544,\"dest_ip\":\"203.0.113.66\",\"dest_port\":443,\"proto\":\"UDP\",\""
    "ip_v\":4,\"pkt_src\":\"wire/pcap\",\"community_id\":\"1:sunlLV4Evwq6RYai5ExO3KW2fZk=\",\"quic\":{\"version\":\"1\","
    "\"sni\":\"api.exchange.test\",\"ua\":\"Chrome/1 beta\",\"ja3\":{\"hash\":\"fc04ea5e7659918c7384f426c32cad6c\",\"stri"
    "ng\":\"771,4865-4866-4867,0-23-65281-10-11-35-16-5-13-18-51-45-43,29-23-24,0\"},\"ja4\":\"q13d0312h3_55b375c5d22e_06"
    "cda9e17597\",\"extensions\":[{\"name\":\"server_name\",\"type\":0,\"values\":[\"api.exchange.test\"]},{\"name\":\"al"
    "pn\",\"type\":16,\"values\":[\"h3\",\"h3-29\"]}]},\"host\":\"sensor1\"}\n";

static const char golden_quic_server[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"quic"
    "\",\"src_ip\":\"203.0.113.66\",\"src_port\":443,\"dest_ip\":\"10.10.20.31\",\"dest_port\":51544,\"proto\":\"UDP\",\""
    "ip_v\":4,\"pkt_src\":\"wire/pcap\",\"community_id\":\"1:sunlLV4Evwq6RYai5ExO3KW2fZk=\",\"quic\":{\"version\":\"1\","
    "\"ja3s\":{\"hash\":\"47decf033ac4c8fc9b952ff41e549679\",\"string\":\"771,49199,65281-0-11-35-16\"}},\"host\":\"senso"
    "r1\"}\n";

static const char golden_alert[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"aler"
    "t\",\"src_ip\":\"203.0.113.66\",\"src_port\":443,\"dest_ip\":\"10.10.20.31\",\"dest_port\":51544,\"proto\":\"TCP\","
    "\"ip_v\":4,\"pkt_src\":\"wire/pcap\",\"traffic\":{\"id\":[\"example-exchange\"],\"label\":[\"crypto-exchange\",\"sec"
    "ond\"]},\"community_id\":\"1:OZ/qeMwQMGlH2zJsWpu5zUKyBL4=\",\"alert\":{\"action\":\"allowed\",\"gid\":1,\"signature_"
    "id\":1790501,\"rev\":2,\"signature\":\"DPRK ?domain? contacted over TLS\",\"category\":\"Domain Observed Used for C2"
    " Detected\",\"severity\":1,\"source\":{\"ip\":\"203.0.113.66\",\"port\":443},\"target\":{\"ip\":\"10.10.20.31\",\"po"
    "rt\":51544},\"references\":[\"https://example.org/advisory\"],\"metadata\":{\"confidence\":[\"High\"],\"created_at\""
    ":[\"2026_11_20\"],\"updated_at\":[\"2026_11_21\"],\"malware_family\":[\"AppleJeus\"],\"mitre_tactic_id\":[\"TA0011\""
    "],\"mitre_tactic_name\":[\"Command_And_Control\"],\"mitre_technique_id\":[\"T1071\"],\"mitre_technique_name\":[\"App"
    "lication_Layer_Protocol\"],\"signature_severity\":[\"Critical\"],\"tag\":[\"DPRK\",\"BlueNoroff\"]},\"context\":{\"d"
    "prk\":{\"detector\":\"D05\",\"indicator\":\"update.example.test\",\"confidence\":-85,\"actor_alias\":[\"HIDDEN COBRA"
    "\",\"APT38\"],\"matched_on\":\"tls.sni\\n\",\"why\":[\"SNI update.example.test is in list domains line 12\"],\"held_"
    "back\":4},\"geo\":{\"src_country_iso\":\"KP\",\"src_country\":\"North Korea\",\"src_asn\":131279,\"src_as_org\":\"St"
    "ar Joint Venture Co.\"}}},\"tls\":{\"subject\":\"C=US, O=Example\\\\, Inc., CN=update.example.test\",\"issuerdn\":\""
    "C=US, O=Example CA, CN=Example Issuing CA\",\"subjectaltname\":[\"update.example.test\",\"www.example.test\",\"203.0"
    ".113.66\"],\"serial\":\"0C:00:99:B7\",\"fingerprint\":\"8f:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:ff"
    "\",\"sni\":\"update.example.test\",\"version\":\"TLS 1.2\",\"notbefore\":\"2026-01-04T10:48:43\",\"notafter\":\"2026"
    "-04-29T10:18:00\",\"ja3\":{\"hash\":\"fc04ea5e7659918c7384f426c32cad6c\",\"string\":\"771,4865-4866-4867,0-23-65281-"
    "10-11-35-16-5-13-18-51-45-43,29-23-24,0\"},\"ja3s\":{\"hash\":\"47decf033ac4c8fc9b952ff41e549679\",\"string\":\"771,"
    "49199,65281-0-11-35-16\"},\"ja4\":\"t13d1516h2_8daaf6152771_b0da82dd1658\",\"client_alpns\":[\"h2\",\"http/1.1\"],\""
    "server_alpns\":[\"h2\"]},\"app_proto\":\"tls\",\"direction\":\"to_client\",\"flow\":{\"pkts_toserver\":4,\"pkts_tocl"
    "ient\":2,\"bytes_toserver\":780,\"bytes_toclient\":4200,\"start\":\"2026-03-01T12:00:00.040000+0000\",\"src_ip\":\"1"
    "0.10.20.31\",\"dest_ip\":\"203.0.113.66\",\"src_port\":51544,\"dest_port\":443},\"host\":\"sensor1\",\"ndpi\":{\"con"
    "fidence\":{\"4\":\"DPI\"},\"proto\":\"TLS.Google\",\"proto_id\":\"91.126\",\"encrypted\":1,\"breed\":\"Safe\",\"cate"
    "gory_id\":5,\"category\":\"Web\",\"hostname\":\"update.example.test\"}}\n";

static const char golden_alert_bare[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.090000+0000\",\"flow_id\":1471213987654321,\"pcap_cnt\":8,\"event_type\":\"aler"
    "t\",\"src_ip\":\"10.10.20.31\",\"src_port\":51544,\"dest_ip\":\"203.0.113.66\",\"dest_port\":443,\"proto\":\"TCP\","
    "\"ip_v\":4,\"pkt_src\":\"wire/pcap\",\"community_id\":\"1:OZ/qeMwQMGlH2zJsWpu5zUKyBL4=\",\"alert\":{\"action\":\"all"
    "owed\",\"gid\":1,\"signature_id\":1790501,\"rev\":2,\"signature\":\"ioc.tls_sni\",\"category\":\"Domain Observed Use"
    "d for C2 Detected\",\"severity\":3,\"source\":{\"ip\":\"10.10.20.31\",\"port\":51544},\"target\":{\"ip\":\"203.0.113"
    ".66\",\"port\":443},\"metadata\":{\"confidence\":[\"Medium\"],\"created_at\":[\"2026_11_20\"],\"updated_at\":[\"2026"
    "_11_21\"],\"mitre_tactic_id\":[\"TA0011\"],\"mitre_tactic_name\":[\"Command_And_Control\"],\"mitre_technique_id\":["
    "\"T1071\"],\"mitre_technique_name\":[\"Application_Layer_Protocol\"],\"signature_severity\":[\"Minor\"]},\"context\""
    ":{\"sensor\":{\"detector\":\"D05\"}}},\"app_proto\":\"failed\",\"direction\":\"to_server\",\"flow\":{\"pkts_toserver"
    "\":4,\"pkts_toclient\":2,\"bytes_toserver\":780,\"bytes_toclient\":4200,\"start\":\"2026-03-01T12:00:00.040000+0000"
    "\",\"src_ip\":\"10.10.20.31\",\"dest_ip\":\"203.0.113.66\",\"src_port\":51544,\"dest_port\":443},\"host\":\"sensor1"
    "\"}\n";

static const char golden_stats[] =
    "{\"timestamp\":\"2026-03-01T12:00:00.000000+0000\",\"event_type\":\"stats\",\"stats\":{\"uptime\":9,\"decoder\":{\"p"
    "kts\":1036,\"bytes\":720450,\"invalid\":80,\"ipv4\":0,\"ipv6\":0,\"ethernet\":0,\"arp\":2,\"unknown_ethertype\":1,\""
    "raw\":0,\"null\":0,\"sll\":0,\"tcp\":700,\"udp\":0,\"sctp\":0,\"icmpv4\":0,\"icmpv6\":0,\"vlan\":0,\"vlan_qinq\":0,"
    "\"vlan_qinqinq\":0,\"mpls\":0,\"pppoe\":0,\"ppp\":0,\"chdlc\":0,\"vntag\":0,\"ieee8021ah\":0,\"nsh\":0,\"ipv4_in_ipv"
    "4\":0,\"ipv6_in_ipv4\":0,\"ipv4_in_ipv6\":0,\"ipv6_in_ipv6\":0,\"gre\":0,\"erspan\":0,\"vxlan\":0,\"geneve\":0,\"ter"
    "edo\":0,\"too_many_layers\":0,\"avg_pkt_size\":800,\"max_pkt_size\":1514},\"defrag\":{\"ipv4\":{\"fragments\":0,\"re"
    "assembled\":0,\"timeouts\":0},\"ipv6\":{\"fragments\":0,\"reassembled\":0,\"timeouts\":0},\"max_trackers_reached\":0"
    ",\"memuse\":0},\"flow\":{\"total\":5,\"active\":0,\"tcp\":0,\"udp\":0,\"icmpv4\":0,\"icmpv6\":0,\"tcp_reuse\":0,\"me"
    "muse\":0},\"tcp\":{\"overlap_diff_data\":0,\"reassembly_gap\":0,\"reassembly_memuse\":0,\"segment_memcap_drop\":0,"
    "\"stream_depth_reached\":0},"
    "\"detect\":{\"alert\":1,\"alerts_suppressed\":0},\"app_layer\":{\"flow\":{\"http\":0,\"http2\":0,\"tls\":3,\"dns_tcp"
    "\":0,\"dns_udp\":0,\"quic\":0,\"ftp\":0},\"tx\":{\"http\":0,\"tls\":0,\"quic\":0,\"ftp\":0}}},\"ndpi\":{\"haetae\":{\"workers\":2,\"pack"
    "ets\":{\"received\":1000,\"decoded\":900,\"duplicates\":16,\"filtered\":0,\"tunnelled\":0,\"fragments\":0,\"truncate"
    "d\":0,\"checksums\":0,\"bad_checksums\":0,\"undecoded_by_reason\":{\"unknown_link_type\":1,\"link_header_short\":2,"
    "\"not_ip\":3,\"vlan_header_short\":4,\"ip_header_short\":5,\"ip_version\":6,\"ip_header_invalid\":7,\"ipv6_extension"
    "_invalid\":8,\"transport_header_short\":9,\"transport_header_invalid\":10,\"wifi_encrypted\":11,\"macsec_encrypted\""
    ":12,\"fragment_kept\":13,\"fragment_refused\":14,\"checksum_bad\":15}},"
    "\"accounts\":{\"checks\":0,\"breaks\":0},\"coverage\":{\"flows\":0,\"home_flows\":0,\""
    "truncated_flows\":0,\"bytes\":0,\"outside_bytes\":0,\"inside_bytes\":0,\"tcp_flows\":0,\"one_sided\":0,\"split_vlan_"
    "pairs\":0,\"tcp_bytes_seen\":0,\"tcp_bytes_lost\":0,\"tcp_holes\":0,\"hellos\":0,\"nameless\":0,\"ech\":0,\"unread_o"
    "thers\":0,\"lists_refused\":0},\"verdict\":\"hits\",\"blind_because\":[\"10.4 % of frames could not be read\",\"no detector is enabled\""
    "],\"encapsulations\":{\"etag\":0,\"hsr\":0,\"cisco_metadata\":0,\"fabricpath\":0,\"macsec\":0,\"wifi\":0,\"etherip\""
    ":0,\"vxlan_gpe\":0,\"gtp_u\":0,\"capwap\":0,\"tzsp\":0,\"l2tp\":0,\"mpls_in_ip\":0,\"unopened_tunnel\":0},\"fragment"
    "s\":{\"evicted\":0,\"salvaged\":0,\"overlapped\":0,\"repeated\":0,\"refused\":0,\"joined_frames\":0,\"salvaged_frame"
    "s\":0,\"lost_frames\":0,\"waiting_frames\":0,\"capwap_reassembled\":0,\"capwap_timeouts\":0},\"flows\":{\"expired\":"
    "0,\"evicted\":0,\"shutdown\":0,\"sctp\":0,\"other\":0},\"classify\":{\"packets\":0,\"detected\":0,\"guessed\":0,\"un"
    "known\":0,\"live\":0,\"limited\":0},\"dissect\":{\"dtls_flows\":0,\"dns_messages\":0,\"malformed\":0},\"observations"
    "\":{\"delivered\":0,\"analysed\":0,\"cut_texts\":0,\"ring_waits\":0,\"ring_lost\":0,\"ring_shed\":0,\"ftp_data_lost\":0},\"alerts\":{\"sightings\":0,\"w"
    "ritten\":1,\"held_back\":0,\"suppressed\":0,\"summaries\":0,\"high\":1,\"medium\":0,\"low\":0,\"labels_lost\":0,\"no"
    "tes\":0,\"notes_lost\":0,\"thresholds\":0,\"thresholds_lost\":0},\"passive_dns\":{\"answers\":0,\"unsolicited\":0,\""
    "pairs\":0,\"addresses\":0,\"pairs_evicted\":0,\"addresses_evicted\":0,\"questions\":0,\"questions_evicted\":0,\"flows\":0,\"flows_evicted\":0,\"replaced\":0,\"words"
    "\":0,\"words_refused\":0},"
    "\"incidents\":{\"hosts\":0,\"hosts_evicted\":0,\"events\":0,\"events_evicted\":0,\"chains\":0,\"revisions\":0,\"words_refused\":0},"
    "\"outputs\":[{\"output\":\"eve-log\",\"produced\":10,\"recovered\":0,\"written\":9,\"spooled\":0,\"queued\":0,\"dropped\":1,"
    "\"dropped_alerts\":1,\"dropped_queue_full\":1,\"dropped_spool_full\":0,\"dropped_spool_damaged\":0,\"dropped_too_long\":0,\"dropped_refused\":0,"
    "\"dropped_given_up\":0,\"gaps\":0,\"bytes\":4096,\"failures\":0,\"outages\":0}],\"lines_lost\":0,\"plugins\":[{\"plugin\":\"dprk\",\"counter\":\"hits\",\"value\":7}]}},\"hos"
    "t\":\"sensor1\"}\n";

#endif
