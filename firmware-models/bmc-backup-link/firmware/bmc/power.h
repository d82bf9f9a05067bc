/*
 * The power of the host: chassis control, front panel, policy, identify lamp.
 */
#ifndef POWER_H
#define POWER_H

#include <stdbool.h>
#include <stdint.h>

#include "ipmi.h"

/** Actions of Chassis Control (IPMI 2.0, table 28-4). */
enum power_action {
    POWER_DOWN = 0,
    POWER_UP = 1,
    POWER_CYCLE = 2,
    POWER_RESET = 3,
    POWER_DIAGNOSTIC = 4,
    POWER_SOFT = 5,
};

/** Why the host started last (Get System Restart Cause, table 28-11). */
enum restart_cause {
    RESTART_UNKNOWN = 0,
    RESTART_CHASSIS_CONTROL = 1,
    RESTART_RESET_BUTTON = 2,
    RESTART_POWER_BUTTON = 3,
    RESTART_WATCHDOG = 4,
    RESTART_POLICY_ON = 6,
    RESTART_POLICY_PREVIOUS = 7,
};

/** Time between off and on of a power cycle: our choice, the least that IPMI names is 1 s. */
#define POWER_CYCLE_MS 1000u

/** At the start of the firmware: after power-on of the board it follows the policy. */
void power_start(bool cold);

/** CC_OK, or CC_NOT_NOW if the action makes no sense in the present state. */
enum completion power_request(enum power_action action, enum restart_cause cause);

/** Front panel, requests of the host, the second half of a cycle; called on events and often. */
void power_work(void);

/** Whether the host is on, or on its way there. */
bool power_is_on(void);
/** Whether all rails are up and the host may run. */
bool power_is_good(void);

/** Times the host began anew (power or reset) since the firmware started. */
uint32_t power_host_starts(void);

/** Bytes of Get Chassis Status: last power event, and whether a rail failed. */
uint8_t power_last_event(void);
bool power_has_failed(void);
enum restart_cause power_restart_cause(void);

/** Identify lamp: for seconds, or until further notice. 0 switches it off. */
void power_identify(uint32_t seconds, bool forever);
/** 0 off, 1 for a time, 2 for ever. */
uint32_t power_identify_state(void);

/** Minutes that the host has been on, for the power-on hours counter. */
uint32_t power_on_minutes(void);

#endif
