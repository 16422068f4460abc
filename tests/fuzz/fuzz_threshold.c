/* SPDX-License-Identifier: Apache-2.0 */
/* The threshold file: any text is read or refused with a line; what was read can be asked and freed. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/threshold.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct sensor_rule rule = {.sid = 1, .detector = "D99", .name = "fuzz"};
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    struct error error = {""};
    struct threshold_rules *rules = threshold_rules_parse("fuzz", text, NULL, NULL, &error);
    assert(rules || strncmp(error.text, "fuzz:", 5) == 0);
    struct thresholds *t = rules ? thresholds_new(&(struct threshold_options){.rules = rules}) : NULL;
    for (uint64_t i = 0; t && i < 8; i++) {
        struct observation o = {.size = sizeof o, .time_ns = i << 40, .flow_id = i & 1, .direction = (uint8_t)(i & 1)};
        struct sighting s = {.rule = &rule, .signature = "fuzz", .dedup = {data, size < 8 ? size : 8}, .limit = 1, .window_s = 60};
        uint64_t held;
        thresholds_judge(t, &o, &s, &held);
    }
    thresholds_free(t);
    threshold_rules_free(rules);
    free(text);
    return 0;
}
