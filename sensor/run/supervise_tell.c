/* SPDX-License-Identifier: Apache-2.0 */
/* supervise_tell.c - see supervise_tell.h. */
#include "run/supervise_tell.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static unsigned long long packets_read(void)
{
    unsigned long long sum = 0;
    for (size_t i = 0; i < BLACKBOX_SLOTS; i++)
        sum += blackbox->slot[i].role == ROLE_WORKER ? blackbox->slot[i].packet : 0;
    return sum;
}

void supervise_tell_crash(const struct blackbox_crash *crash)
{
    char flow[160];
    const struct blackbox_slot *slot = &crash->slot;
    const struct blackbox_loss *loss = &crash->loss;
    log_error("supervisor: the sensor %s (%s) in %s, %s %llu, %s; read: %llu packets; lost: %llu packets, %llu flows, %llu observations, "
              "%llu lines",
              crash->hung ? "hung" : "crashed", sigabbrev_np(crash->signal), crash->place, slot->role == ROLE_WRITER ? "line" : "packet",
              (unsigned long long)slot->packet, blackbox_flow_text(&slot->flow, flow, sizeof flow), packets_read(),
              (unsigned long long)loss->packets, (unsigned long long)loss->flows, (unsigned long long)loss->observations,
              (unsigned long long)loss->lines);
}

void supervise_tell_hang(const struct blackbox_slot *slot, uint32_t seconds)
{
    char place[128], flow[160];
    log_error("supervisor: %s has not moved for %u s, packet %llu, %s: the sensor is ended and started again",
              blackbox_place_text(blackbox, slot, place, sizeof place), seconds, (unsigned long long)slot->packet,
              blackbox_flow_text(&slot->flow, flow, sizeof flow));
}

void supervise_tell_restart(uint64_t after_ns, uint64_t unseen)
{
    log_notice("supervisor: the sensor watches again after %.2f s, in which %llu packets at most went by; restart %u, flows not looked into: %u",
               (double)after_ns / (double)NS_PER_S, (unsigned long long)unseen, blackbox->restarts, blackbox->shut_count);
}

/* One figure of /sys/class/net; 0 when there is none. */
static uint64_t read_figure(const char *interface, const char *name)
{
    char path[128], text[32];
    snprintf(path, sizeof path, "/sys/class/net/%s/statistics/%s", interface, name);
    int fd = strchr(interface, '/') ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    text[size > 0 ? size : 0] = '\0';
    return strtoull(text, NULL, 10);
}

uint64_t supervise_frames(void)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < BLACKBOX_INTERFACES && blackbox->interface[i][0]; i++) {
        char name[BLACKBOX_NAME_MAX];
        snprintf(name, sizeof name, "%.*s", BLACKBOX_NAME_MAX - 1, blackbox->interface[i]);
        sum += read_figure(name, "rx_packets") + (strcmp(name, "lo") == 0 ? 0 : read_figure(name, "tx_packets"));
    }
    return sum;
}
