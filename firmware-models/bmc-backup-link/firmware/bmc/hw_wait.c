/*
 * Waiting for a unit (hw_wait.h).
 */
#include "hw_wait.h"

#include "alarm.h"
#include "board.h"
#include "cpu.h"
#include "timer.h"

bool hw_wait(const struct hw_unit *unit)
{
    volatile uint32_t *const status = reg32(unit->base, unit->status_offset);
    if ((*status & unit->busy) == 0)
        return true;
    const uint64_t limit = timer_now() + (uint64_t)unit->limit_ms * MTIME_PER_MS;
    while ((*status & unit->busy) != 0 && !timer_reached(limit)) {
        alarm_set(limit); /* the scheduler sets its own before it sleeps */
        const uint32_t state = interrupts_mask();
        *reg32(unit->base, unit->ctrl_offset) = unit->ctrl | unit->irq;
        if (*status & unit->busy)
            sleep_masked();
        interrupts_restore(state);
    }
    *reg32(unit->base, unit->ctrl_offset) = unit->ctrl;
    return (*status & unit->busy) == 0;
}
