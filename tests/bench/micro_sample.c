/* SPDX-License-Identifier: Apache-2.0 */
/*
 * micro_sample.c - see micro_sample.h.
 */
#include "micro_sample.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"

#define PATH_SIZE    1024
#define CAPTURES_MAX 256

_Noreturn void give_up(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("micro: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

void *take(size_t size)
{
    void *at = calloc(1, size);
    if (!at)
        give_up("out of memory");
    return at;
}

/* Room for one more element in an array that doubles. */
static void *room(void *array, uint32_t count, size_t element)
{
    if (count & (count - 1))
        return array;
    void *at = realloc(array, (count ? count * 2 : 1) * element);
    if (!at)
        give_up("out of memory");
    return at;
}

/* -------------------------------------------------------------- frames */

static void keep_frame(struct sample *s, const struct frame *frame)
{
    uint8_t *bytes = take(frame->cap_len + 1);
    memcpy(bytes, frame->bytes, frame->cap_len);
    s->frames = room(s->frames, s->frame_count, sizeof *s->frames);
    s->frames[s->frame_count] = *frame;
    s->frames[s->frame_count].bytes = bytes;
    s->frames[s->frame_count].number = s->frame_count + 1;
    s->frame_count++;
}

static void load_capture(struct sample *s, const char *path)
{
    struct error error = {0};
    struct frame frame;
    struct capture *c = capture_open_file(path, NULL, -1, &error);
    if (!c)
        give_up("%s", error.text);
    while (capture_next(c, &frame) == CAPTURE_FRAME)
        keep_frame(s, &frame);
    capture_close(c);
}

static bool is_wanted(const char *file, const char *const *names)
{
    for (; *names; names++)
        if (strstr(file, ".pcap") && strstr(file, *names))
            return true;
    return false;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In the order of their names, so that every run works on the same frames. */
static void load_captures(struct sample *s, const char *folder, const char *const *names)
{
    char path[PATH_SIZE], *found[CAPTURES_MAX];
    size_t count = 0;
    DIR *directory = opendir(folder);
    if (!directory)
        give_up("%s: cannot read the folder", folder);
    for (struct dirent *d; count < CAPTURES_MAX && (d = readdir(directory)) != NULL;)
        if (is_wanted(d->d_name, names))
            found[count++] = strdup(d->d_name);
    closedir(directory);
    qsort(found, count, sizeof *found, compare_texts);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, found[i]);
        load_capture(s, path);
        free(found[i]);
    }
}

/* ------------------------------------------------------------- packets */

static uint32_t flow_index(struct sample *s, const struct flow_key *key, const struct packet *p, int end)
{
    for (uint32_t i = 0; i < s->flow_count; i++)
        if (memcmp(&s->flows[i].key, key, sizeof *key) == 0)
            return i;
    s->flows = room(s->flows, s->flow_count, sizeof *s->flows);
    flow_begin(&s->flows[s->flow_count], key, p);
    s->flows[s->flow_count].client_end = end ? 1 : 0;
    return s->flow_count++;
}

static void keep_packet(struct sample *s, const struct packet *p)
{
    struct flow_key key;
    int end = flow_key_of(p, true, &key);
    s->packets = room(s->packets, s->packet_count, sizeof *s->packets);
    s->ends = room(s->ends, s->packet_count, sizeof *s->ends);
    s->flow_of = room(s->flow_of, s->packet_count, sizeof *s->flow_of);
    s->packets[s->packet_count] = *p;
    s->ends[s->packet_count] = (uint8_t)end;
    s->flow_of[s->packet_count] = flow_index(s, &key, p, end);
    s->packet_count++;
}

void sample_load(struct sample *s, const char *folder, const char *const *names, uint16_t port)
{
    *s = (struct sample){0};
    load_captures(s, folder, names);
    struct error error = {0};
    struct decoder *decoder = decoder_new(NULL, &error);
    if (!decoder)
        give_up("%s", error.text);
    for (uint32_t i = 0; i < s->frame_count; i++) {
        struct packet p;
        bool decoded = decode_frame(decoder, &s->frames[i], &p) == DECODED;
        if (decoded && !p.fragment && (port == 0 || p.src_port == port || p.dst_port == port))
            keep_packet(s, &p);
    }
    decoder_free(decoder); /* the bytes of datagrams that came whole are the frames' */
    if (s->packet_count == 0)
        give_up("%s: no packet of port %u in the captures named like %s", folder, port, *names);
}

void sample_free(struct sample *s)
{
    for (uint32_t i = 0; i < s->frame_count; i++)
        free((void *)(uintptr_t)s->frames[i].bytes);
    free(s->frames);
    free(s->packets);
    free(s->ends);
    free(s->flow_of);
    free(s->flows);
    *s = (struct sample){0};
}

/* -------------------------------------------------------- observations */

void observations_keep(void *arg, const struct observation *o)
{
    struct observations *all = arg;
    struct observation *copy = take(o->size);
    memcpy(copy, o, o->size);
    all->at = room(all->at, all->count, sizeof(struct observation *));
    all->at[all->count++] = copy;
}

const struct observation *observations_find(const struct observations *all, enum observation_kind kind)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (all->at[i]->kind == kind)
            return all->at[i];
    give_up("no observation of kind %d in the bundled captures", (int)kind);
}

void observations_free(struct observations *all)
{
    for (uint32_t i = 0; i < all->count; i++)
        free(all->at[i]);
    free(all->at);
    *all = (struct observations){0};
}
