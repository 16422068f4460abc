/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_test.h - a host of options for the file sink, and a directory for each test. After cmocka.h.
 */
#ifndef FILE_TEST_H
#define FILE_TEST_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sensor_plugin.h"

extern const struct sensor_plugin sensor_plugin_file;
static const struct sensor_output *const sink = &sensor_plugin_file.output;

/* ------------------------------------------------------------ the host */

static char said[9000]; /* what the plugin logged last */

static inline void host_log(enum sensor_level level, const char *format, ...)
{
    va_list arguments;
    (void)level;
    va_start(arguments, format);
    vsnprintf(said, sizeof said, format, arguments);
    va_end(arguments);
}

/* The options of a test are "name=value" texts, NULL at the end. */
static inline const char *host_text(const struct sensor_options *o, const char *name)
{
    size_t size = strlen(name);
    for (const char *const *at = (const char *const *)(const void *)o; *at != NULL; at++)
        if (strncmp(*at, name, size) == 0 && (*at)[size] == '=')
            return *at + size + 1;
    for (const struct sensor_option *p = sensor_plugin_file.options; p->name != NULL; p++)
        if (strcmp(p->name, name) == 0)
            return p->fallback;
    abort();
}

static inline int64_t host_number(const struct sensor_options *o, const char *name)
{
    const char *text = host_text(o, name);
    return strcmp(text, "yes") == 0 ? 1 : strtoll(text, NULL, 10);
}

static const struct sensor_host host = {
    .size = sizeof host, .log = host_log, .option_text = host_text, .option_number = host_number};

static char why[512];

static inline void *open_with(const char *const *options)
{
    why[0] = said[0] = '\0';
    return sink->open(&host, (const struct sensor_options *)(const void *)options, why, sizeof why);
}

/* --------------------------------------------------------- the directory */

static char folder[64], path[128], option[160];
static const char *options[8];

static inline int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/haetae-file-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/eve.json", folder);
    snprintf(option, sizeof option, "filename=%s", path);
    options[0] = option;
    for (size_t i = 1; i < 8; i++)
        options[i] = NULL;
    return 0;
}

static inline int clean_up(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static inline void put(const char *name, const char *text, size_t size)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, text, size) == (ssize_t)size);
    close(fd);
}

static inline const char *content(const char *name)
{
    static char text[65536];
    int fd = open(name, O_RDONLY);
    ssize_t size = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    assert_true(fd >= 0 && size >= 0);
    close(fd);
    text[size] = '\0';
    return text;
}

static inline enum sensor_written say(void *f, const char *lines)
{
    size_t count = 0, size = strlen(lines);
    for (size_t i = 0; i < size; i++)
        count += lines[i] == '\n';
    return sink->write(f, (struct slice){(const uint8_t *)lines, size}, count);
}

#endif
