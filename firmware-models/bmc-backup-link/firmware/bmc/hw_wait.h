/*
 * Waiting for a unit that has a BUSY bit and an interrupt: asleep, and never for ever.
 */
#ifndef HW_WAIT_H
#define HW_WAIT_H

#include <stdbool.h>
#include <stdint.h>

struct hw_unit {
    uintptr_t base;
    uint32_t status_offset;
    uint32_t busy;
    uint32_t ctrl_offset;
    uint32_t ctrl;     /* bits that stay set */
    uint32_t irq;      /* bit of CTRL that enables the interrupt */
    uint32_t limit_ms; /* longer than any operation of the unit */
};

/** Sleeps until the unit is idle; false if it is not within its limit. */
bool hw_wait(const struct hw_unit *unit);

/** In the unit's interrupt: the sleeper is awake, so the line may fall silent. */
static inline void hw_wait_interrupt(const struct hw_unit *unit)
{
    *(volatile uint32_t *)(unit->base + unit->ctrl_offset) = unit->ctrl;
}

extern const struct hw_unit hw_nvm_unit;
extern const struct hw_unit hw_peci_unit;
extern const struct hw_unit hw_sensors_unit;

#endif
