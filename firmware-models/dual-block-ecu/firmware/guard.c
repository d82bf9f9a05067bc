/*
 * Checks of the block's own sensors and units (guard.h).
 */
#include "guard.h"

#include <stdbool.h>

#include <hotspare/adc.h>
#include <hotspare/pwm.h>

#include "motor.h"

struct check {
    enum fault fault;
    const char *name;
    uint32_t periods; /* in a row before it counts */
    bool (*broken)(const struct condition *condition);
};

static int32_t magnitude(int32_t value)
{
    return value < 0 ? -value : value;
}

static bool overcurrent(const struct condition *condition)
{
    const struct measurement *measured = condition->measured;
    return magnitude(measured->current_u) > CURRENT_LIMIT ||
           magnitude(measured->current_v) > CURRENT_LIMIT ||
           magnitude(measured->current_w) > CURRENT_LIMIT;
}

static bool current_sum(const struct condition *condition)
{
    const struct measurement *measured = condition->measured;
    const int32_t sum = measured->current_u + measured->current_v + measured->current_w;
    return magnitude(sum) > CURRENT_SUM_LIMIT;
}

static bool link_low(const struct condition *condition)
{
    return condition->measured->link_mv < LINK_MIN_MV;
}

static bool link_high(const struct condition *condition)
{
    return condition->measured->link_mv > LINK_MAX_MV;
}

static bool angle_jump(const struct condition *condition)
{
    return magnitude(condition->step) > ANGLE_STEP_LIMIT;
}

static bool samples_late(const struct condition *condition)
{
    return (condition->adc_status & ADC_STATUS_OVERRUN) != 0;
}

static bool outputs_off(const struct condition *condition)
{
    return (condition->pwm_status & PWM_STATUS_SAFE) != 0;
}

/** Faults that come by interrupt have no check. */
static const struct check checks[FAULT_COUNT] = {
    {FAULT_OVERCURRENT, "overcurrent", 2, overcurrent},
    {FAULT_CURRENT_SUM, "current-sum", 4, current_sum},
    {FAULT_LINK_LOW, "link-low", 4, link_low},
    {FAULT_LINK_HIGH, "link-high", 2, link_high},
    {FAULT_ANGLE, "angle", 2, angle_jump},
    {FAULT_SAMPLES, "samples", 1, samples_late},
    {FAULT_PWM, "pwm", 1, outputs_off},
    {FAULT_LOCKSTEP, "lockstep", 1, 0},
    {FAULT_SUPPLY, "supply", 1, 0},
    {FAULT_CLOCK, "clock", 1, 0},
};

uint32_t guard_check(struct guard *guard, const struct condition *condition)
{
    uint32_t fresh = 0;
    for (uint32_t i = 0; i < FAULT_COUNT; i++) {
        if (checks[i].broken == 0)
            continue;
        if (!checks[i].broken(condition)) {
            guard->seen[i] = 0;
            continue;
        }
        if (guard->seen[i] < checks[i].periods)
            guard->seen[i]++;
        if (guard->seen[i] == checks[i].periods)
            fresh |= guard_raise(guard, (enum fault)i);
    }
    return fresh;
}

uint32_t guard_raise(struct guard *guard, enum fault fault)
{
    const uint32_t bit = 1u << fault;
    const uint32_t fresh = bit & ~guard->faults;
    guard->faults |= bit;
    return fresh;
}

void guard_clear(struct guard *guard)
{
    *guard = (struct guard){0};
}

const char *guard_name(enum fault fault)
{
    return checks[fault].name;
}
