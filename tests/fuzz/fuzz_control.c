/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_control.c - any bytes as what a client of the control socket says. A message that is whole stays the same message when more
 * follows, is partial when it is cut, and is read or refused with a reason.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "run/control_protocol.h"

static void check_request(const char *bytes, size_t size)
{
    struct control_request r;
    struct error error = {{0}};
    if (!control_parse(bytes, size, &r, &error)) {
        assert(error.text[0] != '\0' && r.root == NULL);
        return;
    }
    assert(r.command || r.version);
    (void)control_text(&r, "filename");
    (void)control_bool(&r, "continuous");
    control_request_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    size_t begin, end, again, cut_end;
    for (unsigned messages = 0; messages < 64 && size > 0; messages++) {
        enum control_frame frame = control_frame(bytes, size, &begin, &end);
        assert(begin <= end && end <= size);
        if (frame != FRAME_WHOLE)
            break;
        assert(bytes[begin] == '{' && (bytes[end - 1] == '}' || bytes[end - 1] == ']'));
        assert(control_frame(bytes, end, &again, &cut_end) == FRAME_WHOLE && cut_end == end);
        assert(control_frame(bytes, end - 1, &again, &cut_end) == FRAME_PARTIAL);
        check_request(bytes + begin, end - begin);
        bytes += end;
        size -= end;
    }
    return 0;
}
