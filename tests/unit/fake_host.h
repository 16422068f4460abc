/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_host.h - a host for one detector under test: options, lists and a record of what was raised.
 *
 * It obeys the docstrings of sensor_plugin.h in the plainest way there is (no limits, no files); lists are the sensor's own, for what
 * they find is half of what a detector says. One host per test program; fake_reset() empties it.
 */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analysis/names.h"
#include "base/table.h"
#include "intel/list.h"
#include "sensor_plugin.h"

enum { FAKE_COLUMNS = 20, FAKE_RAISED = 128, FAKE_TEXT = 8192, FAKE_LABELS = 16, FAKE_COUNTERS = 32 };

/* A CSV in memory, for tests that walk its rows: `cell[row * columns + column]`, the header not counted. */
struct fake_list {
    char *bytes;
    char *header[FAKE_COLUMNS];
    size_t columns, rows;
    char **cell;
};

/* One sighting as text: enough to assert on. */
struct fake_raised {
    uint32_t sid, limit, window_s;
    uint8_t severity, confidence_pct, target_is_server;
    char signature[200], category[96], context_key[32], dedup[256], facts[FAKE_TEXT], why[FAKE_TEXT], tags[256];
};

static struct fake {
    const struct sensor_plugin *plugin;
    const char *const *option; /* name, value, ..., NULL: what the configuration overrides */
    struct fake_raised raised[FAKE_RAISED];
    size_t raised_count;
    char label[FAKE_LABELS][80]; /* "id label" */
    size_t label_count;
    const char *counter[FAKE_COUNTERS];
    unsigned counter_value[FAKE_COUNTERS];
    char item[64][256]; /* items of the list option read last */
    struct sensor_name name[8]; /* what name_of answers */
    size_t name_count;
    const char *const *role; /* address, role, ..., NULL: what the configuration says; kept by fake_reset */
    uint8_t *state_bytes;    /* what state_save was given last; kept by fake_reset */
    size_t state_size;
    uint32_t state_version;
    char state_name[64];
    bool is_ending; /* what the host says to that */
} fake;

static inline void fake_log(enum sensor_level level, const char *format, ...)
{
    (void)level;
    (void)format;
}

static inline const char *fake_option_text(const struct sensor_options *o, const char *name)
{
    (void)o;
    for (size_t i = 0; fake.option != NULL && fake.option[i] != NULL; i += 2)
        if (strcmp(fake.option[i], name) == 0)
            return fake.option[i + 1];
    for (const struct sensor_option *p = fake.plugin->options; p->name != NULL; p++)
        if (strcmp(p->name, name) == 0)
            return p->fallback;
    abort(); /* the plugin asks for an option that it does not describe */
}

static inline int64_t fake_option_number(const struct sensor_options *o, const char *name)
{
    char *end = NULL;
    const char *text = fake_option_text(o, name);
    long long n = strtoll(text, &end, 10);
    if (strcmp(text, "yes") == 0)
        return 1;
    if (strcmp(end, "mb") == 0)
        return n << 20;
    return n * (*end == 'm' ? 60 : *end == 'h' ? 3600 : *end == 'd' ? 86400 : 1);
}

/* Items stand between commas when there is one or an item has words of its own, else between blanks. */
static inline size_t fake_option_count(const struct sensor_options *o, const char *name)
{
    size_t count = 0;
    const char *text = fake_option_text(o, name), *between = strpbrk(text, ",=") != NULL ? "," : " ";
    for (const char *at = text; *at != '\0' && count < 64; count++) {
        size_t n = strcspn(at, between);
        snprintf(fake.item[count], sizeof fake.item[0], "%.*s", (int)n, at);
        at += n + (at[n] == *between);
    }
    return count;
}

static inline const char *fake_option_item(const struct sensor_options *o, const char *name, size_t i)
{
    return i < fake_option_count(o, name) ? fake.item[i] : "";
}

/* Reads one CSV field in place (RFC 4180) and moves on; `*last` when a line ended with it. */
static inline char *fake_csv_field(char **at, bool *last)
{
    char *read = *at, *write = *at, *field = *at;
    bool quoted = *read == '"';
    read += quoted;
    while (*read != '\0' && (quoted || (*read != ',' && *read != '\n'))) {
        if (quoted && *read == '"' && read[1] != '"') {
            quoted = false;
            read++;
            continue;
        }
        read += quoted && *read == '"';
        *write++ = *read++;
    }
    *last = *read != ',';
    *at = read + (*read != '\0');
    *write = '\0';
    return field;
}

static inline char *fake_read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *bytes = calloc(1, 1 << 20);
    if (f == NULL || bytes == NULL) {
        free(bytes);
        if (f != NULL)
            fclose(f);
        return NULL;
    }
    size_t n = fread(bytes, 1, (1 << 20) - 1, f);
    fclose(f);
    bytes[n] = '\0';
    return bytes;
}

static inline void fake_csv_close(struct fake_list *l)
{
    if (l == NULL)
        return;
    free(l->cell);
    free(l->bytes);
    free(l);
}

static inline struct fake_list *fake_csv_open(const char *path)
{
    struct fake_list *l = calloc(1, sizeof *l);
    bool last = false;
    l->bytes = fake_read_file(path);
    if (l->bytes == NULL) {
        fake_csv_close(l);
        return NULL;
    }
    char *at = l->bytes;
    while (!last && l->columns < FAKE_COLUMNS)
        l->header[l->columns++] = fake_csv_field(&at, &last);
    l->cell = calloc(200000, sizeof *l->cell);
    while (*at != '\0') {
        for (size_t c = 0; c < l->columns; c++)
            l->cell[l->rows * l->columns + c] = fake_csv_field(&at, &last);
        l->rows++;
    }
    return l;
}

static inline const char *fake_cell(const struct fake_list *l, size_t row, const char *column)
{
    for (size_t c = 0; c < l->columns; c++)
        if (strcmp(l->header[c], column) == 0)
            return l->cell[row * l->columns + c];
    return "";
}

static inline struct sensor_list *fake_list_open(const char *path, const char *const *required, char *error, size_t size)
{
    struct error why = {{0}};
    struct sensor_list *l = list_open(path, required, &why);
    snprintf(error, size, "%s", why.text);
    return l;
}

static inline bool fake_locate(const char *path, char *out, struct error *error)
{
    (void)error;
    snprintf(out, PATH_MAX, "%s", path);
    return true;
}

static inline struct sensor_list *fake_list_open_indicators(const char *const *lists, size_t count, char *error, size_t size)
{
    struct error why = {{0}};
    struct sensor_list *l = list_open_indicators(lists, count, fake_locate, &why);
    snprintf(error, size, "%s", why.text);
    return l;
}

static inline void fake_indicator(const struct sensor_entry *e, struct indicator *out, size_t size)
{
    if (size != sizeof *out)
        abort();
    list_indicator(e, out);
}

static inline void fake_append(char *out, size_t size, const char *format, ...) SENSOR_PRINTF(3, 4);
static inline void fake_append(char *out, size_t size, const char *format, ...)
{
    va_list arguments;
    size_t used = strlen(out);
    va_start(arguments, format);
    vsnprintf(out + used, size - used, format, arguments);
    va_end(arguments);
}

static inline void fake_write_fact(struct fake_raised *r, const struct evidence *e)
{
    fake_append(r->facts, sizeof r->facts, "%s=", e->name);
    if (e->kind == EVIDENCE_TEXT)
        fake_append(r->facts, sizeof r->facts, "%.*s\n", (int)e->text.size, (const char *)e->text.at);
    else if (e->kind == EVIDENCE_NUMBER)
        fake_append(r->facts, sizeof r->facts, "%lld\n", (long long)e->number);
    for (size_t i = 0; e->kind == EVIDENCE_LIST && e->list[i] != NULL; i++)
        fake_append(r->facts, sizeof r->facts, "%s%s", e->list[i], e->list[i + 1] == NULL ? "\n" : "|");
}

static inline bool fake_raise(struct sensor_context *context, const struct sighting *s)
{
    (void)context;
    if (fake.raised_count == FAKE_RAISED || s->evidence_count > 40 || s->rule == NULL || strlen(s->signature) > 160)
        abort(); /* the plugin breaks the contract */
    struct fake_raised *r = &fake.raised[fake.raised_count++];
    *r = (struct fake_raised){.sid = s->rule->sid,
                              .limit = s->limit,
                              .window_s = s->window_s,
                              .severity = s->severity,
                              .confidence_pct = s->confidence_pct,
                              .target_is_server = s->target_is_server};
    snprintf(r->signature, sizeof r->signature, "%s", s->signature);
    snprintf(r->category, sizeof r->category, "%s", s->rule->category);
    snprintf(r->context_key, sizeof r->context_key, "%s", s->context_key);
    snprintf(r->dedup, sizeof r->dedup, "%.*s", (int)s->dedup.size, (const char *)s->dedup.at);
    for (size_t i = 0; i < s->evidence_count; i++)
        fake_write_fact(r, &s->evidence[i]);
    for (size_t i = 0; s->why[i] != NULL; i++)
        fake_append(r->why, sizeof r->why, "%s\n", s->why[i]);
    for (size_t i = 0; s->tags != NULL && s->tags[i] != NULL; i++)
        fake_append(r->tags, sizeof r->tags, "%s\n", s->tags[i]);
    return true;
}

static inline void fake_label(struct sensor_context *context, const char *id, const char *label)
{
    (void)context;
    if (fake.label_count < FAKE_LABELS)
        snprintf(fake.label[fake.label_count++], sizeof fake.label[0], "%s %s", id != NULL ? id : "-", label != NULL ? label : "-");
}

static inline void fake_count(struct sensor_context *context, const char *name)
{
    size_t i = 0;
    (void)context;
    while (i < FAKE_COUNTERS - 1 && fake.counter[i] != NULL && strcmp(fake.counter[i], name) != 0)
        i++;
    fake.counter[i] = name;
    fake.counter_value[i]++;
}

static inline void fake_set(struct sensor_context *context, const char *name, uint64_t value)
{
    fake_count(context, name);
    for (size_t i = 0; i < FAKE_COUNTERS && fake.counter[i] != NULL; i++)
        if (strcmp(fake.counter[i], name) == 0)
            fake.counter_value[i] = (unsigned)value;
}

static inline unsigned fake_counted(const char *name)
{
    for (size_t i = 0; i < FAKE_COUNTERS && fake.counter[i] != NULL; i++)
        if (strcmp(fake.counter[i], name) == 0)
            return fake.counter_value[i];
    return 0;
}

static inline const char *fake_address_text(const struct address *a, char *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    bool v4 = memcmp(a->bytes, mapped, 12) == 0;
    inet_ntop(v4 ? AF_INET : AF_INET6, a->bytes + (v4 ? 12 : 0), out, 46);
    return out;
}

static inline bool fake_geo(struct sensor_context *c, const struct address *a, struct sensor_geo *out)
{
    (void)c, (void)a;
    memset(out, 0, sizeof *out);
    return false;
}

static inline const char *fake_protocol_name(uint16_t id)
{
    return id ? "TLS" : "Unknown";
}

static inline const char *fake_risk_name(unsigned risk)
{
    (void)risk;
    return "a risk";
}

static inline bool fake_name_of(struct sensor_context *c, size_t i, struct sensor_name *out)
{
    (void)c;
    if (i >= fake.name_count)
        return false;
    *out = fake.name[i];
    return true;
}

static inline bool fake_role_of(struct sensor_context *c, const struct address *a, size_t i, struct sensor_role *out)
{
    char text[46];
    (void)c;
    fake_address_text(a, text);
    for (size_t n = 0; fake.role != NULL && fake.role[n] != NULL; n += 2)
        if (strcmp(fake.role[n], text) == 0 && i-- == 0) {
            *out = (struct sensor_role){.role = fake.role[n + 1], .reason = "", .until = "", .where = "test.yaml:1"};
            return true;
        }
    return false;
}

static inline bool fake_has_role(struct sensor_context *c, const struct address *a, const char *role, struct sensor_role *out)
{
    struct sensor_role have;
    for (size_t i = 0; fake_role_of(c, a, i, &have); i++)
        if (strcmp(have.role, role) == 0) {
            if (out != NULL)
                *out = have;
            return true;
        }
    return false;
}

static inline bool fake_state_save(const char *name, uint32_t version, struct slice bytes)
{
    free(fake.state_bytes);
    fake.state_bytes = malloc(bytes.size + 1);
    if (bytes.size != 0)
        memcpy(fake.state_bytes, bytes.at, bytes.size);
    fake.state_size = bytes.size;
    fake.state_version = version;
    snprintf(fake.state_name, sizeof fake.state_name, "%s", name);
    return true;
}

static inline bool fake_state_load(const char *name, uint32_t version, bool (*take)(void *arg, struct slice bytes), void *arg)
{
    return fake.state_bytes != NULL && strcmp(fake.state_name, name) == 0 && fake.state_version == version &&
           take(arg, (struct slice){fake.state_bytes, fake.state_size});
}

/* Tables are not kept. */
static inline bool fake_tables(const char *name, uint32_t version, struct sensor_table *const *tables, size_t count)
{
    (void)name, (void)version, (void)tables, (void)count;
    return false;
}

static inline bool fake_raise_on(struct sensor_context *c, const struct observation *head, const struct sighting *s)
{
    (void)head;
    return fake_raise(c, s);
}

static inline bool fake_is_ending(const struct sensor_context *c)
{
    (void)c;
    return fake.is_ending;
}

static const struct sensor_host fake_host = {
    .size = sizeof(struct sensor_host),
    .log = fake_log,
    .option_text = fake_option_text,
    .option_number = fake_option_number,
    .option_count = fake_option_count,
    .option_item = fake_option_item,
    .list_open = fake_list_open,
    .list_open_indicators = fake_list_open_indicators,
    .list_close = list_close,
    .list_count = list_count,
    .list_find_name = list_find_name,
    .list_find_address = list_find_address,
    .list_find_value = list_find_value,
    .list_next = list_next,
    .field = list_field,
    .indicator = fake_indicator,
    .geo = fake_geo,
    .protocol_name = fake_protocol_name,
    .risk_name = fake_risk_name,
    .raise = fake_raise,
    .label = fake_label,
    .count = fake_count,
    .set = fake_set,
    .address_text = fake_address_text,
    .name_of = fake_name_of,
    .has_role = fake_has_role,
    .role_of = fake_role_of,
    .state_load = fake_state_load,
    .state_save = fake_state_save,
    .tables_save = fake_tables,
    .tables_load = fake_tables,
    .raise_on = fake_raise_on,
    .is_ending = fake_is_ending,
    .registered_domain = names_domain_of,
    .table_new = table_new,
    .table_free = table_free,
    .table_find = table_find,
    .table_take = table_take,
    .table_drop = table_drop,
    .table_next = table_next,
    .table_count = table_count,
    .table_evicted = table_evicted,
};

/* Forgets what was raised, labelled and counted. */
static inline void fake_reset(void)
{
    const struct sensor_plugin *plugin = fake.plugin;
    const char *const *option = fake.option;
    static struct fake kept;
    kept = fake;
    memset(&fake, 0, sizeof fake);
    fake.plugin = plugin;
    fake.option = option;
    fake.role = kept.role;
    fake.state_bytes = kept.state_bytes;
    fake.state_size = kept.state_size;
    fake.state_version = kept.state_version;
    memcpy(fake.state_name, kept.state_name, sizeof fake.state_name);
}

/* ------------------------------------------------------------ observations */

/* Room for any observation and its texts; `used` bytes are taken. */
union fake_observation {
    struct observation head;
    struct observation_dns dns;
    struct observation_tls tls;
    struct observation_quic quic;
    struct observation_http http;
    struct observation_body body;
    struct observation_ftp ftp;
    struct observation_ftp_data ftp_data;
    struct observation_tls_flaw tls_flaw;
    struct observation_device device;
    struct observation_ended ended;
    uint8_t bytes[16384];
};

static inline struct address fake_address(const char *text)
{
    struct address a = {.bytes = {[10] = 0xff, [11] = 0xff}};
    if (inet_pton(AF_INET, text, a.bytes + 12) != 1 && inet_pton(AF_INET6, text, a.bytes) != 1)
        abort();
    return a;
}

/* Begins an observation of a TCP flow from internal 10.1.2.3 to outside 203.0.113.9:443. */
static inline void fake_begin(union fake_observation *o, enum observation_kind kind)
{
    memset(o, 0, sizeof *o);
    o->head = (struct observation){.size = 2048,
                                   .kind = (uint8_t)kind,
                                   .time_ns = 1786147200000000000u /* 2026-08-08 */,
                                   .flow_id = 77,
                                   .client = fake_address("10.1.2.3"),
                                   .server = fake_address("203.0.113.9"),
                                   .client_port = 50000,
                                   .server_port = 443,
                                   .proto = 6,
                                   .ip_version = 4,
                                   .client_internal = 1,
                                   .client_source = CLIENT_BY_SYN,
                                   .packets = {3, 2},
                                   .marks = MARK_REPLIED};
}

/* Puts bytes behind the structs. */
static inline struct text_ref fake_bytes(union fake_observation *o, const void *bytes, size_t size)
{
    struct text_ref r = {o->head.size, (uint32_t)size};
    if (o->head.size + size > sizeof o->bytes)
        abort();
    if (size != 0)
        memcpy(o->bytes + o->head.size, bytes, size);
    o->head.size += ((uint32_t)size + 7u) & ~7u;
    return r;
}

static inline struct text_ref fake_text(union fake_observation *o, const char *text)
{
    return fake_bytes(o, text, strlen(text));
}

#endif
