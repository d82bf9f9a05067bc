/*
 * The state of the management interface (link.h).
 */
#include "link.h"

#include "backup_code.h"
#include "clock.h"

void link_watch(struct link *link, bool watch)
{
    if (watch == (link->state != LINK_IDLE))
        return;
    link->state = watch ? LINK_NORMAL : LINK_IDLE;
    link->has_healed = false;
    link->good_ms = clock_ms();
}

void link_good(struct link *link)
{
    link->good_ms = clock_ms();
    link->has_healed |= link->state == LINK_DEGRADED;
}

enum link_event link_work(struct link *link)
{
    switch (link->state) {
    case LINK_IDLE:
        return LINK_NOTHING;
    case LINK_NORMAL:
        if (!clock_reached(link->good_ms + BACKUP_THRESHOLD_MS))
            return LINK_NOTHING;
        link->state = LINK_DEGRADED;
        link->losses++;
        link->retry_ms = clock_ms(); /* the first at once: the other side may not know yet */
        return LINK_LOST;
    case LINK_DEGRADED:
        if (link->has_healed) {
            link->has_healed = false;
            link->state = LINK_NORMAL;
            link->heals++;
            return LINK_HEALED;
        }
        if (!clock_reached(link->retry_ms))
            return LINK_NOTHING;
        link->retry_ms += BACKUP_RETRY_MS;
        return LINK_RETRY;
    }
    return LINK_NOTHING;
}

uint32_t link_due_ms(const struct link *link)
{
    const uint32_t due_ms =
        link->state == LINK_NORMAL ? link->good_ms + BACKUP_THRESHOLD_MS : link->retry_ms;
    return link->has_healed || clock_reached(due_ms) ? 0 : due_ms - clock_ms();
}
