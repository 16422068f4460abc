/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sensor_plugin.h - the contract between haetae and its plugins.
 *
 * This is the only header of ours that a plugin includes. It holds three things: the values that
 * travel (observations: what the packet workers saw), the services the host offers (struct
 * sensor_host), and the two descriptors a plugin may export (a detector or an output).
 *
 * A detector is plain sequential C: every call comes from the one analysis thread, in packet-time
 * order. An output runs on a writer thread of its own. Nothing here allocates; every pointer handed
 * to a plugin is valid until that call returns, unless its docstring says otherwise.
 */
#ifndef SENSOR_PLUGIN_H
#define SENSOR_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SENSOR_ABI_MAJOR 1 /* must equal the host's */
#define SENSOR_ABI_MINOR 6 /* must not exceed the host's */

/* ------------------------------------------------------------------ values */

/* Bytes owned by somebody else. `at` may be NULL only when size is 0. */
struct slice {
    const uint8_t *at;
    size_t size; /* bytes */
};

/* An IP address in network order; IPv4 is held as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
struct address {
    uint8_t bytes[16];
};

/* Bytes inside the observation that holds this reference; empty when size is 0. */
struct text_ref {
    uint32_t at;   /* offset from the start of the observation */
    uint32_t size; /* bytes */
};

/* An array of structs inside the observation that holds this reference. */
struct array_ref {
    uint32_t at;    /* offset from the start of the observation, aligned for the element */
    uint32_t count; /* elements */
};

/* ------------------------------------------------------------ observations */

enum observation_kind {
    OBSERVE_STARTED = 1,      /* first packet of a flow */
    OBSERVE_REPLIED = 2,      /* first packet from the server of a flow; for TCP the first that is no reset */
    OBSERVE_DNS = 3,          /* one DNS message: struct observation_dns */
    OBSERVE_TLS = 4,          /* a TLS or DTLS handshake, once per flow: struct observation_tls */
    OBSERVE_QUIC = 5,         /* a QUIC Initial with a whole ClientHello or ServerHello: struct observation_quic */
    OBSERVE_HTTP_REQUEST = 6, /* request head just seen: struct observation_http, response part empty */
    OBSERVE_HTTP = 7,         /* a finished transaction: struct observation_http */
    OBSERVE_CLASSIFIED = 8,   /* nDPI has made up its mind */
    OBSERVE_ENDED = 9,        /* the flow is over: struct observation_ended */
    OBSERVE_BODY = 10,        /* text in clear, the beginning of it: struct observation_body; since minor version 4 */
    OBSERVE_FTP = 11,         /* a command of FTP with its replies: struct observation_ftp; since minor version 4 */
    OBSERVE_TLS_FLAW = 12,    /* what began like TLS is none, once per flow: struct observation_tls_flaw; since minor version 4 */
    OBSERVE_DEVICE = 13,      /* a device on the network says what it is called: struct observation_device; since minor version 5 */
    OBSERVE_FTP_DATA = 14,    /* a file went by FTP: struct observation_ftp_data; since minor version 6 */
    OBSERVE_LASTING = 15,     /* the first packet of each full hour since the flow began; since minor version 6 */
    OBSERVE_KIND_COUNT
};
#define OBSERVE_BIT(kind) (1u << (kind))

enum direction { TO_SERVER = 0, TO_CLIENT = 1 };

/* What carries a packet inside another one. */
enum tunnel_kind {
    TUNNEL_NONE = 0,
    TUNNEL_IPV4,         /* an IPv4 packet: IP-in-IP, 6in4 */
    TUNNEL_IPV6,         /* an IPv6 packet: 4in6, IPv6-in-IPv6, segment routing */
    TUNNEL_GRE,          /* versions 0 and 1 (PPTP), NVGRE, WCCP */
    TUNNEL_ERSPAN,       /* a switch's mirror port, types I to III */
    TUNNEL_ETHERIP,
    TUNNEL_MPLS,         /* labels directly in IP */
    TUNNEL_VXLAN,        /* from here on in UDP, found by the port */
    TUNNEL_VXLAN_GPE,
    TUNNEL_GENEVE,
    TUNNEL_TEREDO,
    TUNNEL_GTP,          /* GTP-U: mobile users' packets */
    TUNNEL_CAPWAP,       /* between access points and controllers */
    TUNNEL_TZSP,
    TUNNEL_L2TP,         /* versions 2 and 3, the latter also directly in IP */
    TUNNEL_KIND_COUNT
};

/* Who decided which end is the client, best evidence first. */
enum client_source { CLIENT_BY_SYN = 1, CLIENT_BY_SYN_ACK, CLIENT_BY_PROTOCOL, CLIENT_BY_PORT, CLIENT_BY_FIRST_PACKET };

/* Application protocols, one for each of EVE's `app_proto` names: APP_BITTORRENT_DHT is "bittorrent-dht". */
enum app_proto {
    APP_UNKNOWN = 0, /* nothing tried yet: EVE leaves app_proto out */
    APP_FAILED,      /* tried and gave up: EVE writes "failed" */
    APP_DNS, APP_TLS, APP_HTTP, APP_HTTP2, APP_QUIC, APP_SSH, APP_SMTP, APP_IMAP, APP_POP3, APP_FTP, APP_SMB,
    APP_DCERPC, APP_NFS, APP_NTP, APP_TFTP, APP_KRB5, APP_DHCP, APP_SNMP, APP_SIP, APP_RFB, APP_MQTT, APP_RDP,
    APP_TELNET, APP_WEBSOCKET, APP_LDAP, APP_MODBUS, APP_ENIP, APP_DNP3, APP_BITTORRENT_DHT, APP_IKE, APP_PGSQL,
    APP_MDNS,
    APP_PROTO_COUNT
};

/* How a flow got its classification. Only CLASS_DETECTED is evidence; a guess never raises an alert. */
enum class_state {
    CLASS_NONE = 0,     /* no packet was shown to the classifier yet, or it is still looking */
    CLASS_DETECTED = 1, /* from the payload (deep packet inspection) */
    CLASS_GUESSED = 2,  /* from the address or the port only */
    CLASS_UNKNOWN = 3   /* the classifier gave up */
};

/* nDPI's answer for a flow. Ids belong to the running library: ask host->protocol_name() for text. */
struct classification {
    uint64_t risks;        /* bit n set: nDPI risk n */
    uint16_t master;       /* protocol id of the carrier ("TLS" in TLS.Google), 0 when bare */
    uint16_t app;          /* protocol id, 0 unknown */
    uint16_t category;     /* nDPI category id */
    uint8_t breed;         /* nDPI breed id */
    uint8_t confidence;    /* nDPI confidence id */
    uint8_t state;         /* enum class_state */
    uint8_t encrypted;     /* 1 when nDPI calls the protocol encrypted */
    uint8_t reserved[6];
};

/* Bits of observation.marks. */
enum observation_mark {
    MARK_MIDSTREAM = 1,   /* the flow's beginning was not seen */
    MARK_ONE_SIDED = 2,   /* packets of one direction only, so far */
    MARK_TRUNCATED = 4,   /* a packet was cut by the snap length */
    MARK_HAS_MAC = 8,     /* client_mac and server_mac are set */
    MARK_TUNNELLED = 32,  /* the flow's packets come inside of others */
    MARK_WAITING = 64,    /* TCP bytes are held until earlier ones come: what the flow says may still be told */
    MARK_REPLIED = 16     /* the server has answered; for TCP with something else than a reset */
};

/*
 * The head of every observation: a self-contained value of `size` bytes that points into nothing.
 * The kind's own struct begins with it. Counters are the flow's as of this packet, this packet included.
 */
struct observation {
    uint32_t size;          /* bytes of the whole record, a multiple of 8 */
    uint8_t kind;           /* enum observation_kind */
    uint8_t direction;      /* enum direction of the packet that caused it */
    uint8_t phase;          /* place among the observations of one packet: the host's merge key */
    uint8_t worker;         /* which packet worker */
    uint64_t order;         /* the host's merge key: place of the packet in all files together, ns live */
    uint64_t time_ns;       /* packet time since the epoch, UTC */
    uint64_t packet_number; /* in its file, from 1, as Wireshark numbers; 0 when no packet caused it */
    uint64_t flow_id;       /* 51 bits, never 0 */
    struct address client;  /* who opened the flow */
    struct address server;
    uint16_t client_port;   /* host order; 0 for protocols without ports */
    uint16_t server_port;
    uint8_t proto;          /* IP protocol number */
    uint8_t ip_version;     /* 4 or 6 */
    uint8_t icmp_type;      /* of the flow's first packet, ICMP and ICMPv6 only */
    uint8_t icmp_code;
    uint16_t vlan[3];       /* VLAN ids, outer first */
    uint8_t vlan_count;
    uint8_t client_source;  /* enum client_source */
    uint8_t client_mac[6];  /* with MARK_HAS_MAC */
    uint8_t server_mac[6];
    uint8_t marks;          /* enum observation_mark bits */
    uint8_t app_proto;      /* enum app_proto, as known now */
    uint8_t client_internal; /* 1 when in HOME_NET; set by the analysis before any detector looks */
    uint8_t server_internal;
    uint16_t interface;     /* the host's number for the file (and the interface in it) of the packet, or else of the flow's first */
    uint16_t tunnel_at;     /* offset of a struct tunnel in this record, 0 when there was none: see observation_tunnel */
    uint64_t packets[2];    /* by enum direction */
    uint64_t bytes[2];      /* frame lengths on the wire, by enum direction */
    uint64_t start_ns;      /* first packet of the flow */
    uint64_t last_ns;       /* latest packet of the flow */
    struct classification class;
};

/* The outermost packet around a flow's packets, or around the packet that caused the observation. */
struct tunnel {
    struct address client;  /* the end on the flow's client's side */
    struct address server;
    uint16_t client_port;   /* host order; 0 for protocols without ports */
    uint16_t server_port;
    uint8_t ip_version;     /* 4 or 6 */
    uint8_t proto;          /* IP protocol number: 4, 17, 41, 47, ... */
    uint8_t kind;           /* enum tunnel_kind of the outermost tunnel */
    uint8_t inner_kind;     /* of the innermost one */
    uint8_t depth;          /* how many there are, from 1 */
    uint8_t reserved;
};

/* One resource record or question. Unused fields are empty or 0. */
struct dns_record {
    struct text_ref name;   /* presentation form, no final dot, "" is the root; odd bytes as \DDD (RFC 1035 5.1) */
    uint16_t type;          /* RR TYPE */
    uint16_t class;         /* RR CLASS */
    uint32_t ttl;           /* seconds; 0 for questions */
    struct text_ref data;   /* A: 4 bytes, AAAA: 16 bytes, network order; CNAME DNAME NS PTR MX SRV SVCB HTTPS: the
                               target name; SOA: mname; TXT: the strings joined; others: raw RDATA */
    struct text_ref extra;  /* SOA: rname; SVCB, HTTPS: parameters in presentation form (RFC 9460 2.1) */
    uint32_t number[5];     /* MX: preference; SRV: priority, weight, port; SVCB, HTTPS: priority, 1 when ech= is there;
                               SOA: serial, refresh, retry, expire, minimum */
};

struct observation_dns {
    struct observation head;
    uint16_t id;
    uint16_t flags;          /* the 16 flag bits as on the wire (RFC 1035 4.1.1) */
    uint16_t rcode;          /* 12 bits with EDNS (RFC 6891 6.1.3) */
    uint8_t opcode;
    uint8_t is_response;
    uint32_t tx_id;          /* number of this message within the flow, from 0 */
    uint32_t lost_records;   /* records that were there but broken or beyond the size bound */
    struct array_ref questions, answers, authorities, additionals; /* of struct dns_record; OPT is not among them */
};

enum tls_ech { ECH_NONE = 0, ECH_GREASE_OR_REAL = 1, ECH_ACCEPTED = 2 };

struct observation_tls {
    struct observation head;
    uint16_t version;        /* negotiated, e.g. 0x0303; of the ClientHello when no ServerHello was seen; 0 unknown */
    uint8_t is_dtls;
    uint8_t resumed;         /* session id or ticket was accepted */
    uint8_t ech;             /* enum tls_ech */
    uint8_t client_seen;     /* a whole ClientHello was seen */
    uint8_t server_seen;     /* a whole ServerHello was seen */
    uint8_t certificate_seen;
    uint8_t from_proto;      /* enum app_proto that upgraded (STARTTLS, CONNECT), else APP_UNKNOWN */
    uint8_t reserved[7];
    struct text_ref sni;     /* bytes as sent */
    struct text_ref client_alpns; /* comma-joined */
    struct text_ref server_alpn;
    struct text_ref ja3, ja3_hash, ja3s, ja3s_hash, ja4; /* ASCII; hashes in lower-case hex */
    struct text_ref subject, issuer; /* RFC 4514-like, "C=US, O=Example\, Inc., CN=a" : commas in values escaped */
    struct text_ref serial;  /* raw bytes of the INTEGER, big endian */
    struct text_ref san;     /* NUL-joined dNSName and iPAddress texts */
    struct text_ref sha1, sha256; /* raw digests of the leaf's DER */
    struct array_ref chain_sha1;  /* of uint8_t[20], leaf first */
    int64_t not_before, not_after; /* seconds since the epoch */
    /* The client's own certificate (TLS <= 1.2, when the server asked for one); all empty and 0 without it. */
    struct text_ref client_subject, client_issuer, client_serial, client_sha1;
    int64_t client_not_before, client_not_after;
};

struct observation_quic {
    struct observation head;
    uint32_t version;        /* as on the wire */
    uint8_t is_server;       /* 1: from a server Initial (ja3s), 0: from a client Initial */
    uint8_t ech;             /* enum tls_ech */
    uint8_t reserved[2];
    struct text_ref sni, alpns, user_agent, ja3, ja3_hash, ja3s, ja3s_hash, ja4;
};

struct observation_http {
    struct observation head;
    uint32_t tx_id;          /* transaction of the flow, from 0 */
    uint16_t status;         /* 0 when no response was seen */
    uint16_t host_port;      /* port in Host, 0 when none */
    uint8_t is_http2;
    uint8_t request_seen;
    uint8_t response_seen;
    uint8_t reserved[5];
    uint64_t request_length;  /* body bytes seen */
    uint64_t response_length; /* body bytes seen */
    struct text_ref method, url /* as sent */, host /* without port, from absolute URI, CONNECT target, else Host */;
    struct text_ref protocol /* "HTTP/1.1" */, user_agent, referer, content_type /* of the response */;
    struct text_ref xff;     /* X-Forwarded-For, as sent */
};

/* Whose bytes an observation_body holds. Its head.direction says which way they went. */
enum body_source { BODY_HTTP_REQUEST = 1, BODY_HTTP_RESPONSE, BODY_STREAM /* TCP of no protocol that is parsed */ };

/*
 * The first bytes of an HTTP body, or of what an end of a TCP connection says; only when they (unpacked) begin like text, and only when
 * some detector asks for this kind. `dissect.bodies` bounds the bytes of a body, and those of all pieces of an end together. A
 * body comes once: when it is over or its bound is reached. A stream comes in pieces: one ends when the other end speaks.
 */
struct observation_body {
    struct observation head;
    uint8_t source;          /* enum body_source */
    uint8_t reserved[3];
    uint32_t number;         /* HTTP: tx_id of the transaction; BODY_STREAM: piece of this end, from 0 */
    struct text_ref bytes;   /* any bytes; transfer codings are undone, and so is a content coding gzip or deflate */
    struct text_ref method, url, host; /* HTTP: of the request, as in observation_http; else empty */
    struct text_ref user_agent;
};

/* What a connection that begins like TLS does that TLS never does (RFC 8446 5.1, RFC 5246 6.2). */
enum tls_flaw {
    TLS_FLAW_NONE = 0,
    TLS_FLAW_DATA_FIRST,   /* the client's first record is no handshake */
    TLS_FLAW_CLIENT_HELLO, /* it is a handshake, but no ClientHello */
    TLS_FLAW_SERVER_HELLO, /* the server's first record is neither ServerHello nor alert */
    TLS_FLAW_LENGTH,       /* a record of impossible length */
    TLS_FLAW_RECORDS       /* behind a record there is no other one, but other bytes */
};

/* Both ends began with the head of a TLS record, the beginning of the flow was seen without holes, and yet it is no TLS. */
struct observation_tls_flaw {
    struct observation head; /* direction: of whoever went astray */
    uint8_t flaw;            /* enum tls_flaw */
    uint8_t reserved;
    uint16_t entropy_bytes;  /* how many bytes of what follows the flaw were at hand, at most 1024; 0: less than 256 */
    uint16_t entropy;        /* of them, in hundredths of a bit per byte: 800 is as random as can be */
    uint8_t more_reserved[2];
    struct text_ref client_first, server_first; /* the first bytes of each end, at most 32 */
};

enum ftp_mode { FTP_NO_DATA = 0, FTP_PASSIVE /* the client opens the data connection */, FTP_ACTIVE /* the server does, to the client */ };
#define FTP_CODES_MAX 8

/* A transaction of FTP's control connection (RFC 959): a command and its replies, the greeting without a command. */
struct observation_ftp {
    struct observation head;
    uint32_t tx_id;          /* transaction of the flow, from 0 */
    uint16_t dynamic_port;   /* of the data connection that it announces or uses, 0 when there is none */
    uint8_t mode;            /* enum ftp_mode, of that connection */
    uint8_t code_count;
    uint16_t codes[FTP_CODES_MAX]; /* of the replies */
    uint8_t data_cut;        /* 1: the argument was longer than what is kept */
    uint8_t replies_cut;
    uint8_t reserved[6];
    struct text_ref command; /* "STOR", upper case; empty for the greeting */
    struct text_ref data;    /* its argument, never that of PASS */
    struct text_ref replies; /* NUL-joined lines without their codes */
    struct text_ref user;    /* who logged in on this connection */
};

/* A transfer of FTP and its data connection, once both are over. The head is that of the data connection, which the control connection
 * announced. */
struct observation_ftp_data {
    struct observation head;
    uint64_t control_flow_id;
    uint64_t bytes;          /* frame lengths on the wire that went the file's way */
    uint8_t is_upload;       /* STOR, STOU, APPE; else RETR */
    uint8_t mode;            /* enum ftp_mode: who opened the data connection */
    uint8_t reserved[6];
    struct text_ref command, name, user; /* as in observation_ftp; a long name is cut at 512 bytes */
};

enum device_source { DEVICE_MDNS = 1, DEVICE_DHCP };

/* A name with its address by multicast DNS (RFC 6762), or the host name and vendor class of a DHCP client (RFC 2132). Its own flow may
 * have no address yet. */
struct observation_device {
    struct observation head;
    uint8_t source;         /* enum device_source */
    uint8_t has_mac;
    uint8_t mac[6];         /* DHCP: the client's hardware address */
    struct address address; /* announced, or asked for; all zero: not said */
    struct text_ref name;   /* mDNS: as in dns_record; DHCP: the option's bytes */
    struct text_ref vendor; /* DHCP: option 60 */
};

enum flow_state { FLOW_NEW = 0, FLOW_ESTABLISHED, FLOW_CLOSED };
enum end_reason { END_TIMEOUT = 0, END_FORCED, END_SHUTDOWN, END_TCP_REUSE };
enum tcp_state {
    TCP_STATE_NONE = 0, TCP_STATE_SYN_SENT, TCP_STATE_SYN_RECV, TCP_STATE_ESTABLISHED, TCP_STATE_FIN_WAIT1, TCP_STATE_FIN_WAIT2, TCP_STATE_TIME_WAIT,
    TCP_STATE_LAST_ACK, TCP_STATE_CLOSE_WAIT, TCP_STATE_CLOSING, TCP_STATE_CLOSED
};

struct observation_ended {
    struct observation head;
    uint8_t state;           /* enum flow_state */
    uint8_t reason;          /* enum end_reason */
    uint8_t tcp_state;       /* enum tcp_state */
    uint8_t tcp_flags[2];    /* all TCP flags seen, by direction */
    uint8_t reply_icmp_type; /* of the first packet to the client, ICMP only */
    uint8_t reply_icmp_code;
    uint8_t evicted;         /* 1: ended early because the flow table was full */
    uint32_t tx_count;       /* transactions (dns messages, http transactions, ...) */
    uint32_t gaps[2];        /* holes met while following the TCP stream, by direction */
    uint64_t bypassed_packets[2]; /* of the head's counters, what the kernel counted and nobody looked at, by direction; since minor version 6 */
    uint64_t bypassed_bytes[2];
};

/* The bytes behind a reference; valid as long as the observation is. Empty when out of bounds. */
static inline struct slice observation_text(const struct observation *o, struct text_ref r)
{
    if (r.size == 0 || r.at > o->size || r.size > o->size - r.at)
        return (struct slice){NULL, 0};
    return (struct slice){(const uint8_t *)o + r.at, r.size};
}

/* The tunnel around the flow, NULL when there is none. */
static inline const struct tunnel *observation_tunnel(const struct observation *o)
{
    if (o->tunnel_at == 0 || o->tunnel_at > o->size || o->size - o->tunnel_at < sizeof(struct tunnel))
        return NULL;
    return (const struct tunnel *)(const void *)((const uint8_t *)o + o->tunnel_at);
}

/* Element `i` of an array of `element`-byte structs, NULL when there is none. */
static inline const void *observation_item(const struct observation *o, struct array_ref r, uint32_t i, size_t element)
{
    if (i >= r.count || r.at > o->size || r.count > (o->size - r.at) / element)
        return NULL;
    return (const uint8_t *)o + r.at + (size_t)i * element;
}

/* ---------------------------------------------------------------- indicators */

/*
 * One thing that a report says of an actor. All words are CSV column names of our own lists too, so a row, an indicator and the fields
 * of an alert read alike.
 */
enum indicator_type {
    INDICATOR_NONE = 0,
    INDICATOR_IPV4,        /* 198.51.100.7 */
    INDICATOR_IPV6,        /* 2001:db8::7, RFC 5952 */
    INDICATOR_CIDR,        /* 198.51.100.0/24, 2001:db8::/32; host bits are zero */
    INDICATOR_DOMAIN,      /* lower case, A-labels (RFC 5890), no final dot */
    INDICATOR_URL,         /* scheme://host[:port]/path[?query] */
    INDICATOR_JA3,         /* 32 lower-case hex digits */
    INDICATOR_JA3S,
    INDICATOR_JA4,
    INDICATOR_TLS_SHA1,    /* of a certificate's DER, lower-case hex without colons */
    INDICATOR_TLS_SHA256,
    INDICATOR_TLS_NAME,    /* subject CN or a subjectAltName of a certificate */
    INDICATOR_WALLET,      /* as its chain writes it; letter case as given */
    INDICATOR_TYPE_COUNT
};

enum indicator_match { MATCH_EXACT = 0, MATCH_SUFFIX /* the name and everything below it */, MATCH_PREFIX /* URLs */ };

#define INDICATOR_PORTS_MAX 16

/*
 * Times are seconds since the epoch, UTC; 0 says the list gave none. Texts are UTF-8, never NULL, "" when the list gave none, and live
 * as long as whoever handed the indicator out says.
 */
struct indicator {
    enum indicator_type type;
    enum indicator_match match;
    const char *value;      /* in the normal form of its type */
    uint16_t ports[INDICATOR_PORTS_MAX]; /* addresses only: the ports that the report names */
    uint8_t port_count;
    uint8_t confidence_pct; /* 0..100 */
    int64_t first_seen;     /* earliest report */
    int64_t last_seen;      /* latest report: where ageing counts from */
    int64_t valid_from;     /* explicit validity, as STIX 2.1 has it */
    int64_t valid_until;
    const char *actor;
    const char *campaign;
    const char *malware;
    const char *category;   /* actor_c2, laundering, ... : plugins/dprk/README.md */
    const char *hosted;     /* the shared parent of a host, "" when the name or address is the actor's own */
    const char *status;     /* "", seized_..., offline, delisted_..., stale, unverified */
    const char *tlp;        /* "", clear, green, amber, amber+strict, red */
    const char *source;     /* who reported */
    const char *reference;  /* URL of the report */
    const char *note;       /* key=value; key=value */
    const char *list;       /* name of the list it came from */
    uint32_t line;          /* in that file, from 1; 0 when the format has no lines */
    uint8_t months;         /* INDICATOR_..._MONTH: the report gives no day; the time is the month's first or last */
};
#define INDICATOR_FIRST_MONTH 1u
#define INDICATOR_LAST_MONTH  2u

/* ------------------------------------------------- rules, sightings, alerts */

/*
 * One thing a detector can say. Kept for ever under its SID; `rev` grows when the logic changes.
 * All text is ASCII without quotes or backslashes. A detector's rules are a static const table.
 */
struct sensor_rule {
    uint32_t sid;                 /* 1790000 + 100 * detector + variant */
    uint32_t rev;                 /* from 1 */
    const char *detector;         /* "D05" of the catalogue in sensor/README.md */
    const char *name;             /* "ioc.tls_sni" */
    const char *category;         /* a description from Suricata's classification.config */
    uint8_t severity;             /* default: 1 high, 2 medium, 3 low */
    const char *tactic_id, *tactic_name;       /* MITRE ATT&CK: "TA0011", "Command_And_Control" */
    const char *technique_id, *technique_name; /* "T1071", "Application_Layer_Protocol" */
    const char *created, *updated;             /* "2026_11_20" */
    const char *summary;          /* what it means, one sentence */
    const char *evidence;         /* what must be seen for it */
    const char *false_positives;  /* when it is wrong and how to control it */
};

enum evidence_kind { EVIDENCE_TEXT = 0, EVIDENCE_NUMBER, EVIDENCE_LIST, EVIDENCE_ROWS /* since minor version 3 */ };

struct evidence_row;

/* One fact under alert.context.<context_key>. */
struct evidence {
    const char *name;             /* snake_case JSON key */
    enum evidence_kind kind;
    struct slice text;            /* EVIDENCE_TEXT: any bytes; the writer makes valid UTF-8 of them */
    int64_t number;               /* EVIDENCE_NUMBER; EVIDENCE_ROWS: how many */
    union {
        const char *const *list;         /* EVIDENCE_LIST: NULL-terminated strings */
        const struct evidence_row *rows; /* EVIDENCE_ROWS: an array of objects */
    };
};

/* An object of texts and numbers. */
struct evidence_row {
    const struct evidence *item;
    size_t count; /* at most 40 */
};

/* What a detector saw. The host copies it during raise(). */
struct sighting {
    const struct sensor_rule *rule;
    const char *signature;        /* the line an analyst reads: ASCII, no quotes, at most 160 bytes */
    uint8_t severity;             /* 1..3; 0 takes the rule's */
    uint8_t confidence_pct;       /* 0..100: alert.metadata.confidence Low < 45 <= Medium < 70 <= High */
    uint8_t target_is_server;     /* 0: the client is the internal victim; 1: the server is */
    const char *context_key;      /* object under alert.context, e.g. "dprk" */
    const struct evidence *evidence;
    size_t evidence_count;        /* at most 40 */
    const char *const *why;       /* NULL-terminated short facts, each checkable; at most 16 */
    const char *const *tags;      /* NULL-terminated: alert.metadata.tag, e.g. "DPRK", "BlueNoroff"; may be NULL */
    const char *const *references;/* NULL-terminated URLs of public reports; may be NULL */
    const char *malware_family;   /* may be NULL */
    struct slice dedup;           /* what makes two sightings of one rule and one internal host the same fact */
    uint32_t limit;               /* alerts per window for one (rule, host, dedup); 0 = no limit */
    uint32_t window_s;            /* length of that window in packet time */
};

/* ---------------------------------------------------------------- services */

struct sensor_list;    /* a loaded CSV of indicators or names; see list_open */
struct sensor_options; /* what the configuration says for one plugin */
struct sensor_context; /* the observation being looked at; valid during observe() and tick() */

/*
 * A row of a list that matched. Opaque but for this: field() gives its columns. Lists may be read anew between two calls of a plugin:
 * an entry and its texts are valid until the call returns in which it was found. To come back to a row later, keep what was asked for
 * and ask again.
 */
struct sensor_entry {
    const struct sensor_list *list;
    uint32_t row;            /* internal index */
    uint32_t line;           /* line in the file, from 1 */
    struct slice matched;    /* the part of the asked value that matched: the name's suffix, or the whole value */
    bool whole;              /* the asked name itself matched, not only its end */
};

struct sensor_geo {
    char country_iso[3];     /* "" unknown; upper case ISO 3166-1 alpha-2 */
    char country[64];        /* English name, UTF-8 */
    uint32_t asn;            /* 0 unknown */
    char organization[96];   /* UTF-8, cut on a character boundary */
};

/* Where the name of a flow's outside end comes from, surest first. */
enum sensor_name_source {
    NAME_TLS = 1,  /* said in the flow itself: server name of TLS */
    NAME_QUIC,     /* server name of QUIC */
    NAME_HTTP,     /* host of an HTTP request */
    NAME_SAME_HOST,/* the flow's internal end resolved it to this address */
    NAME_NETWORK   /* another internal host did */
};

/* A name of a flow's outside end, as of the start of the flow. Texts are lower case, NUL-terminated, valid during the call. */
struct sensor_name {
    struct slice name;       /* what was asked for, or said */
    struct slice leaf;       /* where its CNAME chain ends; empty when it is the name itself */
    uint8_t source;          /* enum sensor_name_source; what follows is set from NAME_SAME_HOST on */
    uint8_t unsolicited;     /* 1: the answer was seen without its question (one-sided capture): never alert on it */
    uint8_t hint;            /* 1: the address was a hint in an HTTPS or SVCB record (RFC 9460 7.3) */
    struct address resolver; /* who answered */
    uint64_t age_ns;         /* from the answer to the start of the flow */
    uint32_t ttl_s;          /* of the answer */
    uint32_t others;         /* names of other registered domains that the network resolved to this address */
};

/* A role that the configuration gives to an address (`hosts`), in force at the time of the observation. */
struct sensor_role {
    const char *role;        /* "trading" */
    const char *reason;      /* "" when none was given */
    const char *until;       /* last day it holds, "2027-03-31"; "" for ever */
    const char *where;       /* "haetae.yaml:34" */
};

/* A bounded table; see table_new. */
struct sensor_table;

enum sensor_level { SENSOR_ERROR = 0, SENSOR_WARNING, SENSOR_NOTICE, SENSOR_INFO, SENSOR_DEBUG };

#if defined(__GNUC__)
#define SENSOR_PRINTF(a, b) __attribute__((format(printf, a, b)))
#else
#define SENSOR_PRINTF(a, b)
#endif

/*
 * What the host does for plugins. All functions may be called from the thread that called the plugin,
 * and none blocks. `size` grows with minor versions: the host's struct may be longer than this one.
 */
struct sensor_host {
    uint32_t size;

    /* To the log. Not for things that happen per packet. */
    void (*log)(enum sensor_level level, const char *format, ...) SENSOR_PRINTF(2, 3);

    /* Options of this plugin; the descriptor's table gives type and default, so these cannot fail. */
    const char *(*option_text)(const struct sensor_options *, const char *name); /* never NULL; "" when unset */
    int64_t (*option_number)(const struct sensor_options *, const char *name);   /* also bytes, seconds, 0/1 */
    size_t (*option_count)(const struct sensor_options *, const char *name);     /* items of a list option */
    const char *(*option_item)(const struct sensor_options *, const char *name, size_t i);

    /*
     * Loads a CSV (RFC 4180, header line, UTF-8) whose columns `value`, optional `type` (domain when absent) and
     * optional `match` (exact, suffix, cidr; exact when absent) make it searchable; all other columns are kept.
     * `required` is a NULL-terminated list of further columns that must be there. A path that is not absolute is
     * looked for beside the configuration, then in the data directory. Returns NULL and fills `error`
     * ("file:line: what; what to do") on failure. Close with list_close (NULL is fine).
     */
    struct sensor_list *(*list_open)(const char *path, const char *const *required, char *error, size_t error_size);
    void (*list_close)(struct sensor_list *);
    size_t (*list_count)(const struct sensor_list *);
    /* Longest matching name on label boundaries, exact before suffix; letter case and a final dot are ignored. */
    bool (*list_find_name)(const struct sensor_list *, struct slice name, struct sensor_entry *out);
    /* Address rows first, then the longest prefix. IPv4 rows match the mapped form only: unwrap NAT64 yourself. */
    bool (*list_find_address)(const struct sensor_list *, const struct address *, struct sensor_entry *out);
    /* Equality for the other types ("url", "tls_sha1", "ja3", ...). */
    bool (*list_find_value)(const struct sensor_list *, const char *type, struct slice value, struct sensor_entry *out);
    /* A column of a matched row; "" when empty or no such column. Valid as long as the entry. */
    const char *(*field)(const struct sensor_entry *, const char *column);

    /* Country and AS of an address; false when nothing is known or no database is loaded. */
    bool (*geo)(struct sensor_context *, const struct address *, struct sensor_geo *out);

    /* Raises a sighting on the observation in `context`; thresholds are applied. Returns true when an alert was
       written, false when it was held back (and counted). */
    bool (*raise)(struct sensor_context *, const struct sighting *);
    /* Adds traffic.id / traffic.label words to all later events of this flow (this one included). Either may be
       NULL. At most 4 of each, 63 bytes a word; more are counted, not kept. */
    void (*label)(struct sensor_context *, const char *id, const char *label);
    /* Adds 1 to a named counter of this plugin, shown in the stats. `name` is a string literal. */
    void (*count)(struct sensor_context *, const char *name);

    /* Text for ids of the classification; never NULL. */
    const char *(*protocol_name)(uint16_t id);
    const char *(*risk_name)(unsigned risk);
    /* Presentation form of an address (RFC 5952; mapped IPv4 dotted) into `out` of at least 46 bytes; returns out. */
    const char *(*address_text)(const struct address *, char *out);

    /* ---- since minor version 1 ---- */

    /*
     * The names of the flow's outside end, best first: `i` counts from 0, false past the last. What the flow says of itself
     * stands first, unless TLS hid the true name (ECH). Then come the names that the internal end resolved to the address
     * before the flow began, latest first; when there is none, those of other hosts.
     */
    bool (*name_of)(struct sensor_context *, size_t i, struct sensor_name *out);

    /* Does the configuration give `address` this role ("trading")? `out` may be NULL. */
    bool (*has_role)(struct sensor_context *, const struct address *, const char *role, struct sensor_role *out);
    /* The roles of an address, `i` from 0; false past the last. */
    bool (*role_of)(struct sensor_context *, const struct address *, size_t i, struct sensor_role *out);

    /*
     * State that outlives the process, by name ([a-z0-9_-]+), in the configuration's `state-directory`. `version` is the
     * plugin's own: state of another version, or damaged, is refused with a warning in the log, and the plugin starts fresh.
     * state_load hands the bytes to `take` (valid during that call; false: refused) and returns true when it took them.
     * state_save replaces what was there, whole or not at all. Both return false where no state is kept. Save in close(), and
     * now and then in tick().
     */
    bool (*state_load)(const char *name, uint32_t version, bool (*take)(void *arg, struct slice bytes), void *arg);
    bool (*state_save)(const char *name, uint32_t version, struct slice bytes);

    /*
     * A table of at most `most` entries with keys of `key_size` bytes and values of `value_size`: a full one gives up the
     * entry taken longest ago. Hashed under a secret key; the order of entries does not depend on it. NULL without memory.
     * table_find: the value or NULL. table_take: the same, made (zeroed, *is_new) when there is none, and moved to the front.
     * table_next: entries from the latest taken to the oldest; begins with `value` NULL, returns NULL at the end, and gives the
     * key to *key (may be NULL). Drop no entry but the one at hand while walking, and only after asking for its next.
     */
    struct sensor_table *(*table_new)(uint32_t most, size_t key_size, size_t value_size);
    void (*table_free)(struct sensor_table *);
    void *(*table_find)(const struct sensor_table *, const void *key);
    void *(*table_take)(struct sensor_table *, const void *key, bool *is_new);
    void (*table_drop)(struct sensor_table *, void *value);
    void *(*table_next)(const struct sensor_table *, const void *value, const void **key);
    uint32_t (*table_count)(const struct sensor_table *);
    uint64_t (*table_evicted)(const struct sensor_table *); /* entries given up so far */

    /* As raise(), for what becomes clear only later, also in tick(): `head` is a copy that the detector kept of an
       observation's head. The alert is about that flow, and its time is now. It carries the flow's id only when the flow
       still lives and has alerted: put the id among the evidence. */
    bool (*raise_on)(struct sensor_context *, const struct observation *head, const struct sighting *);

    /* ---- since minor version 2 ---- */

    /*
     * Opens lists of indicators as one: each item is a file in any format that `haetae intel` reads, and what it says of rows that do
     * not say it themselves: "isac.txt name=isac category=actor_c2 confidence=60". Rows that cannot be used are told in the log and
     * left out. All list_* services and field() serve it; a value may stand in several rows (list_next). NULL and `error` on failure.
     */
    struct sensor_list *(*list_open_indicators)(const char *const *lists, size_t count, char *error, size_t error_size);
    /* Another row that matches what was asked, next best: false after the last. The bytes that were asked for must still be there. */
    bool (*list_next)(struct sensor_entry *);
    /* A row of such a list; its texts are valid as long as the entry. Fills `size` bytes at most: pass sizeof *out. */
    void (*indicator)(const struct sensor_entry *, struct indicator *out, size_t size);
    /* Sets a named number of this plugin in the stats, beside the counters. `name` is a string literal. */
    void (*set)(struct sensor_context *, const char *name, uint64_t value);

    /* ---- since minor version 3 ---- */

    /* True in the last tick(): nothing will be observed any more, so what waits for more must be judged now. */
    bool (*is_ending)(const struct sensor_context *);
    /* The part of a name that somebody registered, by rule of thumb: two labels, three below co.uk and its like. */
    struct slice (*registered_domain)(struct slice name);

    /* ---- since minor version 5 ---- */

    /* state_save and state_load for whole tables whose keys and values hold no pointers: all of `tables`[count], or none. Loading wants them
       empty and of the same sizes; a state of more than 64 MiB leaves the entries out that were taken longest ago. Cheap where no state
       is kept. */
    bool (*tables_save)(const char *name, uint32_t version, struct sensor_table *const *tables, size_t count);
    bool (*tables_load)(const char *name, uint32_t version, struct sensor_table *const *tables, size_t count);
};

/* ------------------------------------------------------------- descriptors */

enum sensor_option_type { OPTION_BOOL = 0, OPTION_NUMBER, OPTION_SIZE, OPTION_SECONDS, OPTION_TEXT, OPTION_LIST };

/* One option of a plugin. Tables end with a NULL name. */
struct sensor_option {
    const char *name;             /* as in the configuration */
    enum sensor_option_type type; /* OPTION_SIZE takes kb, mb, gb; OPTION_SECONDS takes s, m, h, d; LIST takes texts */
    const char *fallback;         /* default, in the configuration's own notation; "" for empty */
    int64_t least, most;          /* bounds of numbers, inclusive; both 0: none */
    const char *help;             /* one line */
};

enum sensor_plugin_kind { SENSOR_DETECTOR = 1, SENSOR_OUTPUT = 2 };

struct sensor_detector {
    uint32_t observes;                /* OBSERVE_BIT()s it wants */
    const struct sensor_rule *rules;  /* ends with sid 0 */
    /* Returns its state, or NULL after writing a clear reason to `error`. */
    void *(*open)(const struct sensor_host *, const struct sensor_options *, char *error, size_t error_size);
    void (*observe)(void *state, const struct observation *, struct sensor_context *);
    /* Once per second of packet time at most, and once after all observations (is_ending); may be NULL. */
    void (*tick)(void *state, uint64_t now_ns, struct sensor_context *);
    void (*close)(void *state);       /* takes NULL */
};

enum sensor_written { SENSOR_WRITTEN = 0, SENSOR_RETRY, SENSOR_LOST };

/* A line with what the host knows about it. */
struct sensor_line {
    struct slice text;       /* ends in LF */
    struct address host;     /* the internal end of what it tells; zeros when there is none */
    bool has_host;
    bool is_alert;
};

struct sensor_output {
    void *(*open)(const struct sensor_host *, const struct sensor_options *, char *error, size_t error_size);
    /* `lines` are whole lines, each ending in LF. WRITTEN: all were taken. RETRY: not now; the same bytes are offered
       again later, in the same order but perhaps line by line, so a sink that took a part remembers how much. LOST:
       they are gone and are counted. */
    enum sensor_written (*write)(void *state, struct slice lines, size_t line_count);
    bool (*flush)(void *state);       /* to the sink's own safety; false on failure; may be NULL */
    bool (*reopen)(void *state);      /* after rotation; may be NULL */
    const char *(*error)(void *state);/* the latest failure in words, "" when none; may be NULL */
    void (*close)(void *state);

    /* ---- since minor version 4 ---- */

    /* A number of its own for the stats: `i` from 0, false past the last. `name` becomes a literal. Any thread, while it is open; may
       be NULL. */
    bool (*number)(void *state, size_t i, const char **name, uint64_t *value);
    /* Instead of write(), which may then be NULL: the same lines, each with what is known about it. The lines stand one behind the
       other in memory. */
    enum sensor_written (*write_lines)(void *state, const struct sensor_line *lines, size_t line_count);
    /* Trying costs nothing and disturbs nobody (a file, a local socket): after a failure it is tried again within a
       second. */
    bool is_local;
};

struct sensor_plugin {
    uint16_t abi_major, abi_minor;
    uint32_t size;                /* sizeof(struct sensor_plugin) of the plugin's build */
    enum sensor_plugin_kind kind;
    const char *name;             /* [a-z0-9_-]+, the key in the configuration */
    const char *version, *license, *summary;
    const struct sensor_option *options; /* ends with a NULL name; may be NULL */
    struct sensor_detector detector;     /* kind SENSOR_DETECTOR */
    struct sensor_output output;         /* kind SENSOR_OUTPUT */
};

/*
 * Defines the plugin's one exported symbol. Built into the program it is called sensor_plugin_<id>; as a shared
 * object (SENSOR_PLUGIN_SHARED defined) it is called sensor_plugin, which is what the loader looks for.
 */
#ifdef SENSOR_PLUGIN_SHARED
#define SENSOR_PLUGIN(id) __attribute__((visibility("default"))) const struct sensor_plugin sensor_plugin
#else
#define SENSOR_PLUGIN(id) extern const struct sensor_plugin sensor_plugin_##id; const struct sensor_plugin sensor_plugin_##id
#endif
#define SENSOR_PLUGIN_ABI .abi_major = SENSOR_ABI_MAJOR, .abi_minor = SENSOR_ABI_MINOR, .size = sizeof(struct sensor_plugin)

#endif
