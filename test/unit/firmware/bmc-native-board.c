/*
 * The board of the tests (bmc-native.h).
 */
#include "bmc-native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hardware.h"
#include "nvm.h"
#include "serial_port.h"

static uint32_t now_ms;
static uint8_t flash[NVM_BYTES];
static bool flash_is_new = true;
static uint32_t tear_left = UINT32_MAX;
static bool torn;
static enum power_sequence sequence;
static uint32_t power_events;

uint32_t clock_ms(void)
{
    return now_ms;
}

uint32_t clock_s(void)
{
    return now_ms / 1000;
}

void native_advance(uint32_t ms)
{
    now_ms += ms;
}

static void prepare_flash(void)
{
    if (flash_is_new)
        memset(flash, 0xff, sizeof flash);
    flash_is_new = false;
}

/** One byte changes; false once the power is gone. The last byte changes half. */
static bool change(uint8_t *byte, uint8_t value)
{
    if (torn)
        return false;
    if (tear_left != UINT32_MAX && tear_left-- == 0) {
        *byte = (uint8_t)((*byte & 0x0f) | (value & 0xf0));
        torn = true;
        return false;
    }
    *byte = value;
    return true;
}

void nvm_read(uint32_t at, void *to, uint32_t size_bytes)
{
    prepare_flash();
    if (at > NVM_BYTES || size_bytes > NVM_BYTES - at)
        abort();
    memcpy(to, flash + at, size_bytes);
}

bool nvm_program(uint32_t at, const void *from, uint32_t size_bytes)
{
    const uint8_t *bytes = from;
    prepare_flash();
    if (size_bytes == 0 || at / NVM_PAGE_BYTES != (at + size_bytes - 1) / NVM_PAGE_BYTES)
        abort();
    for (uint32_t i = 0; i < size_bytes; i++) {
        if (!change(&flash[at + i], flash[at + i] & bytes[i]))
            return false;
    }
    return memcmp(flash + at, from, size_bytes) == 0;
}

bool nvm_erase(uint32_t at)
{
    prepare_flash();
    at = at / NVM_SECTOR_BYTES * NVM_SECTOR_BYTES;
    for (uint32_t i = 0; i < NVM_SECTOR_BYTES; i++) {
        if (!change(&flash[at + i], 0xff))
            return false;
    }
    return true;
}

bool nvm_erase_start(uint32_t at)
{
    return nvm_erase(at);
}

void native_tear_after(uint32_t bytes)
{
    tear_left = bytes;
}

bool native_was_torn(void)
{
    const bool was = torn;
    if (was)
        tear_left = UINT32_MAX;
    torn = false;
    return was;
}

void hw_power_command(enum power_command command)
{
    if (command == HW_POWER_ON && sequence == SEQUENCE_OFF)
        sequence = SEQUENCE_ON;
    if (command == HW_POWER_OFF)
        sequence = SEQUENCE_OFF;
    printf("power %d\n", (int)command);
}

enum power_sequence hw_power_sequence(void)
{
    return sequence;
}

uint32_t hw_power_events(void)
{
    const uint32_t events = power_events;
    power_events = 0;
    return events;
}

void native_power_event(uint32_t events)
{
    power_events |= events;
}

void hw_identify_lamp(bool on)
{
    printf("lamp %d\n", on);
}

/* Nothing hangs on the sensor bus here. */

bool hw_sensor_read(uint8_t address, uint8_t chip_register, uint16_t *word)
{
    (void)address;
    (void)chip_register;
    (void)word;
    return false;
}

uint32_t hw_fan_rpm(uint32_t fan)
{
    (void)fan;
    return 0;
}

void hw_fans_drive(uint8_t duty)
{
    (void)duty;
}

void serial_port_set_rate(uint32_t baud)
{
    printf("rate %u\n", (unsigned)baud);
}
