/*
 * What this block finds wrong with itself. Every check is a row of a table: a bit, a name for the
 * console, and for how many periods in a row it must be seen. A fault stays until the console (or a
 * reset) clears it; while any is there the drive is in safe state.
 */
#ifndef GUARD_H
#define GUARD_H

#include <stdint.h>

#include "control.h"

enum fault {
    FAULT_OVERCURRENT,
    FAULT_CURRENT_SUM,
    FAULT_LINK_LOW,
    FAULT_LINK_HIGH,
    FAULT_ANGLE,
    FAULT_SAMPLES, /* the converter was started again before it was done */
    FAULT_PWM,     /* safe state that nobody asked for */
    FAULT_LOCKSTEP,
    FAULT_SUPPLY,
    FAULT_CLOCK,
    FAULT_COUNT,
};

struct guard {
    uint32_t faults;             /* bit = enum fault */
    uint8_t seen[FAULT_COUNT];   /* periods in a row */
};

/** What the checks look at beside the measurement. */
struct condition {
    const struct measurement *measured;
    int32_t step;         /* of the angle in the last period */
    uint32_t adc_status;
    uint32_t pwm_status;
};

/** Looks at everything that can be measured; returns the faults that are new. */
uint32_t guard_check(struct guard *guard, const struct condition *condition);

/** A fault that came by interrupt. Returns its bit if it is new, else 0. */
uint32_t guard_raise(struct guard *guard, enum fault fault);

/** Forgets all faults. */
void guard_clear(struct guard *guard);

/** Name of a fault as the console prints it. */
const char *guard_name(enum fault fault);

#endif
