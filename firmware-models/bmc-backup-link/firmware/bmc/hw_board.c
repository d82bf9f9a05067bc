/*
 * Power control, sensor bus, fans (hardware.h).
 */
#include "hardware.h"

#include "hw_map.h"
#include "hw_wait.h"
#include "timer.h"
#include "uart.h"
#include "uptime.h"

void hw_power_command(enum power_command command)
{
    *reg32(POWER_BASE, POWER_COMMAND) = command;
}

enum power_sequence hw_power_sequence(void)
{
    return (enum power_sequence)(*reg32(POWER_BASE, POWER_STATE) & POWER_STATE_SEQUENCE);
}

uint32_t hw_power_events(void)
{
    const uint32_t events = *reg32(POWER_BASE, POWER_EVENTS);
    *reg32(POWER_BASE, POWER_EVENTS) = events;
    *reg32(POWER_BASE, POWER_ENABLE) = POWER_ENABLE_EVENTS;
    return events;
}

void hw_identify_lamp(bool on)
{
    *reg32(POWER_BASE, POWER_CONTROL) = on ? POWER_CONTROL_IDENTIFY : 0;
}

const struct hw_unit hw_sensors_unit = {
    .base = SENSORS_BASE,
    .status_offset = SENSORS_STATUS,
    .busy = SENSORS_STATUS_BUSY,
    .ctrl_offset = SENSORS_CTRL,
    .irq = SENSORS_CTRL_IRQ,
    .limit_ms = 10, /* a transfer takes 118 us */
};

bool hw_sensor_read(uint8_t address, uint8_t chip_register, uint16_t *word)
{
    if (!hw_wait(&hw_sensors_unit))
        return false;
    *reg32(SENSORS_BASE, SENSORS_TARGET) =
        address | (uint32_t)chip_register << SENSORS_TARGET_REGISTER_SHIFT;
    *reg32(SENSORS_BASE, SENSORS_COMMAND) = SENSORS_COMMAND_READ;
    if (!hw_wait(&hw_sensors_unit) ||
        (*reg32(SENSORS_BASE, SENSORS_STATUS) & SENSORS_STATUS_NACK) != 0)
        return false;
    *word = (uint16_t)*reg32(SENSORS_BASE, SENSORS_DATA);
    return true;
}

uint32_t hw_fan_rpm(uint32_t fan)
{
    const uint32_t period_us = *reg32(FANS_BASE, FANS_TACH0 + 4 * fan) & FANS_TACH0_PERIOD;
    return period_us == 0 || period_us == FANS_TACH0_PERIOD ? 0 : 60000000u / period_us;
}

void hw_fans_drive(uint8_t duty)
{
    for (uint32_t fan = 0; fan < 4; fan++)
        *reg32(FANS_BASE, FANS_PWM0 + 4 * fan) = duty;
}

uint32_t hw_reset_cause(void)
{
    return *reg32(STATUS_BASE, STATUS_RESET_CAUSE);
}

_Noreturn void hw_restart(void)
{
    uptime_keep();
    *reg32(STATUS_BASE, STATUS_RESET) = STATUS_RESET_NOW;
    for (;;) {
    }
}
