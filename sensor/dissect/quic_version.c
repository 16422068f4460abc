/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_version.c - salts, labels and packet type bits by QUIC version.
 *
 * Sources: RFC 9001 5.2 (v1), RFC 9369 3 (v2), draft-ietf-quic-tls-22, -23 and -29 section 5.2, and the crypto utilities of
 * Google's QUICHE for Q050, T050 and T051. mvfst's numbers name drafts 22 and 27, later ones whatever its build speaks.
 */
#include "dissect/quic_version.h"

#define V1_LABELS .key = "quic key", .iv = "quic iv", .hp = "quic hp"

static const struct quic_dialect v1 = {
    .salt = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
             0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
    V1_LABELS,
};
static const struct quic_dialect v2 = {
    .salt = {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
             0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
    .key = "quicv2 key",
    .iv = "quicv2 iv",
    .hp = "quicv2 hp",
    .initial_bits = 1,
};
static const struct quic_dialect draft_29 = {
    .salt = {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
             0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
    V1_LABELS,
};
static const struct quic_dialect draft_23 = {
    .salt = {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
             0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02},
    V1_LABELS,
};
static const struct quic_dialect draft_22 = {
    .salt = {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
             0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a},
    V1_LABELS,
};
static const struct quic_dialect q050 = {
    .salt = {0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94,
             0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45},
    V1_LABELS,
    .google_frames = true,
    .chlo = true,
};
static const struct quic_dialect t050 = {
    .salt = {0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
             0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10},
    V1_LABELS,
    .google_frames = true,
};
static const struct quic_dialect t051 = {
    .salt = {0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
             0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d},
    V1_LABELS,
    .google_frames = true,
};

/* Version numbers first..last (inclusive) and the one dialect they mean. */
static const struct {
    uint32_t first, last;
    const struct quic_dialect *dialect;
} known[] = {
    {0x00000001, 0x00000001, &v1},       {0x6b3343cf, 0x6b3343cf, &v2},
    {0x709a50c4, 0x709a50c4, &v2},                                            /* draft-ietf-quic-v2 before RFC 9369 */
    {0xff000021, 0xff000022, &v1},                                            /* drafts 33, 34 */
    {0xff00001d, 0xff000020, &draft_29},                                      /* drafts 29..32 */
    {0xff000017, 0xff00001c, &draft_23},                                      /* drafts 23..28 */
    {0xff000016, 0xff000016, &draft_22}, {0xfaceb001, 0xfaceb001, &draft_22}, /* mvfst */
    {0xfaceb002, 0xfaceb002, &draft_23}, {0x51303530, 0x51303530, &q050},     /* "Q050" */
    {0x54303530, 0x54303530, &t050},     {0x54303531, 0x54303531, &t051},
};

static const struct quic_dialect *dialect_of(uint32_t version)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (version >= known[i].first && version <= known[i].last)
            return known[i].dialect;
    return NULL;
}

static bool is_mvfst(uint32_t version)
{
    return version >> 8 == 0xfaceb0;
}

/* RFC 9000 15: numbers that force version negotiation. */
static bool is_reserved(uint32_t version)
{
    return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

bool quic_version_is_known(uint32_t version)
{
    return dialect_of(version) || is_mvfst(version);
}

size_t quic_dialects_of(uint32_t version, const struct quic_dialect *out[QUIC_DIALECTS_MAX])
{
    out[0] = dialect_of(version);
    if (out[0])
        return 1;
    if (!is_mvfst(version) && !is_reserved(version))
        return 0;
    out[0] = is_mvfst(version) ? &draft_23 : &v1;
    out[1] = is_mvfst(version) ? &v1 : &draft_29;
    out[2] = is_mvfst(version) ? &draft_29 : &draft_23;
    return 3;
}

uint8_t quic_retry_bits(const struct quic_dialect *dialect)
{
    return (dialect->initial_bits + 3) & 3;
}
