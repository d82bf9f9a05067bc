/*
 * The power of the host (power.h). Rails and their order are the power unit's business; this
 * decides what it is to do.
 */
#include "power.h"

#include "clock.h"
#include "config.h"
#include "hardware.h"
#include "sensors.h"

#define IDENTIFY_BUTTON_S 15u

/* Last power event (Get Chassis Status, byte 3). */
#define EVENT_FAULT 0x08
#define EVENT_BY_COMMAND 0x10

static struct {
    bool wants_on; /* as soon as the rails are off and the time has come */
    bool cycles;   /* the wait is that of a power cycle */
    uint32_t on_after_ms;
    uint32_t starts;
    uint8_t last_event;
    bool failed;
    enum restart_cause next_cause;
    enum restart_cause cause;
    bool was_good;
    uint32_t good_since_s;
    uint32_t on_s;
    bool identifies;
    bool identifies_forever;
    uint32_t identify_end_ms;
} power;

bool power_is_on(void)
{
    const enum power_sequence sequence = hw_power_sequence();
    return sequence == SEQUENCE_RISING || sequence == SEQUENCE_ON;
}

bool power_is_good(void)
{
    return hw_power_sequence() == SEQUENCE_ON;
}

static void remember(bool on)
{
    if (config.power_was_on == on)
        return;
    config.power_was_on = on;
    (void)config_save();
}

static void switch_on(enum restart_cause cause)
{
    power.next_cause = cause;
    power.wants_on = true;
    power.on_after_ms = clock_ms();
    remember(true);
    power_work();
}

static void switch_off(void)
{
    power.wants_on = false;
    power.cycles = false;
    remember(false);
    hw_power_command(HW_POWER_OFF);
}

void power_start(bool cold)
{
    power.was_good = power_is_good();
    power.good_since_s = clock_s();
    if (!cold)
        return;
    if (config.power_policy == POLICY_ON)
        switch_on(RESTART_POLICY_ON);
    else if (config.power_policy == POLICY_PREVIOUS && config.power_was_on)
        switch_on(RESTART_POLICY_PREVIOUS);
}

static enum completion cycle(enum restart_cause cause)
{
    if (!power_is_on())
        return CC_NOT_NOW;
    hw_power_command(HW_POWER_OFF);
    sensor_notify(SENSOR_POWER_UNIT, POWER_UNIT_CYCLE, 0xff);
    power.next_cause = cause;
    power.wants_on = true;
    power.cycles = true;
    power.on_after_ms = clock_ms() + POWER_CYCLE_MS;
    return CC_OK;
}

enum completion power_request(enum power_action action, enum restart_cause cause)
{
    switch (action) {
    case POWER_DOWN:
        switch_off();
        return CC_OK;
    case POWER_UP:
        power.last_event = EVENT_BY_COMMAND;
        if (!power_is_on())
            switch_on(cause);
        return CC_OK;
    case POWER_CYCLE:
        return cycle(cause);
    case POWER_RESET:
        if (!power_is_good())
            return CC_NOT_NOW;
        power.cause = cause;
        power.starts++;
        hw_power_command(HW_POWER_RESET);
        return CC_OK;
    case POWER_SOFT:
        if (!power_is_good())
            return CC_NOT_NOW;
        hw_power_command(HW_POWER_SOFT_OFF);
        return CC_OK;
    case POWER_DIAGNOSTIC: /* the board has no such line */
        return CC_BAD_FIELD;
    }
    return CC_BAD_FIELD;
}

static void handle_events(uint32_t events)
{
    if (events & POWER_BUTTON) {
        if (power_is_on())
            (void)power_request(POWER_SOFT, RESTART_POWER_BUTTON);
        else
            switch_on(RESTART_POWER_BUTTON);
    }
    if (events & RESET_BUTTON)
        (void)power_request(POWER_RESET, RESTART_RESET_BUTTON);
    if (events & POWER_OVERRIDE)
        remember(false);
    if (events & POWER_RAIL_FAULT) {
        power.last_event = EVENT_FAULT;
        power.failed = true;
        power.wants_on = false;
        sensor_notify(SENSOR_POWER_UNIT, POWER_UNIT_FAILURE, 0xff);
    }
    if (events & POWER_HOST_OFF)
        switch_off();
    if (events & ID_BUTTON)
        power_identify(power.identifies ? 0 : IDENTIFY_BUTTON_S, false);
}

/** Keeps what depends on the rails being up: start count, hours, the sensor's state. */
static void follow_sequence(void)
{
    const bool good = power_is_good();
    if (good != power.was_good) {
        power.was_good = good;
        if (good) {
            power.starts++;
            power.cause = power.next_cause;
            power.failed = false;
            power.good_since_s = clock_s();
        } else {
            power.on_s += clock_s() - power.good_since_s;
        }
    }
    /* The off between the halves of a cycle is part of the cycle. */
    if (!power.cycles)
        sensor_set_states(SENSOR_POWER_UNIT, (uint16_t)(!power_is_on() << POWER_UNIT_OFF));
}

void power_work(void)
{
    handle_events(hw_power_events());
    if (power.wants_on && hw_power_sequence() == SEQUENCE_OFF &&
        clock_reached(power.on_after_ms)) {
        power.wants_on = false;
        power.cycles = false;
        hw_power_command(HW_POWER_ON);
    }
    if (power.identifies && !power.identifies_forever && clock_reached(power.identify_end_ms))
        power_identify(0, false);
    follow_sequence();
}

uint32_t power_host_starts(void)
{
    return power.starts;
}

uint8_t power_last_event(void)
{
    return power.last_event;
}

bool power_has_failed(void)
{
    return power.failed;
}

enum restart_cause power_restart_cause(void)
{
    return power.cause;
}

void power_identify(uint32_t seconds, bool forever)
{
    power.identifies = seconds != 0 || forever;
    power.identifies_forever = forever;
    power.identify_end_ms = clock_ms() + seconds * 1000;
    hw_identify_lamp(power.identifies);
}

uint32_t power_identify_state(void)
{
    return power.identifies ? 1 + (uint32_t)power.identifies_forever : 0;
}

uint32_t power_on_minutes(void)
{
    const uint32_t now_s = power.was_good ? clock_s() - power.good_since_s : 0;
    return (power.on_s + now_s) / 60;
}
