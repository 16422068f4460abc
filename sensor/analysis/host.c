/* SPDX-License-Identifier: Apache-2.0 */
/* host.c - see host.h. */
#include "analysis/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/names.h"
#include "base/addr.h"
#include "base/log.h"
#include "base/state_bytes.h"
#include "base/state.h"
#include "base/table.h"
#include "intel/list.h"

#define PATH_TEXT_MAX    4096
#define TABLES_STATE_MAX (64u << 20) /* bytes */

static const char *const *directories;
static const struct classify_names *ndpi_names;
static const char *state_directory;

static bool list_path_in(const char *directory, const char *path, char *out)
{
    int n = snprintf(out, PATH_TEXT_MAX, "%s/%s", directory, path);
    return n > 0 && n < PATH_TEXT_MAX && access(out, R_OK) == 0;
}

/* Where `path` is: itself when absolute, else in the first directory that holds it. False when none does; `why` names them. */
static bool locate(const char *path, char *out, struct error *why)
{
    if (path[0] == '/')
        return snprintf(out, PATH_TEXT_MAX, "%s", path) < PATH_TEXT_MAX || error_set(why, "%s: path too long", path);
    error_set(why, "%s: in no data directory; give a full path or set HAETAE_DATA_DIR (looked in:", path);
    for (size_t i = 0; directories && directories[i]; i++) {
        if (list_path_in(directories[i], path, out))
            return true;
        size_t used = strlen(why->text);
        snprintf(why->text + used, sizeof why->text - used, " %s", directories[i]);
    }
    size_t used = strlen(why->text);
    snprintf(why->text + used, sizeof why->text - used, ")");
    return false;
}

static struct sensor_list *serve_list_open(const char *path, const char *const *required, char *error, size_t error_size)
{
    char found[PATH_TEXT_MAX];
    struct error why = {{0}};
    struct sensor_list *list = locate(path, found, &why) ? list_open(found, required, &why) : NULL;
    if (!list)
        snprintf(error, error_size, "%s", why.text);
    return list;
}

static struct sensor_list *serve_list_open_indicators(const char *const *lists, size_t count, char *error, size_t error_size)
{
    struct error why = {{0}};
    struct sensor_list *list = list_open_indicators(lists, count, locate, &why);
    if (!list)
        snprintf(error, error_size, "%s", why.text);
    return list;
}

static void serve_indicator(const struct sensor_entry *e, struct indicator *out, size_t size)
{
    struct indicator whole;
    list_indicator(e, &whole);
    memcpy(out, &whole, size < sizeof whole ? size : sizeof whole);
}

static const char *serve_protocol_name(uint16_t id)
{
    return classify_protocol(ndpi_names, id);
}

static const char *serve_risk_name(unsigned risk)
{
    return classify_risk(ndpi_names, risk);
}

static const char *serve_address_text(const struct address *a, char *out)
{
    return addr_text(a, out);
}

static bool serve_state_load(const char *name, uint32_t version, bool (*take)(void *arg, struct slice bytes), void *arg)
{
    struct error why = {{0}};
    if (!state_directory || !*state_directory)
        return false;
    enum state_result result = state_load(state_directory, name, version, take, arg, &why);
    if (result == STATE_REFUSED)
        log_write(SENSOR_WARNING, "%s", why.text);
    return result == STATE_LOADED;
}

static bool serve_state_save(const char *name, uint32_t version, struct slice bytes)
{
    struct error why = {{0}};
    if (!state_directory || !*state_directory)
        return false;
    bool good = state_save(state_directory, name, version, bytes, &why);
    if (!good)
        log_write(SENSOR_WARNING, "state is not kept: %s", why.text);
    return good;
}

bool host_keeps_state(void)
{
    return state_directory && *state_directory;
}

static bool serve_tables_save(const char *name, uint32_t version, struct sensor_table *const *tables, size_t count)
{
    struct state_writer p = {.most = TABLES_STATE_MAX};
    if (!host_keeps_state())
        return false;
    for (size_t i = 0; i < count; i++)
        if (!state_put_table(&p, tables[i], TABLES_STATE_MAX / count))
            log_write(SENSOR_NOTICE, "state %s: more than %u MiB: the oldest entries are not kept", name, TABLES_STATE_MAX >> 20);
    bool good = serve_state_save(name, version, (struct slice){p.bytes, p.size});
    free(p.bytes);
    return good;
}

struct tables {
    struct sensor_table *const *table;
    size_t count;
};

static void empty(struct sensor_table *t)
{
    for (void *value; (value = table_next(t, NULL, NULL)) != NULL;)
        table_drop(t, value);
}

static bool take_tables(void *arg, struct slice bytes)
{
    const struct tables *t = arg;
    struct state_reader r = {.rest = bytes};
    for (size_t i = 0; i < t->count && !r.bad; i++)
        state_read_table(&r, t->table[i]);
    if (!r.bad && r.rest.size == 0)
        return true;
    for (size_t i = 0; i < t->count; i++)
        empty(t->table[i]);
    return false;
}

static bool serve_tables_load(const char *name, uint32_t version, struct sensor_table *const *tables, size_t count)
{
    return serve_state_load(name, version, take_tables, &(struct tables){tables, count});
}

/* Outputs have no observation: these say no. */
static bool no_raise(struct sensor_context *c, const struct sighting *s)
{
    (void)c, (void)s;
    return false;
}

static void no_label(struct sensor_context *c, const char *id, const char *label)
{
    (void)c, (void)id, (void)label;
}

static void no_count(struct sensor_context *c, const char *name)
{
    (void)c, (void)name;
}

static void no_set(struct sensor_context *c, const char *name, uint64_t value)
{
    (void)c, (void)name, (void)value;
}

static bool no_geo(struct sensor_context *c, const struct address *a, struct sensor_geo *out)
{
    (void)c, (void)a;
    memset(out, 0, sizeof *out);
    return false;
}

static bool no_name(struct sensor_context *c, size_t i, struct sensor_name *out)
{
    (void)c, (void)i, (void)out;
    return false;
}

static bool no_role(struct sensor_context *c, const struct address *a, const char *role, struct sensor_role *out)
{
    (void)c, (void)a, (void)role, (void)out;
    return false;
}

static bool no_role_at(struct sensor_context *c, const struct address *a, size_t i, struct sensor_role *out)
{
    (void)c, (void)a, (void)i, (void)out;
    return false;
}

static bool no_raise_on(struct sensor_context *c, const struct observation *head, const struct sighting *s)
{
    (void)c, (void)head, (void)s;
    return false;
}

static bool not_ending(const struct sensor_context *c)
{
    (void)c;
    return false;
}

void host_keep_state(const char *directory)
{
    state_directory = directory;
}

void host_init(struct sensor_host *host, const char *const *data_directories, const struct classify_names *names)
{
    directories = data_directories;
    ndpi_names = names;
    host->size = sizeof *host;
    host->log = log_write;
    host->list_open = serve_list_open;
    host->list_open_indicators = serve_list_open_indicators;
    host->list_close = list_close;
    host->list_count = list_count;
    host->list_find_name = list_find_name;
    host->list_find_address = list_find_address;
    host->list_find_value = list_find_value;
    host->list_next = list_next;
    host->field = list_field;
    host->indicator = serve_indicator;
    host->protocol_name = serve_protocol_name;
    host->risk_name = serve_risk_name;
    host->address_text = serve_address_text;
    host->raise = no_raise;
    host->label = no_label;
    host->count = no_count;
    host->set = no_set;
    host->geo = no_geo;
    host->name_of = no_name;
    host->has_role = no_role;
    host->role_of = no_role_at;
    host->raise_on = no_raise_on;
    host->is_ending = not_ending;
    host->registered_domain = names_domain_of;
    host->state_load = serve_state_load;
    host->state_save = serve_state_save;
    host->tables_save = serve_tables_save;
    host->tables_load = serve_tables_load;
    host->table_new = table_new;
    host->table_free = table_free;
    host->table_find = table_find;
    host->table_take = table_take;
    host->table_drop = table_drop;
    host->table_next = table_next;
    host->table_count = table_count;
    host->table_evicted = table_evicted;
}

void host_serve_context(struct sensor_host *host, const struct host_context_services *services)
{
    host->raise = services->raise;
    host->label = services->label;
    host->count = services->count;
    host->set = services->set;
    host->geo = services->geo;
    host->name_of = services->name_of;
    host->has_role = services->has_role;
    host->role_of = services->role_of;
    host->raise_on = services->raise_on;
    host->is_ending = services->is_ending;
}
