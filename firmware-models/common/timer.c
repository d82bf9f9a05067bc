/*
 * The machine timer (timer.h).
 */
#include "timer.h"

#include "board.h"
#include "cpu.h"

static uint64_t edge;
static uint32_t period_ticks;

uint64_t timer_now(void)
{
    uint32_t high;
    uint32_t low;
    do {
        high = *reg32(CLINT_BASE, CLINT_MTIMEH);
        low = *reg32(CLINT_BASE, CLINT_MTIME);
    } while (*reg32(CLINT_BASE, CLINT_MTIMEH) != high);
    return (uint64_t)high << 32 | low;
}

/** The high half is at its maximum in between, so that no early match is possible. */
static void write_compare(uint64_t value)
{
    *reg32(CLINT_BASE, CLINT_MTIMECMPH) = 0xffffffffu;
    *reg32(CLINT_BASE, CLINT_MTIMECMP) = (uint32_t)value;
    *reg32(CLINT_BASE, CLINT_MTIMECMPH) = (uint32_t)(value >> 32);
}

void timer_start(uint32_t period)
{
    period_ticks = period;
    edge = timer_now() + period;
    write_compare(edge);
    csr_set(mie, MIE_TIMER);
}

uint32_t timer_acknowledge(void)
{
    uint32_t passed = 0;
    do {
        edge += period_ticks;
        passed++;
    } while (timer_reached(edge));
    write_compare(edge);
    return passed;
}

bool timer_reached(uint64_t deadline)
{
    return timer_now() >= deadline;
}
