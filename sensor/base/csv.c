/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv.c - RFC 4180 rows, one byte at a time through a small state machine.
 *
 * A row's fields lie one after the other in one buffer, each with its NUL, so a field is a pointer and nothing is
 * allocated per row. After a bad row reading goes on behind its last line; a quote that is never closed therefore costs
 * the rest of the file, or CSV_ROW_MAX bytes and the line they end in.
 */
#include "base/csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/utf8.h"

struct csv {
    FILE *file;
    char *path;
    char *names;                     /* the header row's bytes; owned */
    size_t name_at[CSV_COLUMNS_MAX]; /* offsets into names */
    size_t column_count;
    uint32_t line;                    /* line being read */
    uint32_t row_line;                /* line where the current row began */
    bool broken;                      /* the file could not be read further */
    const char *complaint;            /* why the current row is bad, NULL when it is not */
    size_t used;                      /* bytes of `row` in use */
    size_t field_count;               /* fields of the current row; goes on counting past CSV_COLUMNS_MAX */
    size_t field_at[CSV_COLUMNS_MAX]; /* offsets into row */
    char row[CSV_ROW_MAX + CSV_COLUMNS_MAX + 1];
};

/* The first complaint about a row stays. */
static void complain(struct csv *c, const char *what)
{
    if (c->complaint == NULL)
        c->complaint = what;
}

static int next_byte(struct csv *c)
{
    int byte = getc_unlocked(c->file);
    if (byte == '\n')
        c->line++;
    return byte;
}

static int peek_byte(struct csv *c)
{
    int byte = getc_unlocked(c->file);
    if (byte != EOF)
        ungetc(byte, c->file);
    return byte;
}

static void begin_field(struct csv *c)
{
    if (c->field_count < CSV_COLUMNS_MAX)
        c->field_at[c->field_count] = c->used;
    c->field_count++;
}

static void end_field(struct csv *c)
{
    if (c->field_count > CSV_COLUMNS_MAX) {
        complain(c, "more than 64 fields");
        return;
    }
    c->row[c->used] = '\0';
    size_t start = c->field_at[c->field_count - 1];
    if (!utf8_valid((const uint8_t *)c->row + start, c->used - start))
        complain(c, "not UTF-8; save the file as UTF-8");
    c->used++;
}

static void add_byte(struct csv *c, int byte)
{
    if (byte == '\0')
        complain(c, "a NUL byte; is this a CSV file?");
    if (c->used >= CSV_ROW_MAX)
        complain(c, "row longer than 65536 bytes; is a closing quote missing?");
    else if (c->field_count <= CSV_COLUMNS_MAX)
        c->row[c->used++] = (char)byte;
}

/* The inside of a quoted field, up to and with its closing quote. Returns what follows. */
static int read_quoted(struct csv *c)
{
    for (;;) {
        int byte = next_byte(c);
        if (byte == EOF) {
            complain(c, "a quote is opened and never closed");
            return EOF;
        }
        if (byte == '"') {
            byte = next_byte(c);
            if (byte != '"')
                return byte;
        }
        add_byte(c, byte);
        if (c->complaint != NULL && c->used >= CSV_ROW_MAX)
            return next_byte(c);
    }
}

static bool ends_field(struct csv *c, int byte)
{
    return byte == ',' || byte == '\n' || byte == EOF || (byte == '\r' && peek_byte(c) == '\n');
}

/* One field, first byte given. Returns the ',', LF, CR or EOF that ended it. */
static int read_field(struct csv *c, int byte)
{
    begin_field(c);
    bool quoted = byte == '"';
    if (quoted)
        byte = read_quoted(c);
    while (!ends_field(c, byte)) {
        if (quoted)
            complain(c, "text after a closing quote; double the quotes inside a field");
        else if (byte == '"')
            complain(c, "a quote inside an unquoted field; quote the whole field");
        add_byte(c, byte);
        byte = next_byte(c);
    }
    end_field(c);
    return byte;
}

/* A line to skip: blank or a comment. `byte` is its first. */
static bool skip_line(struct csv *c, int byte)
{
    if (byte == '\n')
        return true;
    if (byte == '\r' && peek_byte(c) == '\n') {
        next_byte(c);
        return true;
    }
    if (byte != '#')
        return false;
    while (byte != '\n' && byte != EOF)
        byte = next_byte(c);
    return true;
}

/* Reads one row into `row`; false at the end of the file. */
static bool read_row(struct csv *c)
{
    c->used = 0;
    c->field_count = 0;
    c->complaint = NULL;
    do {
        c->row_line = c->line;
        int first = next_byte(c);
        if (first == EOF)
            return false;
        if (skip_line(c, first))
            continue;
        int last = read_field(c, first);
        while (last == ',')
            last = read_field(c, next_byte(c));
        if (last == '\r')
            next_byte(c);
    } while (c->field_count == 0);
    return true;
}

static FILE *open_file(const char *path, struct error *error)
{
    FILE *file = fopen(path, "re");
    struct stat st;
    if (file == NULL) {
        error_set(error, "%s: %s; is the path right and readable?", path, strerror(errno));
        return NULL;
    }
    if (fstat(fileno(file), &st) == 0 && S_ISDIR(st.st_mode)) {
        error_set(error, "%s: is a directory; give a CSV file", path);
        fclose(file);
        return NULL;
    }
    return file;
}

/* Three bytes at the very start that mean only "this is UTF-8". */
static void skip_bom(struct csv *c)
{
    static const char bom[3] = "\xef\xbb\xbf";
    char start[3];
    size_t got = fread(start, 1, 3, c->file);
    if (got == 3 && memcmp(start, bom, 3) == 0)
        return;
    while (got > 0)
        ungetc((unsigned char)start[--got], c->file);
}

/* Keeps the first row as the column names. */
static bool take_header(struct csv *c, struct error *error)
{
    if (!read_row(c))
        return error_set(error, "%s: no header line; the first line must name the columns", c->path);
    if (c->complaint != NULL)
        return error_set(error, "%s:%u: %s", c->path, c->row_line, c->complaint);
    c->names = malloc(c->used);
    if (c->names == NULL)
        return error_set(error, "%s: out of memory", c->path);
    memcpy(c->names, c->row, c->used);
    memcpy(c->name_at, c->field_at, sizeof c->name_at);
    c->column_count = c->field_count;
    for (size_t i = 0; i < c->column_count; i++) {
        const char *name = csv_column_name(c, i);
        if (*name == '\0')
            return error_set(error, "%s:%u: column %zu has no name", c->path, c->row_line, i + 1);
        if (csv_column(c, name) != (int)i)
            return error_set(error, "%s:%u: column '%.64s' is there twice", c->path, c->row_line, name);
    }
    return true;
}

struct csv *csv_open(const char *path, struct error *error)
{
    struct csv *c = calloc(1, sizeof *c);
    if (c == NULL || (c->path = strdup(path)) == NULL) {
        error_set(error, "%s: out of memory", path);
        goto failed;
    }
    c->file = open_file(path, error);
    if (c->file == NULL)
        goto failed;
    c->line = 1;
    skip_bom(c);
    if (!take_header(c, error))
        goto failed;
    return c;
failed:
    csv_close(c);
    return NULL;
}

void csv_close(struct csv *c)
{
    if (c == NULL)
        return;
    if (c->file != NULL)
        fclose(c->file);
    free(c->names);
    free(c->path);
    free(c);
}

size_t csv_column_count(const struct csv *c)
{
    return c->column_count;
}

const char *csv_column_name(const struct csv *c, size_t i)
{
    return c->names + c->name_at[i];
}

int csv_column(const struct csv *c, const char *name)
{
    for (size_t i = 0; i < c->column_count; i++)
        if (strcmp(csv_column_name(c, i), name) == 0)
            return (int)i;
    return -1;
}

enum csv_result csv_next(struct csv *c, struct error *error)
{
    if (c->broken)
        return CSV_END;
    bool read = read_row(c);
    c->broken = ferror(c->file) != 0;
    if (c->broken) {
        error_set(error, "%s:%u: %s; the rest cannot be read", c->path, c->line, strerror(errno));
        return CSV_BAD;
    }
    if (!read)
        return CSV_END;
    if (c->complaint != NULL) {
        error_set(error, "%s:%u: %s", c->path, c->row_line, c->complaint);
        return CSV_BAD;
    }
    if (c->field_count != c->column_count) {
        error_set(error, "%s:%u: %zu fields where the header has %zu", c->path, c->row_line, c->field_count, c->column_count);
        return CSV_BAD;
    }
    return CSV_ROW;
}

const char *csv_field(const struct csv *c, size_t i)
{
    return c->row + c->field_at[i];
}

uint32_t csv_line(const struct csv *c)
{
    return c->row_line;
}
