/*
 * The sensors: one row each in sensor_table.c, from which the SDR repository, the readings, the
 * thresholds and the events follow. A reading is a raw byte; the row says what it is worth:
 *
 *   value = M * raw * 10^exponent   (IPMI 2.0, section 36.3, with B = 0)
 */
#ifndef SENSORS_H
#define SENSORS_H

#include <stdbool.h>
#include <stdint.h>

/** Identifiers of the sensors: their sensor numbers in IPMI, from 1 on without gaps. */
enum sensor_id {
    SENSOR_CPU_TEMP = 1,
    SENSOR_INLET_TEMP,
    SENSOR_OUTLET_TEMP,
    SENSOR_VR_TEMP,
    SENSOR_P12V,
    SENSOR_P5V,
    SENSOR_P3V3,
    SENSOR_P1V8,
    SENSOR_VDDQ,
    SENSOR_VCORE,
    SENSOR_VBAT,
    SENSOR_FAN1,
    SENSOR_FAN2,
    SENSOR_FAN3,
    SENSOR_FAN4,
    SENSOR_CPU_POWER,
    SENSOR_POWER_UNIT,
    SENSOR_MGMT_LINK,
    SENSOR_BACKUP_LINK,
    SENSOR_WATCHDOG,
    SENSOR_EVENT_LOG,
    SENSOR_END,
};
#define SENSOR_COUNT (SENSOR_END - 1)

/** Thresholds in the order of their mask bits (IPMI 2.0, section 35.9). */
enum threshold { LNC, LCR, LNR, UNC, UCR, UNR, THRESHOLD_COUNT };

/* Event/reading types (IPMI 2.0, table 42-1). */
#define READING_THRESHOLD 0x01
#define READING_AVAILABILITY 0x0a
#define READING_SENSOR_SPECIFIC 0x6f

/** States of the discrete sensors: offsets of their events. */
enum {
    POWER_UNIT_OFF = 0,          /* sensor type 09h: power off / power down */
    POWER_UNIT_CYCLE = 1,        /* power cycle */
    POWER_UNIT_FAILURE = 6,      /* power unit failure */
    MGMT_LINK_UNAVAILABLE = 1,   /* 28h: controller access degraded or unavailable */
    BACKUP_LINK_RUNNING = 0,     /* type 0Ah: transition to running: in use */
    BACKUP_LINK_OFF_LINE = 4,    /* the control interface does not answer, either */
    BACKUP_LINK_OFF_DUTY = 5,    /* ready, and not needed */
    WATCHDOG_EXPIRED = 0,        /* 23h: timer expired, status only */
    WATCHDOG_HARD_RESET = 1,
    WATCHDOG_POWER_DOWN = 2,
    WATCHDOG_POWER_CYCLE = 3,
    WATCHDOG_PRE_TIMEOUT = 8,
    EVENT_LOG_FULL = 4,          /* 10h: log full; it cannot be logged, of course */
};

struct sensor_row {
    const char *name;
    uint8_t type;         /* IPMI 2.0, table 42-3 */
    uint8_t reading_type;
    uint8_t unit;         /* table 43-15: 1 C, 4 V, 6 W, 18 RPM; 0 for discrete sensors */
    uint8_t entity;       /* table 43-13 */
    uint8_t instance;
    bool is_signed;
    bool needs_power;     /* no reading, and no event, while the host is off */
    uint8_t factor;       /* M */
    int8_t exponent;
    uint8_t mask;         /* thresholds there are: bit n for enum threshold n */
    int16_t thresholds[THRESHOLD_COUNT]; /* raw, as the factory sets them */
    uint8_t hysteresis;   /* raw, both ways */
    int16_t nominal;      /* raw */
    uint16_t states;      /* of a discrete sensor: offsets that it knows */
    uint16_t events;      /* of these: states that make an entry in the log */
};

/** Row of sensor `id`; the rows start at 1. */
extern const struct sensor_row sensor_rows[SENSOR_END];

struct sensor {
    uint8_t raw;
    bool is_available;
    bool scans;       /* not switched off by Set Sensor Event Enable */
    bool sends_events;
    uint8_t thresholds[THRESHOLD_COUNT];
    uint8_t hysteresis_up;
    uint8_t hysteresis_down;
    uint16_t states;  /* discrete: present states; threshold: comparisons that hold (bit = enum) */
    uint16_t asserted; /* events of the log that are asserted, by event offset */
    uint16_t assertion_mask; /* by event offset, as Set Sensor Event Enable has it */
    uint16_t deassertion_mask;
};

void sensors_start(void);
struct sensor *sensor_of(enum sensor_id id);

/** A new value in thousandths of the unit: converts it, compares it, makes events. */
void sensor_update(enum sensor_id id, int32_t value_milli);

/** There is no reading now. */
void sensor_lose(enum sensor_id id);

/** A discrete sensor's states, each a bit; those that change and matter make events. */
void sensor_set_states(enum sensor_id id, uint16_t states);

/** One event without a state that lasts, such as an expiry of the watchdog. */
void sensor_notify(enum sensor_id id, uint8_t offset, uint8_t data2);

/** Compares again after a change of thresholds or hysteresis. */
void sensor_compare(enum sensor_id id);

/** Forgets what is asserted, so that what holds makes its events anew (Re-arm Sensor Events). */
void sensor_rearm(enum sensor_id id);

/** The worst of the sensors of a type (0 for all): 0 ok, 1 non-critical, 2 critical, 3 non-rec. */
uint32_t sensors_worst(uint8_t type);

/** A raw reading as a signed number. */
static inline int32_t sensor_signed(const struct sensor_row *row, uint8_t raw)
{
    return row->is_signed ? (int8_t)raw : raw;
}

#endif
