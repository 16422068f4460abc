/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge.c - a person with a browser, or a program? By the web names seen just before, by what the ClientHello offers, by the
 * user agent and by the rhythm. Each sign counts the same; a tie is unclear.
 */
#include "exchange.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)
#define WEB_NS   (60 * NS_PER_S) /* how long after its web site an exchange's API still belongs to the page */

enum { BROWSER_CIPHERS_LEAST = 13, BROWSER_CIPHERS_MOST = 19, BROWSER_EXTENSIONS_LEAST = 14 };

struct tally {
    struct exchange_judgement *out;
    int browser, program;
};

static void sign(struct tally *t, bool browser, const char *what)
{
    if (t->out->signs < EXCHANGE_SIGNS_MAX)
        t->out->sign[t->out->signs++] = what;
    t->browser += browser;
    t->program += !browser;
}

static bool holds(struct slice text, const char *part)
{
    return text.size >= strlen(part) && memmem(text.at, text.size, part, strlen(part)) != NULL;
}

static int two_digits(const uint8_t *at)
{
    return at[0] >= '0' && at[0] <= '9' && at[1] >= '0' && at[1] <= '9' ? (at[0] - '0') * 10 + at[1] - '0' : -1;
}

/* JA4 begins like "t13d1516h2": ciphers and extensions offered, GREASE not counted, then the first ALPN. Browsers offer many and
 * speak HTTP/2; the libraries of programs differ in at least one. */
static void judge_hello(struct tally *t, struct slice ja4, struct slice alpns)
{
    if (ja4.size < 10)
        return;
    int ciphers = two_digits(ja4.at + 4), extensions = two_digits(ja4.at + 6);
    bool many = ciphers >= BROWSER_CIPHERS_LEAST && ciphers <= BROWSER_CIPHERS_MOST && extensions >= BROWSER_EXTENSIONS_LEAST;
    bool h2 = holds(alpns, "h2") || holds(alpns, "h3");
    if (many && h2)
        sign(t, true, "hello like a browser's");
    else
        sign(t, false, h2 ? "hello unlike a browser's" : "hello offers no HTTP/2");
}

static void judge_agent(struct tally *t, struct slice agent)
{
    if (agent.size == 0)
        sign(t, false, "no user agent");
    else if (holds(agent, "Mozilla/"))
        sign(t, true, "user agent of a browser");
    else
        sign(t, false, "user agent of a program");
}

void exchange_judge(const struct observation *o, const struct exchange_use *use, struct exchange_judgement *out)
{
    struct tally t = {.out = out};
    uint64_t median_s;
    *out = (struct exchange_judgement){.actor = ACTOR_UNCLEAR};
    if (o->kind == OBSERVE_TLS) {
        const struct observation_tls *tls = (const struct observation_tls *)o;
        judge_hello(&t, observation_text(o, tls->ja4), observation_text(o, tls->client_alpns));
    } else if (o->kind == OBSERVE_QUIC) {
        const struct observation_quic *quic = (const struct observation_quic *)o;
        judge_hello(&t, observation_text(o, quic->ja4), observation_text(o, quic->alpns));
    } else if (o->kind == OBSERVE_HTTP_REQUEST) {
        judge_agent(&t, observation_text(o, ((const struct observation_http *)o)->user_agent));
    }
    if (use->web_ns != 0 && o->time_ns >= use->web_ns && o->time_ns - use->web_ns <= WEB_NS)
        sign(&t, true, "its web site within the last minute");
    if (exchange_use_is_even(use, &median_s))
        sign(&t, false, "even rhythm");
    out->actor = t.browser > t.program ? ACTOR_BROWSER : t.program > t.browser ? ACTOR_PROGRAM : ACTOR_UNCLEAR;
}

bool exchange_is_off_hours(const struct exchange *x, uint64_t ns)
{
    time_t seconds = (time_t)(ns / NS_PER_S);
    struct tm tm;
    if (x->from_minute == x->to_minute || localtime_r(&seconds, &tm) == NULL)
        return false;
    int minute = tm.tm_hour * 60 + tm.tm_min;
    return tm.tm_wday == 0 || tm.tm_wday == 6 || minute < x->from_minute || minute >= x->to_minute;
}

bool exchange_read_hours(struct exchange *x, const char *text)
{
    x->from_minute = x->to_minute = 0;
    if (*text == '\0')
        return true;
    const uint8_t *at = (const uint8_t *)text;
    if (strlen(text) != 11 || text[2] != ':' || text[5] != '-' || text[8] != ':')
        return false;
    int part[4] = {two_digits(at), two_digits(at + 3), two_digits(at + 6), two_digits(at + 9)};
    if (part[0] < 0 || part[1] < 0 || part[1] > 59 || part[2] < 0 || part[3] < 0 || part[3] > 59)
        return false;
    x->from_minute = part[0] * 60 + part[1];
    x->to_minute = part[2] * 60 + part[3];
    return x->from_minute < x->to_minute && x->to_minute <= 24 * 60;
}
