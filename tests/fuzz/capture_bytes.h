/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture_bytes.h - for fuzz targets: bytes as a capture file, read to its end. Frames stay inside what they say, are numbered upwards
 * and placed one after the other; a file that broke says so; a second reading gives the same.
 */
#ifndef FUZZ_CAPTURE_BYTES_H
#define FUZZ_CAPTURE_BYTES_H

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "capture/capture.h"
#include "capture/format.h"

static volatile uint8_t capture_sink;

/* What a reading came to: frames, and a sum over what they say. */
struct capture_sum {
    uint64_t frames, sum;
    bool damaged;
};

static inline struct capture_sum capture_drain(struct capture *c)
{
    struct capture_sum s = {0};
    struct frame f;
    enum capture_result result;
    uint64_t number = 0;
    while ((result = capture_next(c, &f)) == CAPTURE_FRAME || result == CAPTURE_IDLE) {
        if (result == CAPTURE_IDLE)
            continue;
        assert(f.cap_len <= FRAME_BYTES_MAX && f.wire_len >= f.cap_len);
        assert(f.number > number && f.order == ++s.frames);
        number = f.number;
        for (uint32_t i = 0; i < f.cap_len; i++)
            capture_sink ^= f.bytes[i];
        s.sum = s.sum * 31 + f.time_ns + f.cap_len + (uint64_t)f.link_type + f.wire_len + capture_sink;
    }
    s.damaged = result == CAPTURE_DAMAGED;
    assert(s.damaged == (*capture_problem(c) != '\0'));
    assert(capture_next(c, &f) == CAPTURE_END);
    return s;
}

static inline struct capture_sum capture_read_once(const char *path)
{
    struct error error = {{0}};
    capture_sink = 0;
    struct capture *c = capture_open_file(path, NULL, -1, &error);
    assert(c || *error.text);
    struct capture_sum s = {0};
    if (c)
        s = capture_drain(c);
    capture_close(c);
    return s;
}

static inline void capture_read_bytes(const uint8_t *data, size_t size)
{
    char path[40];
    log_setup(SENSOR_ERROR, false);
    int fd = memfd_create("capture", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct capture_sum first = capture_read_once(path);
    if (size % 8 == 0) { /* often enough */
        struct capture_sum second = capture_read_once(path);
        assert(first.frames == second.frames && first.sum == second.sum && first.damaged == second.damaged);
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
