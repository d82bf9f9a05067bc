/*
 * Sensors and fans (monitor.h).
 */
#include "monitor.h"

#include "clock.h"
#include "hardware.h"
#include "peci.h"
#include "power.h"
#include "sensors.h"

/** The limit that the temperature counts from, until the processor has told it. */
#define LIMIT_DEFAULT_C 100
/** Looks at the processor without an answer until the interface counts as lost. */
#define MISSES_MAX 3u
/** Fans need this long to reach their speed (time constant 0.8 s). */
#define FAN_START_MS 5000u
/**
 * A temperature that is this far from the last one is read again, and believed only if the two
 * agree: on a noisy line one wrong message of some thousands passes for a good one.
 */
#define JUMP_MAX (10 * 64) /* 10 C, in GetTemp's 1/64 C */
#define ENERGY_PERIOD_MS 1000u
/** Energy counts in 2^-16 J. */
#define ENERGY_UNITS_PER_J 65536u
/** Between two readings, one after the other: 500 W for 20 ms. */
#define ENERGY_BETWEEN_MAX (10 * ENERGY_UNITS_PER_J)

/* Fan curve: duty over the processor's temperature, between two corners. */
#define FAN_QUIET_C 50
#define FAN_FULL_C 85
#define FAN_QUIET_DUTY 90
#define FAN_FULL_DUTY 255

/* Chips of the sensor bus: registers.md, sensors. */
#define CHIP_VOLTAGE 0x2d

enum scale { SCALE_MV, SCALE_TEMPERATURE };

static const struct {
    uint8_t sensor;
    uint8_t chip;
    uint8_t chip_register;
    uint8_t scale;
} board_rows[] = {
    {SENSOR_INLET_TEMP, 0x48, 0, SCALE_TEMPERATURE},
    {SENSOR_OUTLET_TEMP, 0x49, 0, SCALE_TEMPERATURE},
    {SENSOR_VR_TEMP, 0x4a, 0, SCALE_TEMPERATURE},
    {SENSOR_P12V, CHIP_VOLTAGE, 0, SCALE_MV},
    {SENSOR_P5V, CHIP_VOLTAGE, 1, SCALE_MV},
    {SENSOR_P3V3, CHIP_VOLTAGE, 2, SCALE_MV},
    {SENSOR_P1V8, CHIP_VOLTAGE, 3, SCALE_MV},
    {SENSOR_VDDQ, CHIP_VOLTAGE, 4, SCALE_MV},
    {SENSOR_VCORE, CHIP_VOLTAGE, 5, SCALE_MV},
    {SENSOR_VBAT, CHIP_VOLTAGE, 6, SCALE_MV},
};

static struct {
    int32_t limit_c;
    bool knows_limit;
    uint32_t misses;
    int16_t last_reading;
    bool was_good;
    uint32_t good_since_ms;
    bool has_energy;
    uint32_t energy;
    uint32_t energy_ms;
} monitor;

void monitor_start(void)
{
    monitor.limit_c = LIMIT_DEFAULT_C;
    monitor.knows_limit = false;
    monitor.misses = 0;
    monitor.has_energy = false;
}

/** Rails that are on their way up or down have no reading worth a comparison. */
static bool has_power(void)
{
    const bool good = power_is_good();
    if (good && !monitor.was_good)
        monitor.good_since_ms = clock_ms();
    monitor.was_good = good;
    return good;
}

static void read_chips(bool powered)
{
    for (uint32_t i = 0; i < sizeof board_rows / sizeof board_rows[0]; i++) {
        const enum sensor_id id = (enum sensor_id)board_rows[i].sensor;
        uint16_t word;
        const bool needs_power = sensor_rows[id].needs_power;
        if ((needs_power && !powered) ||
            !hw_sensor_read(board_rows[i].chip, board_rows[i].chip_register, &word) ||
            (needs_power && !power_is_good())) { /* switched off during the transfer */
            sensor_lose(id);
            continue;
        }
        /* Temperatures are signed, in 1/256 C. */
        sensor_update(id, board_rows[i].scale == SCALE_MV ? word : (int16_t)word * 1000 / 256);
    }
}

static void read_fans(bool powered)
{
    const bool turn = powered && clock_reached(monitor.good_since_ms + FAN_START_MS);
    for (uint32_t fan = 0; fan < 4; fan++) {
        const enum sensor_id id = (enum sensor_id)(SENSOR_FAN1 + fan);
        if (turn)
            sensor_update(id, (int32_t)(hw_fan_rpm(fan) * 1000));
        else
            sensor_lose(id);
    }
}

/** Faster as the processor gets hotter; full speed if its temperature is not known. */
static void drive_fans(void)
{
    const struct sensor *cpu = sensor_of(SENSOR_CPU_TEMP);
    int32_t duty = FAN_FULL_DUTY;
    if (cpu->is_available) {
        const int32_t above = (int8_t)cpu->raw - FAN_QUIET_C;
        duty = FAN_QUIET_DUTY +
               above * (FAN_FULL_DUTY - FAN_QUIET_DUTY) / (FAN_FULL_C - FAN_QUIET_C);
        duty = duty < FAN_QUIET_DUTY  ? FAN_QUIET_DUTY
               : duty > FAN_FULL_DUTY ? FAN_FULL_DUTY
                                      : duty;
    }
    hw_fans_drive((uint8_t)duty);
}

void monitor_board(void)
{
    const bool powered = has_power();
    read_chips(powered);
    read_fans(powered);
    drive_fans();
}

static void read_limit(void)
{
    uint32_t value;
    if (monitor.knows_limit ||
        peci_rd_pkg_config(PECI_PACKAGE, PECI_INDEX_LIMIT, 0, &value) != PECI_OK)
        return;
    monitor.limit_c = (int32_t)(value >> 16 & 0xff);
    monitor.knows_limit = true;
}

/** The energy counter, read twice: the second must be a little ahead of the first, or equal. */
static bool read_energy(uint32_t *energy)
{
    uint32_t first;
    return peci_rd_pkg_config(PECI_PACKAGE, PECI_INDEX_ENERGY, 0, &first) == PECI_OK &&
           peci_rd_pkg_config(PECI_PACKAGE, PECI_INDEX_ENERGY, 0, energy) == PECI_OK &&
           *energy - first < ENERGY_BETWEEN_MAX;
}

/** Power is the energy of the last second over its length. */
static void read_power(void)
{
    uint32_t energy;
    const uint32_t now_ms = clock_ms();
    if (monitor.has_energy && now_ms - monitor.energy_ms < ENERGY_PERIOD_MS)
        return;
    if (!read_energy(&energy))
        return; /* the next look will do */
    if (monitor.has_energy) {
        const uint64_t used = energy - monitor.energy; /* modulo 2^32, as it counts */
        const uint64_t mw = used * 1000000u / ENERGY_UNITS_PER_J / (now_ms - monitor.energy_ms);
        sensor_update(SENSOR_CPU_POWER, (int32_t)mw);
    }
    monitor.has_energy = true;
    monitor.energy = energy;
    monitor.energy_ms = now_ms;
}

static void lose_processor(void)
{
    sensor_lose(SENSOR_CPU_TEMP);
    sensor_lose(SENSOR_CPU_POWER);
    monitor.has_energy = false;
}

static bool is_near(int16_t one, int16_t other)
{
    return one - other <= JUMP_MAX && other - one <= JUMP_MAX;
}

/** GetTemp, twice if it jumps; PECI_RETRY if the two do not agree. */
static enum peci_result read_temperature(int16_t *reading)
{
    int16_t again;
    enum peci_result result = peci_get_temp(PECI_PACKAGE, reading);
    if (result != PECI_OK || is_near(*reading, monitor.last_reading))
        return result;
    monitor.last_reading = *reading;
    result = peci_get_temp(PECI_PACKAGE, &again);
    if (result == PECI_OK && !is_near(*reading, again))
        return PECI_RETRY;
    return result;
}

void monitor_processor(void)
{
    int16_t reading;
    if (!power_is_good()) {
        monitor.misses = 0;
        monitor.knows_limit = false;
        lose_processor();
        return;
    }
    const enum peci_result result = read_temperature(&reading);
    if (result == PECI_NO_REPLY) {
        if (monitor.misses < MISSES_MAX)
            monitor.misses++;
        if (monitor.misses == MISSES_MAX)
            lose_processor();
        return;
    }
    monitor.misses = 0;
    read_limit();
    if (result == PECI_OK) {
        monitor.last_reading = reading;
        sensor_update(SENSOR_CPU_TEMP, monitor.limit_c * 1000 + reading * 1000 / 64);
    } else if (result != PECI_RETRY) {
        sensor_lose(SENSOR_CPU_TEMP);
    }
    read_power();
}

bool monitor_processor_answers(void)
{
    return monitor.misses < MISSES_MAX;
}
