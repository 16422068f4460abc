/* SPDX-License-Identifier: Apache-2.0 */
/* version.c - see version.h. */
#include "run/version.h"

#include <maxminddb.h>
#include <openssl/crypto.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <yaml.h>

#include "sensor_plugin.h"

const char *version_text(void)
{
    return "haetae " HAETAE_VERSION;
}

void version_print(const struct classify_names *names)
{
    printf("%s (%s)\n", version_text(), __VERSION__);
    printf("plugin ABI     %d.%d\n", SENSOR_ABI_MAJOR, SENSOR_ABI_MINOR);
    printf("libpcap        %s\n", pcap_lib_version());
    printf("libndpi        %s\n", classify_version(names));
    printf("libmaxminddb   %s\n", MMDB_lib_version());
    printf("libyaml        %s\n", yaml_get_version_string());
    printf("libcrypto      %s\n", OpenSSL_version(OPENSSL_VERSION));
}
