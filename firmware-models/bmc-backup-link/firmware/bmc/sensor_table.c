/*
 * The sensors of the board, one row each (sensors.h). Thresholds are raw, in the order lower
 * non-critical, critical, non-recoverable, upper non-critical, critical, non-recoverable. Limits
 * of the rails are 5, 8 and 10 %, of the temperatures as on common server boards: our choice.
 */
#include "sensors.h"

#define ALL 0x3f
#define UPPER 0x38
#define LOWER 0x07

/* Entities: IPMI 2.0, table 43-13. */
#define ENTITY_PROCESSOR 3
#define ENTITY_MANAGEMENT 6
#define ENTITY_BOARD 7
#define ENTITY_POWER_MODULE 20
#define ENTITY_FAN 29
#define ENTITY_BATTERY 40
#define ENTITY_AIR_INLET 55

#define TYPE_TEMPERATURE 0x01
#define TYPE_VOLTAGE 0x02
#define TYPE_FAN 0x04
#define TYPE_OTHER_UNITS 0x0b

#define UNIT_C 1
#define UNIT_V 4
#define UNIT_W 6
#define UNIT_RPM 18

#define TEMPERATURE(label, entity_id, number, powered, unc, ucr, unr, nominal_c)                  \
    {                                                                                             \
        .name = label, .type = TYPE_TEMPERATURE, .reading_type = READING_THRESHOLD,               \
        .unit = UNIT_C, .entity = entity_id, .instance = number, .is_signed = true,               \
        .needs_power = powered, .factor = 1, .exponent = 0, .mask = UPPER,                        \
        .thresholds = {0, 0, 0, unc, ucr, unr}, .hysteresis = 2, .nominal = nominal_c             \
    }

#define RAIL(label, entity_id, powered, m, e, low, lower, lowest, high, higher, highest, middle)  \
    {                                                                                             \
        .name = label, .type = TYPE_VOLTAGE, .reading_type = READING_THRESHOLD, .unit = UNIT_V,   \
        .entity = entity_id, .instance = 1, .needs_power = powered, .factor = m, .exponent = e,   \
        .mask = ALL, .thresholds = {low, lower, lowest, high, higher, highest}, .hysteresis = 2,  \
        .nominal = middle                                                                         \
    }

#define FAN(label, number)                                                                        \
    {                                                                                             \
        .name = label, .type = TYPE_FAN, .reading_type = READING_THRESHOLD, .unit = UNIT_RPM,     \
        .entity = ENTITY_FAN, .instance = number, .needs_power = true, .factor = 50,              \
        .exponent = 0, .mask = LOWER, .thresholds = {40, 30, 20}, .hysteresis = 4, .nominal = 120 \
    }

#define DISCRETE(label, sensor_type, how, entity_id, known, logged)                               \
    {                                                                                             \
        .name = label, .type = sensor_type, .reading_type = how, .entity = entity_id,             \
        .instance = 1, .states = known, .events = logged                                          \
    }

#define BIT(offset) (1u << (offset))

const struct sensor_row sensor_rows[SENSOR_END] = {
    [SENSOR_CPU_TEMP] = TEMPERATURE("CPU Temp", ENTITY_PROCESSOR, 1, true, 85, 95, 100, 55),
    [SENSOR_INLET_TEMP] = TEMPERATURE("Inlet Temp", ENTITY_AIR_INLET, 1, false, 40, 45, 50, 25),
    [SENSOR_OUTLET_TEMP] = TEMPERATURE("Outlet Temp", ENTITY_BOARD, 1, false, 65, 75, 85, 35),
    [SENSOR_VR_TEMP] = TEMPERATURE("VR Temp", ENTITY_POWER_MODULE, 1, false, 90, 100, 110, 45),
    /* M, exponent: a step in volts; 12 V is 96 steps of 125 mV. */
    [SENSOR_P12V] =
        RAIL("P12V", ENTITY_POWER_MODULE, true, 125, -3, 91, 88, 86, 101, 104, 106, 96),
    [SENSOR_P5V] =
        RAIL("P5V", ENTITY_POWER_MODULE, true, 25, -3, 190, 184, 180, 210, 216, 220, 200),
    [SENSOR_P3V3] =
        RAIL("P3V3", ENTITY_POWER_MODULE, true, 20, -3, 157, 152, 149, 173, 178, 182, 165),
    [SENSOR_P1V8] =
        RAIL("P1V8", ENTITY_POWER_MODULE, true, 10, -3, 171, 166, 162, 189, 194, 198, 180),
    [SENSOR_VDDQ] =
        RAIL("VDDQ", ENTITY_POWER_MODULE, true, 8, -3, 143, 138, 135, 158, 162, 165, 150),
    [SENSOR_VCORE] =
        RAIL("VCORE", ENTITY_PROCESSOR, true, 5, -3, 190, 184, 180, 210, 216, 220, 200),
    [SENSOR_VBAT] = RAIL("VBAT", ENTITY_BATTERY, false, 20, -3, 130, 120, 110, 165, 172, 180, 150),
    [SENSOR_FAN1] = FAN("Fan 1", 1),
    [SENSOR_FAN2] = FAN("Fan 2", 2),
    [SENSOR_FAN3] = FAN("Fan 3", 3),
    [SENSOR_FAN4] = FAN("Fan 4", 4),
    [SENSOR_CPU_POWER] = {.name = "CPU Power", .type = TYPE_OTHER_UNITS,
                          .reading_type = READING_THRESHOLD, .unit = UNIT_W,
                          .entity = ENTITY_PROCESSOR, .instance = 1, .needs_power = true,
                          .factor = 1, .exponent = 0, .mask = UPPER,
                          .thresholds = {0, 0, 0, 180, 200, 220}, .hysteresis = 4, .nominal = 60},
    [SENSOR_POWER_UNIT] =
        DISCRETE("Power Unit", 0x09, READING_SENSOR_SPECIFIC, ENTITY_POWER_MODULE,
                 BIT(POWER_UNIT_OFF) | BIT(POWER_UNIT_CYCLE) | BIT(POWER_UNIT_FAILURE),
                 BIT(POWER_UNIT_OFF) | BIT(POWER_UNIT_CYCLE) | BIT(POWER_UNIT_FAILURE)),
    [SENSOR_MGMT_LINK] =
        DISCRETE("Mgmt Link", 0x28, READING_SENSOR_SPECIFIC, ENTITY_MANAGEMENT,
                 BIT(MGMT_LINK_UNAVAILABLE), BIT(MGMT_LINK_UNAVAILABLE)),
    [SENSOR_BACKUP_LINK] = DISCRETE(
        "Backup Link", 0x28, READING_AVAILABILITY, ENTITY_MANAGEMENT,
        BIT(BACKUP_LINK_RUNNING) | BIT(BACKUP_LINK_OFF_LINE) | BIT(BACKUP_LINK_OFF_DUTY),
        BIT(BACKUP_LINK_RUNNING) | BIT(BACKUP_LINK_OFF_LINE)),
    [SENSOR_WATCHDOG] =
        DISCRETE("Watchdog", 0x23, READING_SENSOR_SPECIFIC, ENTITY_MANAGEMENT, 0x010f, 0x010f),
    [SENSOR_EVENT_LOG] =
        DISCRETE("Event Log", 0x10, READING_SENSOR_SPECIFIC, ENTITY_MANAGEMENT,
                 BIT(EVENT_LOG_FULL), 0),
};
