/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wallet_scan.c - runs of letters and digits, most of the text unread: a run shorter than an address is passed over by looking at its
 * last possible byte first.
 */
#include "wallet_scan.h"

#include <string.h>

enum { CALL_HEAD = 10 /* "0x" and the selector */, CALL_WORD = 64, CALL_PADDING = 24, EVM_DIGITS = 40 };

static bool is_in_word(uint8_t c)
{
    static const bool word[256] = {
        ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1, ['A'] = 1,
        ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1,
        ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1, ['W'] = 1,
        ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1,
        ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1,
        ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
    };
    return word[c];
}

/* The next run of at least the shortest address. `at` always follows a byte that is in no word, or is the beginning. */
static bool next_run(struct wallet_scan *s, struct slice *run)
{
    while (s->text.size - s->at >= WALLET_SIZE_LEAST) {
        size_t last = s->at + WALLET_SIZE_LEAST;
        while (last > s->at && is_in_word(s->text.at[last - 1]))
            last--;
        if (last > s->at) {
            s->at = last;
            continue;
        }
        size_t end = s->at + WALLET_SIZE_LEAST;
        while (end < s->text.size && is_in_word(s->text.at[end]))
            end++;
        *run = (struct slice){s->text.at + s->at, end - s->at};
        s->at = end < s->text.size ? end + 1 : end;
        return true;
    }
    return false;
}

static void put(struct wallet_word *out, enum wallet_kind kind, struct slice word, bool lower)
{
    *out = (struct wallet_word){.kind = kind, .size = word.size};
    for (size_t i = 0; i < word.size; i++)
        out->address[i] = (char)(lower && word.at[i] >= 'A' && word.at[i] <= 'Z' ? word.at[i] + 32 : word.at[i]);
}

/* Of a call's data: selector, then whole words. */
static bool is_call(struct slice run)
{
    return run.size >= CALL_HEAD + CALL_WORD && (run.size - CALL_HEAD) % CALL_WORD == 0 && run.at[0] == '0' && run.at[1] == 'x';
}

/* The next address in the data of a call: a word whose upper twelve bytes are zero, and not much of the rest. */
static bool next_in_call(struct wallet_scan *s, struct wallet_word *out)
{
    static const uint8_t zeros[CALL_PADDING + 8] = "00000000000000000000000000000000";
    char text[2 + EVM_DIGITS] = "0x";
    while (s->run.size >= CALL_WORD) {
        const uint8_t *word = s->run.at;
        s->run = (struct slice){word + CALL_WORD, s->run.size - CALL_WORD};
        if (memcmp(word, zeros, CALL_PADDING) != 0 || memcmp(word, zeros, sizeof zeros) == 0)
            continue;
        memcpy(text + 2, word + CALL_PADDING, EVM_DIGITS);
        enum wallet_kind kind = tradecraft_wallet_check((struct slice){(const uint8_t *)text, sizeof text});
        if (kind == WALLET_NONE)
            continue;
        put(out, kind, (struct slice){(const uint8_t *)text, sizeof text}, true);
        out->in_call = true;
        return true;
    }
    return false;
}

/* BIP-173: one that is all in upper case, as in QR codes, is the same. */
static bool is_upper_bech32(struct slice run)
{
    if (run.size > WALLET_SIZE_MOST || (memcmp(run.at, "BC1", 3) != 0 && memcmp(run.at, "LTC1", 4) != 0))
        return false;
    for (size_t i = 0; i < run.size; i++)
        if (run.at[i] >= 'a' && run.at[i] <= 'z')
            return false;
    return true;
}

static bool read_run(struct slice run, struct wallet_word *out)
{
    if (is_upper_bech32(run)) {
        put(out, WALLET_BECH32, run, true);
        out->kind = tradecraft_wallet_check((struct slice){(const uint8_t *)out->address, out->size});
        return out->kind != WALLET_NONE;
    }
    enum wallet_kind kind = tradecraft_wallet_check(run);
    if (kind == WALLET_NONE)
        return false;
    put(out, kind, run, kind == WALLET_EVM || kind == WALLET_EVM_PLAIN);
    return true;
}

bool tradecraft_wallet_next(struct wallet_scan *s, struct wallet_word *out)
{
    struct slice run;
    while (!next_in_call(s, out)) {
        if (!next_run(s, &run))
            return false;
        if (is_call(run))
            s->run = (struct slice){run.at + CALL_HEAD, run.size - CALL_HEAD};
        else if (read_run(run, out))
            return true;
    }
    return true;
}
