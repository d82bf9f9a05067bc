/*
 * Time over resets (uptime.h).
 */
#include "uptime.h"

#include "board.h"
#include "timer.h"

static uint64_t before_ms;

static uint64_t uptime_ms(void)
{
    return before_ms + timer_now() / MTIME_PER_MS;
}

void uptime_start(void)
{
    if (*reg32(STATUS_BASE, STATUS_RESET_CAUSE) == STATUS_RESET_CAUSE_POWER_ON)
        *reg32(STATUS_BASE, UPTIME_SCRATCH) = 0;
    before_ms = (uint64_t)*reg32(STATUS_BASE, UPTIME_SCRATCH) * UPTIME_UNIT_MS;
}

void uptime_keep(void)
{
    *reg32(STATUS_BASE, UPTIME_SCRATCH) = (uint32_t)(uptime_ms() / UPTIME_UNIT_MS);
}

uint32_t clock_ms(void)
{
    return (uint32_t)uptime_ms();
}

uint32_t clock_s(void)
{
    return (uint32_t)(uptime_ms() / 1000);
}
