/*
 * The BMC's registers of the management interface (hardware.h): bytes, over the LPC bus.
 */
#include "hardware.h"
#include "hw_map.h"

#define SOFTWARE_BITS (KCS_STR_STATE | KCS_STR_SMS_ATN)

uint8_t hw_kcs_status(void)
{
    return *reg8(KCS_BASE, KCS_STR);
}

uint8_t hw_kcs_take(void)
{
    return *reg8(KCS_BASE, KCS_IDR);
}

void hw_kcs_put(uint8_t byte)
{
    *reg8(KCS_BASE, KCS_ODR) = byte;
}

void hw_kcs_set_status(uint8_t bits)
{
    *reg8(KCS_BASE, KCS_STR) = bits & SOFTWARE_BITS;
}

void hw_kcs_restart(void)
{
    (void)*reg8(KCS_BASE, KCS_IDR);
    *reg8(KCS_BASE, KCS_STR) = KCS_STATUS_STATE_IDLE;
    *reg8(KCS_BASE, KCS_EVENT) = KCS_EVENT_OBE;
    *reg8(KCS_BASE, KCS_CTRL) = KCS_CTRL_IBF_IRQ | KCS_CTRL_HOST_IRQ;
}
