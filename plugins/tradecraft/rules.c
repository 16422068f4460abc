/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.c - all that the detector can say; haetae explain prints it.
 */
#include "tradecraft.h"

#define RULE(sid_, detector_, name_, severity_, category_) RULE_REV(sid_, 1, detector_, name_, severity_, category_)
#define RULE_REV(sid_, rev_, detector_, name_, severity_, category_)                                                               \
    .sid = (sid_), .rev = (rev_), .detector = detector_, .name = name_, .severity = (severity_), .category = category_,                \
    .created = "2026_11_21", .updated = "2026_11_21"
#define ATTACK(tactic_, tactic_name_, technique_, technique_name_)                                                                 \
    .tactic_id = tactic_, .tactic_name = tactic_name_, .technique_id = technique_, .technique_name = technique_name_

#define REMOTE ATTACK("TA0011", "Command_And_Control", "T1219", "Remote_Access_Tools")
#define CHAIN  ATTACK("TA0011", "Command_And_Control", "T1102", "Web_Service")
#define THEFT  ATTACK("TA0010", "Exfiltration", "T1567", "Exfiltration_Over_Web_Service")

#define REMOTE_FALSE_POSITIVES                                                                                                     \
    "Help desks and suppliers use such tools: name the allowed ones in the option sanctioned, or give the host the role helpdesk."
#define RPC_FALSE_POSITIVES                                                                                                        \
    "Wallets, their developers and block explorers call such hosts all day: give hosts that may the role wallet or trading."
#define WEB_FALSE_POSITIVES                                                                                                        \
    "People paste and transfer files: suppress by host or by service. It matters on servers and after other stages of an intrusion."

#define FTP_THEFT                                                                                                                  \
    ATTACK("TA0010", "Exfiltration", "T1048.003", "Exfiltration_Over_Unencrypted_Non-C2_Protocol")
#define FTP_FALSE_POSITIVES                                                                                                        \
    "Printers, backups and business partners: give the outside server the role partner in hosts."

const struct sensor_rule tradecraft_rules[] = {
    [RULE_REMOTE_OUT] = {RULE(1792300, "D23", "remote_access", 2, "Potential Corporate Privacy Violation"), REMOTE,
                         .summary = "An internal host used a remote-access tool or tunnel that is not sanctioned.",
                         .evidence = "The name of a relay in TLS, QUIC, HTTP or resolved by the same host, or nDPI knew the protocol "
                                     "from its payload. Plain RDP, VNC and Citrix to the outside have severity 3, unless the role "
                                     "of the host forbids them.",
                         .false_positives = REMOTE_FALSE_POSITIVES},
    [RULE_REMOTE_IN] = {RULE(1792301, "D23", "remote_access", 2, "Potential Corporate Privacy Violation"), REMOTE,
                        .summary = "An outside host opened a remote-access session to an internal one.",
                        .evidence = "nDPI knew the protocol (RDP, VNC, TeamViewer, AnyDesk, Citrix) from the payload of an inbound flow.",
                        .false_positives = REMOTE_FALSE_POSITIVES},
    [RULE_EXIT] = {RULE(1792400, "D24", "anon_exit", 3, "Misc activity"),
                   ATTACK("TA0011", "Command_And_Control", "T1090", "Proxy"),
                   .summary = "An internal host used a commercial VPN, a residential proxy or Tor.",
                   .evidence = "The name of a provider in TLS, QUIC, HTTP or resolved by the same host, or nDPI knew the protocol "
                               "from its payload.",
                   .false_positives = "Roaming staff and privacy-minded people. Remote IT workers of the DPRK are known for Astrill."},
    [RULE_EXIT_IN] = {RULE(1792401, "D24", "anon_exit", 2, "Potential Corporate Privacy Violation"),
                      ATTACK("TA0001", "Initial_Access", "T1133", "External_Remote_Services"),
                      .summary = "An exit of a VPN, a proxy network or Tor reached a login service of an internal host.",
                      .evidence = "An answered inbound flow from an address of the lists in the option exits to SSH, RDP, VNC, Telnet, WinRM, "
                                  "mail or VPN, by what was spoken, else by the port.",
                      .false_positives = "Roaming staff who use a VPN of their own, and scanners: the bytes tell whether there was a session. "
                                         "Lists of exits age within days."},
    [RULE_MINING] = {RULE_REV(1792500, 2, "D25", "mining", 2, "Crypto Currency Mining Activity Detected"),
                     ATTACK("TA0040", "Impact", "T1496", "Resource_Hijacking"),
                     .summary = "An internal host mines a cryptocurrency.",
                     .evidence = "The name of a mining pool in TLS, QUIC, HTTP or resolved by the same host.",
                     .false_positives = "Web pages of pools share the name: a person may read them. Give miners the role mining."},
    [RULE_RPC_NAME] = {RULE(1792600, "D26", "chain_rpc", 3, "Misc activity"), CHAIN,
                       .summary = "An internal host called a public RPC endpoint or indexer of a blockchain.",
                       .evidence = "The name of such an endpoint in TLS, QUIC, HTTP or resolved by the same host. Severity 2 from "
                                   "servers and developers, 1 within a day after D31 on the same host.",
                       .false_positives = RPC_FALSE_POSITIVES},
    [RULE_RPC_PATH] = {RULE(1792601, "D26", "chain_rpc", 3, "Misc activity"), CHAIN,
                       .summary = "An internal host called a node of a blockchain in clear HTTP.",
                       .evidence = "A request path that only such nodes serve. Severity as for the names.",
                       .false_positives = RPC_FALSE_POSITIVES},
    [RULE_NODE] = {RULE(1792602, "D26", "chain_rpc", 3, "Misc activity"), CHAIN,
                   .summary = "An internal host takes part in the peer-to-peer network of a blockchain.",
                   .evidence = "nDPI's Mining, known from the payload, on a port of nodes. Severity as for the names.",
                   .false_positives = RPC_FALSE_POSITIVES},
    [RULE_CONTAGIOUS_PATH] =
        {RULE(1793100, "D31", "contagious_http", 1, "Malware Command and Control Activity Detected"),
         ATTACK("TA0011", "Command_And_Control", "T1571", "Non_Standard_Port"),
         .summary = "An internal host speaks clear HTTP to a bare outside address as the programs of Contagious Interview do.",
         .evidence = "A request whose Host is an address, to an outside host, on a port and with a first path segment of the list.",
         .false_positives = "A test server of your own outside HOME_NET on port 3000 or 5000: add its address to HOME_NET, or suppress."},
    [RULE_CONTAGIOUS_BARE] =
        {RULE(1793101, "D31", "contagious_http", 2, "Malware Command and Control Activity Detected"),
         ATTACK("TA0011", "Command_And_Control", "T1571", "Non_Standard_Port"),
         .summary = "An internal host speaks clear HTTP to a bare outside address on a port that Contagious Interview uses.",
         .evidence = "A request whose Host is an address, to an outside host that nobody resolved a name to, on a port of the list; the "
                     "path is none of the list.",
         .false_positives = "Developers with test servers on hired machines. The port alone never alerts."},
    [RULE_UPLOAD] = {RULE(1793300, "D33", "webservice_exfil", 2, "Potentially Bad Traffic"), THEFT,
                     .summary = "An internal host sent more than it got to a web service that takes files, pastes or messages of bots.",
                     .evidence = "A flow to a listed name with at least the bytes of the option upload to the outside, and more out "
                                 "than in.",
                     .false_positives = WEB_FALSE_POSITIVES},
    [RULE_CONTACT] = {RULE(1793301, "D33", "webservice_exfil", 3, "Misc activity"), THEFT,
                      .summary = "An internal host used a web service that takes or hands out files, pastes or messages of bots.",
                      .evidence = "A flow to a listed name; severity 2 from hosts whose role forbids it.",
                      .false_positives = WEB_FALSE_POSITIVES},
    [RULE_LOOKUP] = {RULE(1793302, "D33", "webservice_exfil", 3, "Device Retrieving External IP Address Detected"),
                     ATTACK("TA0007", "Discovery", "T1614", "System_Location_Discovery"),
                     .summary = "A host that has no business with it asked the web for its own address and place.",
                     .evidence = "A flow to a listed look-up service from a host with a forbidden role, or within a day after D31.",
                     .false_positives = "Dynamic DNS clients and monitoring."},
    [RULE_KVM] = {RULE_REV(1793700, 2, "D37", "kvm_ip", 2, "Potential Corporate Privacy Violation"),
                  ATTACK("TA0001", "Initial_Access", "T1200", "Hardware_Additions"),
                  .summary = "A KVM-over-IP device stands in the network.",
                  .evidence = "The host name of such a device in its mDNS answers, in a request or TLS server name to it, its maker "
                              "in the certificate it shows, the title of its page, or the maker's prefix of its hardware address.",
                  .false_positives = "Laboratories and server rooms: give them the role lab or kvm."},
    [RULE_KVM_CLOUD] = {RULE(1793701, "D37", "kvm_ip", 2, "Potential Corporate Privacy Violation"), REMOTE,
                        .summary = "An internal host used the cloud service through which a KVM-over-IP device is reached from afar.",
                        .evidence = "A listed name in TLS, QUIC, HTTP or resolved by the same host.",
                        .false_positives = "Laboratories and server rooms: give them the role lab or kvm."},
    [RULE_WALLET_OUT] = {RULE_REV(1792700, 2, "D27", "wallet_clear", 1, "Misc activity"),
                         ATTACK("TA0040", "Impact", "T1657", "Financial_Theft"),
                         .summary = "An internal host named a sanctioned wallet, or one with stolen funds, in clear text.",
                         .evidence = "A word of a request's target, of an HTTP body or of text over plain TCP whose checksum holds "
                                     "(EIP-55, Base58Check, Bech32, CashAddr, Monero's) and which is a wallet of the lists, or such an address in the data "
                                     "of a contract call. Three or more in one text, or a delisted one, have severity 3.",
                         .false_positives = "Block explorers, compliance work and journalists. Suppress such hosts."},
    [RULE_WALLET_IN] = {RULE_REV(1792701, 2, "D27", "wallet_clear", 2, "Misc activity"),
                        ATTACK("TA0040", "Impact", "T1657", "Financial_Theft"),
                        .summary = "An outside host named a sanctioned wallet, or one with stolen funds, to an internal one.",
                        .evidence = "As 1792700, in what came from outside.",
                        .false_positives = "News and block explorers in clear HTTP, scanners, customers of compliance services."},
    [RULE_STRATUM] = {RULE(1792501, "D25", "mining", 2, "Crypto Currency Mining Activity Detected"),
                      ATTACK("TA0040", "Impact", "T1496", "Resource_Hijacking"),
                      .summary = "An internal host speaks Stratum, the protocol of miners, to the outside in clear text.",
                      .evidence = "A method of Stratum or of its kin (mining.subscribe, mining.authorize, eth_submitLogin, login with the "
                                  "name of a program) in text over plain TCP, on any port.",
                      .false_positives = "Miners that you run: give them the role mining."},
    [RULE_MINING_CLASS] = {RULE(1792502, "D25", "mining", 3, "Crypto Currency Mining Activity Detected"),
                           ATTACK("TA0040", "Impact", "T1496", "Resource_Hijacking"),
                           .summary = "nDPI took a flow for one of miners or of the nodes of a blockchain; nothing else confirms it.",
                           .evidence = "nDPI knew a mining protocol from the payload, on a port that is none of nodes.",
                           .false_positives = "Nodes of Ethereum on odd ports: nDPI has one word for them and for miners."},
    [RULE_RPC_METHOD] = {RULE(1792603, "D26", "chain_rpc", 3, "Misc activity"), CHAIN,
                         .summary = "An internal host called a blockchain by JSON-RPC in clear HTTP.",
                         .evidence = "A method of the list (eth_call, getSignaturesForAddress, ...) in the body of a request to the outside. "
                                     "Severity as for the names.",
                         .false_positives = RPC_FALSE_POSITIVES},
    [RULE_DEAD_DROP] = {RULE(1792604, "D26", "chain_rpc", 2, "Malware Command and Control Activity Detected"), CHAIN,
                        .summary = "An internal host that does not develop or trade reads the same contract of a blockchain again and again.",
                        .evidence = "Three eth_call to one contract within a day, in clear HTTP, from a host without the roles developer, "
                                    "wallet and trading. Severity 1 within a day after D31.",
                        .false_positives = "Price displays and games that read a contract: give the host the role wallet."},
    [RULE_CODE_ON_CHAIN] = {RULE(1792605, "D26", "chain_rpc", 2, "Malware Command and Control Activity Detected"), CHAIN,
                            .summary = "A blockchain answered an internal host with text, as EtherHiding stores its code.",
                            .evidence = "A JSON-RPC answer in clear HTTP whose result, or the input of whose transaction, holds at least "
                                        "256 bytes of which 95 of 100 are printable. Severity 1 within a day after D31.",
                            .false_positives = "Contracts that store documents; references to images and pages do not count."},
    [RULE_CONTAGIOUS_SHELL] =
        {RULE_REV(1793102, 2, "D31", "contagious_http", 2, "Malware Command and Control Activity Detected"),
         ATTACK("TA0011", "Command_And_Control", "T1095", "Non_Application_Layer_Protocol"),
         .summary = "An internal host speaks JSON over plain TCP to a bare outside address as the shell of Contagious Interview does.",
         .evidence = "The client speaks first, in a JSON object that is no JSON-RPC, one a line or behind a length of four bytes, to an "
                     "address that nobody resolved a name to, on a port of the list, and the answer is JSON. Severity 1 within a day "
                     "after 1793100 on the same host.",
         .false_positives = "Programs of your own that log or report in JSON to a bare address."},
    [RULE_CONTAGIOUS_SOCKET] =
        {RULE(1793103, "D31", "contagious_http", 2, "Malware Command and Control Activity Detected"),
         ATTACK("TA0011", "Command_And_Control", "T1071.001", "Web_Protocols"),
         .summary = "A program on an internal host opens a session of Socket.IO in clear with a bare outside address, as OtterCookie does.",
         .evidence = "A request for /socket.io with EIO= in its query, whose Host is an address that nobody resolved a name to, on any port, "
                     "and whose user agent is no browser's.",
         .false_positives = "Developers with test servers on hired machines, and appliances that are told addresses instead of names."},
    [RULE_FTP_ARCHIVE] = {RULE(1793200, "D32", "ftp_exfil", 2, "Potentially Bad Traffic"), FTP_THEFT,
                          .summary = "An internal host stored an archive on an outside FTP server.",
                          .evidence = "STOR, STOU or APPE of a name whose ending is one of archives, not refused, on a control connection "
                                      "in clear. Severity 1 within a day after D31.",
                          .false_positives = FTP_FALSE_POSITIVES},
    [RULE_FTP_VOLUME] = {RULE(1793201, "D32", "ftp_exfil", 2, "Potentially Bad Traffic"), FTP_THEFT,
                         .summary = "An internal host stored many or large files on an outside FTP server.",
                         .evidence = "Ten files, or the bytes of the option ftp-upload, to one server within a day; bytes are those of the "
                                     "data connections that the control connection announced.",
                         .false_positives = FTP_FALSE_POSITIVES},
    [RULE_FTP_WALLET] = {RULE(1793202, "D32", "ftp_exfil", 2, "Successful Credential Theft Detected"), FTP_THEFT,
                         .summary = "An internal host stored a file of a wallet, browser or key store on an outside FTP server.",
                         .evidence = "As 1793200, with an ending of such files.",
                         .false_positives = FTP_FALSE_POSITIVES},
    [RULE_FAKE_TLS] = {RULE_REV(1793000, 2, "D30", "fake_tls", 2, "Malware Command and Control Activity Detected"),
                       ATTACK("TA0011", "Command_And_Control", "T1001.003", "Protocol_or_Service_Impersonation"),
                       .summary = "A connection to the outside begins like TLS, on both ends, and is not TLS.",
                       .evidence = "The beginning of the connection without holes; both ends begin with the head of a TLS record; then data at "
                                   "once, a hello that is none, no ServerHello, an impossible length, or bytes that are no records (with "
                                   "their entropy, where enough of them were at hand). "
                                   "Severity 1 when the server shows the certificate of a company from an address that is not its own.",
                       .false_positives = "Games, messengers and VPNs that dress up as TLS to pass firewalls."},
    [RULE_FAKE_HELLO] = {RULE(1793001, "D30", "fake_tls", 2, "Malware Command and Control Activity Detected"),
                         ATTACK("TA0011", "Command_And_Control", "T1001.003", "Protocol_or_Service_Impersonation"),
                         .summary = "The hellos of a TLS connection do not fit together, or its certificate is borrowed.",
                         .evidence = "The ServerHello chose a cipher suite that the ClientHello did not offer; or the connection has a flaw of "
                                     "1793000 and the certificate of a company from an address that is not its own (severity 1).",
                         .false_positives = "Broken middleboxes."},
    [RULE_COUNT] = {.sid = 0},
};
