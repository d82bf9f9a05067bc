/*
 * The alarm (alarm.h).
 */
#include "alarm.h"

#include "board.h"
#include "cpu.h"

void alarm_set(uint64_t time)
{
    /* The high half is at its maximum in between, so that no early match is possible. */
    *reg32(CLINT_BASE, CLINT_MTIMECMPH) = 0xffffffffu;
    *reg32(CLINT_BASE, CLINT_MTIMECMP) = (uint32_t)time;
    *reg32(CLINT_BASE, CLINT_MTIMECMPH) = (uint32_t)(time >> 32);
    csr_set(mie, MIE_TIMER);
}

void alarm_interrupt(void)
{
    alarm_set(ALARM_NEVER);
}
