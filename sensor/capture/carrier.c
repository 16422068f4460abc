/* SPDX-License-Identifier: Apache-2.0 */
/* carrier.c - see carrier.h. One RTM_GETLINK for one interface; the answer is a header and attributes behind it. */
#include "capture/carrier.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_MAX 16384 /* bytes; statistics, driver and what else there is come to some 2000 */

struct question {
    struct nlmsghdr head;
    struct ifinfomsg link;
    struct rtattr name_head;
    char name[IFNAMSIZ];
};

int carrier_open(struct error *error)
{
    const struct timeval wait = {.tv_sec = 1};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        error_set(error, "cannot ask about interfaces: %s", strerror(errno));
    else
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait); /* the kernel answers at once; never hang on it */
    return fd;
}

static bool ask(int fd, const char *name)
{
    struct question q = {
        .head = {.nlmsg_len = sizeof q, .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST},
        .name_head = {.rta_len = RTA_LENGTH(sizeof q.name), .rta_type = IFLA_IFNAME},
    };
    size_t size = strnlen(name, sizeof q.name);
    if (size == sizeof q.name)
        return false;
    memcpy(q.name, name, size);
    return send(fd, &q, sizeof q, 0) == (ssize_t)sizeof q;
}

static void read_stats(const uint8_t *at, size_t size, struct carrier_state *out)
{
    struct rtnl_link_stats64 stats = {0};
    memcpy(&stats, at, size < sizeof stats ? size : sizeof stats); /* older kernels know fewer */
    out->dropped = stats.rx_missed_errors + stats.rx_fifo_errors;
}

static void read_link(const uint8_t *at, size_t size, struct carrier_state *out)
{
    struct ifinfomsg link;
    struct rtattr attribute;
    memcpy(&link, at, sizeof link);
    out->index = link.ifi_index;
    out->up = link.ifi_flags & IFF_UP;
    out->running = link.ifi_flags & IFF_LOWER_UP;
    for (size_t used = NLMSG_ALIGN(sizeof link); used + sizeof attribute <= size; used += RTA_ALIGN(attribute.rta_len)) {
        memcpy(&attribute, at + used, sizeof attribute);
        if (attribute.rta_len < sizeof attribute || attribute.rta_len > size - used)
            return;
        if (attribute.rta_type == IFLA_STATS64)
            read_stats(at + used + RTA_LENGTH(0), attribute.rta_len - RTA_LENGTH(0), out);
    }
}

bool carrier_look(int fd, const char *name, struct carrier_state *out)
{
    uint8_t answer[ANSWER_MAX];
    struct nlmsghdr head;
    *out = (struct carrier_state){0};
    if (!ask(fd, name))
        return false;
    ssize_t size = recv(fd, answer, sizeof answer, 0);
    if (size < (ssize_t)sizeof head)
        return false;
    memcpy(&head, answer, sizeof head);
    if (head.nlmsg_type == NLMSG_ERROR) {
        struct nlmsgerr why = {0};
        memcpy(&why, answer + NLMSG_HDRLEN, (size_t)size - NLMSG_HDRLEN < sizeof why ? (size_t)size - NLMSG_HDRLEN : sizeof why);
        return why.error == -ENODEV;
    }
    if (head.nlmsg_type != RTM_NEWLINK || (size_t)size < NLMSG_HDRLEN + sizeof(struct ifinfomsg))
        return false;
    read_link(answer + NLMSG_HDRLEN, (size_t)size - NLMSG_HDRLEN, out);
    return true;
}
