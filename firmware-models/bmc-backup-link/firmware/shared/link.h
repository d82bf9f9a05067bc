/*
 * Watches the management interface: the time since its last good transfer against the threshold.
 * Both nodes use it. All times are those of clock_ms().
 */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stdint.h>

enum link_state {
    LINK_IDLE,     /* not watched: the host is off */
    LINK_NORMAL,
    LINK_DEGRADED, /* lost: the backup communication is on */
};

/** What link_work() has found; each is told once. */
enum link_event { LINK_NOTHING, LINK_LOST, LINK_RETRY, LINK_HEALED };

struct link {
    enum link_state state;
    bool has_healed;
    uint32_t good_ms;  /* last good transfer, or since when it is watched */
    uint32_t retry_ms; /* next retry, when degraded */
    uint32_t losses;
    uint32_t heals;
};

/** Starts or stops to watch. */
void link_watch(struct link *link, bool watch);

/** A transfer has ended well. */
void link_good(struct link *link);

enum link_event link_work(struct link *link);

/** Milliseconds until link_work() has something to tell, at least 0. Not to be used when idle. */
uint32_t link_due_ms(const struct link *link);

#endif
