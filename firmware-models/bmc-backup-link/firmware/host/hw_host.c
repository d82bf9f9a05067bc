/*
 * Registers of the host's board (host_hardware.h).
 */
#include "host_hardware.h"
#include "host_map.h"

uint8_t hw_kcs_host_status(void)
{
    return *reg8(KCS_BASE, KCS_STATUS);
}

uint8_t hw_kcs_read(void)
{
    return *reg8(KCS_BASE, KCS_DATA_OUT);
}

void hw_kcs_write(uint8_t byte)
{
    *reg8(KCS_BASE, KCS_DATA_IN) = byte;
}

void hw_kcs_command(uint8_t code)
{
    *reg8(KCS_BASE, KCS_COMMAND) = code;
}

bool hw_mailbox_put(uint32_t dword)
{
    if (*reg32(PACKAGE_BASE, PACKAGE_STATUS) & PACKAGE_STATUS_TO_FULL)
        return false;
    *reg32(PACKAGE_BASE, PACKAGE_TO_BMC) = dword;
    return true;
}

bool hw_mailbox_take(uint32_t *dword)
{
    if ((*reg32(PACKAGE_BASE, PACKAGE_STATUS) & PACKAGE_STATUS_FROM_FULL) == 0)
        return false;
    *dword = *reg32(PACKAGE_BASE, PACKAGE_FROM_BMC);
    *reg32(PACKAGE_BASE, PACKAGE_STATUS) = PACKAGE_STATUS_FROM_FULL;
    return true;
}

void hw_set_load(uint32_t percent)
{
    *reg32(PACKAGE_BASE, PACKAGE_LOAD) = percent;
}

uint32_t hw_load(void)
{
    return *reg32(PACKAGE_BASE, PACKAGE_LOAD) & PACKAGE_LOAD_PERCENT;
}

int32_t hw_thermal_margin(void)
{
    return (int16_t)*reg32(PACKAGE_BASE, PACKAGE_THERMAL);
}

uint32_t hw_energy(void)
{
    return *reg32(PACKAGE_BASE, PACKAGE_ENERGY);
}

void hw_switch_off(void)
{
    *reg32(GPIO_BASE, GPIO_SET) = GPIO_OUT_OFF;
}
