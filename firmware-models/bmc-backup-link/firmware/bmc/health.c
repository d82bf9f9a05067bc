/*
 * The health of the system as text (health.h).
 */
#include "health.h"

#include <stdint.h>

#include "power.h"
#include "sensors.h"

/** Words for how bad it is: IPMI 2.0, table 14-15. */
static const char *const words[] = {"ok", "nc", "cr", "nr"};

/** Subsystems in the order of the table; those without sensors here are not known. */
static const struct {
    const char *letter;
    const char *name;
    uint8_t sensor_type; /* 0: no such sensors */
    bool needs_power;
} subsystems[] = {
    {"T", "Temperature", 0x01, false},
    {"V", "Voltage", 0x02, true},
    {"PS", "Power Supply", 0, false},
    {"C", "Cooling", 0x04, true},
    {"D", "Drives", 0, false},
    {"S", "Physical Security", 0, false},
    {"O", "Other", 0x0b, true},
};

static char *put_text(char *to, const char *text)
{
    while (*text != '\0')
        *to++ = *text++;
    return to;
}

static const char *health_of(uint32_t subsystem)
{
    const uint8_t type = subsystems[subsystem].sensor_type;
    if (type == 0 || (subsystems[subsystem].needs_power && !power_is_good()))
        return "??";
    return words[sensors_worst(type)];
}

char *health_text(char *to, bool verbose)
{
    const char *const overall = power_has_failed() ? "uf" : words[sensors_worst(0)];
    const char *const state = power_is_on() ? "ON" : "OFF";
    if (verbose) {
        to = put_text(put_text(to, "SYS Health:"), overall);
        to = put_text(put_text(to, "\r\nPower:"), state);
    } else {
        to = put_text(put_text(to, "PWR:"), state);
        to = put_text(put_text(to, " H:"), overall);
    }
    for (uint32_t i = 0; i < sizeof subsystems / sizeof subsystems[0]; i++) {
        to = put_text(to, verbose ? "\r\n" : " ");
        to = put_text(to, verbose ? subsystems[i].name : subsystems[i].letter);
        to = put_text(put_text(to, ":"), health_of(i));
    }
    return to;
}
