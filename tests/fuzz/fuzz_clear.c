/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_clear.c - what detectors look for in clear text: wallets are whole words of it whose check holds, JSON's values lie inside it,
 * and the dissector's look at its beginning reads no further.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugins/tradecraft/json_text.h"
#include "../../plugins/tradecraft/wallet_scan.h"
#include "dissect/clear_text.h"

static bool is_inside(struct slice part, struct slice all)
{
    return part.size == 0 || (part.at >= all.at && part.at + part.size <= all.at + all.size);
}

static void scan_wallets(struct slice text)
{
    struct wallet_scan s = {.text = text};
    struct wallet_word w;
    size_t before = 0;
    while (tradecraft_wallet_next(&s, &w)) {
        assert(w.size == strlen(w.address) && w.size >= WALLET_SIZE_LEAST && w.size <= WALLET_SIZE_MOST);
        assert(tradecraft_wallet_check((struct slice){(const uint8_t *)w.address, w.size}) != WALLET_NONE);
        assert(s.at >= before && s.at <= text.size);
        before = s.at;
    }
}

static void scan_json(struct slice text)
{
    static const char *const keys[] = {"method", "params", "to", "a", ""};
    struct slice value;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        for (size_t at = 0, before = 0; tradecraft_json_next(text, &at, keys[i], &value); before = at)
            assert(is_inside(value, text) && at > before && at <= text.size);
        tradecraft_json_find_cut(text, keys[i], &value);
        assert(is_inside(value, text));
    }
    if (tradecraft_json_begins(text, &value))
        assert(is_inside(value, text) && value.at[0] == '{');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {data, size};
    clear_text_begins(text);
    scan_wallets(text);
    scan_json(text);
    return 0;
}
