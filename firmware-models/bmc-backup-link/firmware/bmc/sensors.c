/*
 * Readings, thresholds, events (sensors.h).
 */
#include "sensors.h"

#include "libc.h"
#include "sel.h"

static struct sensor sensors[SENSOR_END];

/** Event offsets of the thresholds: going low below, going high above (IPMI 2.0, table 42-2). */
static const uint8_t event_offsets[THRESHOLD_COUNT] = {
    [LNC] = 0, [LCR] = 2, [LNR] = 4, [UNC] = 7, [UCR] = 9, [UNR] = 11,
};

/** The events of a threshold sensor with these thresholds, by event offset. */
static uint16_t events_of(uint8_t mask)
{
    uint16_t events = 0;
    for (uint32_t t = 0; t < THRESHOLD_COUNT; t++) {
        if (mask & 1u << t)
            events = (uint16_t)(events | 1u << event_offsets[t]);
    }
    return events;
}

void sensors_start(void)
{
    memset(sensors, 0, sizeof sensors);
    for (uint32_t id = 1; id < SENSOR_END; id++) {
        const struct sensor_row *row = &sensor_rows[id];
        struct sensor *sensor = &sensors[id];
        for (uint32_t t = 0; t < THRESHOLD_COUNT; t++)
            sensor->thresholds[t] = (uint8_t)row->thresholds[t];
        sensor->hysteresis_up = row->hysteresis;
        sensor->hysteresis_down = row->hysteresis;
        sensor->scans = true;
        sensor->sends_events = true;
        sensor->assertion_mask =
            row->reading_type == READING_THRESHOLD ? events_of(row->mask) : row->events;
        sensor->deassertion_mask = sensor->assertion_mask;
        sensor->is_available = row->reading_type != READING_THRESHOLD;
    }
}

struct sensor *sensor_of(enum sensor_id id)
{
    return &sensors[id];
}

static void send(enum sensor_id id, uint8_t offset, bool asserted, const uint8_t *data23)
{
    const struct sensor_row *row = &sensor_rows[id];
    const struct sensor *sensor = &sensors[id];
    const uint16_t mask = asserted ? sensor->assertion_mask : sensor->deassertion_mask;
    if (!sensor->sends_events || (mask & 1u << offset) == 0)
        return;
    struct event event = {
        .generator = SEL_GENERATOR_BMC,
        .sensor_type = row->type,
        .sensor_number = (uint8_t)id,
        .direction_and_type = (uint8_t)((asserted ? 0 : 0x80) | row->reading_type),
        .data = {offset, 0xff, 0xff},
    };
    if (data23 != 0) {
        /* Threshold events: the reading and the threshold; others: an OEM code in data 2. */
        event.data[0] |= row->reading_type == READING_THRESHOLD ? 0x50 : 0x80;
        event.data[1] = data23[0];
        event.data[2] = data23[1];
    }
    sel_log(&event);
}

/** Raw steps for a value; the nearest, within the byte. */
static uint8_t raw_of(const struct sensor_row *row, int32_t value_milli)
{
    int64_t value = (int64_t)value_milli;
    int64_t step = row->factor; /* in 10^-3 units, once the exponent is 0 */
    for (int32_t e = row->exponent + 3; e > 0; e--)
        step *= 10;
    for (int32_t e = row->exponent + 3; e < 0; e++)
        value *= 10;
    int64_t raw = (value >= 0 ? value + step / 2 : value - step / 2) / step;
    const int64_t least = row->is_signed ? -128 : 0;
    const int64_t most = row->is_signed ? 127 : 255;
    raw = raw < least ? least : raw > most ? most : raw;
    return (uint8_t)raw;
}

/** Whether threshold `t` is passed; once it is, until the reading is back by the hysteresis. */
static bool is_passed(const struct sensor_row *row, const struct sensor *sensor, uint32_t t)
{
    const int32_t raw = sensor_signed(row, sensor->raw);
    const int32_t limit = sensor_signed(row, sensor->thresholds[t]);
    const bool was = (sensor->states & 1u << t) != 0;
    if (t >= UNC)
        return raw >= (was ? limit - sensor->hysteresis_up : limit);
    return raw <= (was ? limit + sensor->hysteresis_down : limit);
}

void sensor_compare(enum sensor_id id)
{
    const struct sensor_row *row = &sensor_rows[id];
    struct sensor *sensor = &sensors[id];
    if (row->reading_type != READING_THRESHOLD || !sensor->is_available)
        return;
    for (uint32_t t = 0; t < THRESHOLD_COUNT; t++) {
        if ((row->mask & 1u << t) == 0)
            continue;
        const bool passed = is_passed(row, sensor, t);
        const uint16_t event = (uint16_t)(1u << event_offsets[t]);
        const bool was_asserted = (sensor->asserted & event) != 0;
        sensor->states = (uint16_t)(passed ? sensor->states | 1u << t
                                           : sensor->states & ~(1u << t));
        if (passed == was_asserted)
            continue;
        sensor->asserted ^= event;
        const uint8_t data23[] = {sensor->raw, sensor->thresholds[t]};
        send(id, event_offsets[t], passed, data23);
    }
}

void sensor_update(enum sensor_id id, int32_t value_milli)
{
    if (!sensors[id].scans)
        return;
    sensors[id].raw = raw_of(&sensor_rows[id], value_milli);
    sensors[id].is_available = true;
    sensor_compare(id);
}

void sensor_lose(enum sensor_id id)
{
    sensors[id].is_available = false;
    sensors[id].states = 0;
    sensors[id].asserted = 0;
}

void sensor_set_states(enum sensor_id id, uint16_t states)
{
    const struct sensor_row *row = &sensor_rows[id];
    struct sensor *sensor = &sensors[id];
    const uint16_t changed = (uint16_t)((sensor->states ^ states) & row->events);
    sensor->states = states;
    for (uint8_t offset = 0; offset < 15; offset++) {
        if ((changed & 1u << offset) == 0)
            continue;
        sensor->asserted ^= (uint16_t)(1u << offset);
        send(id, offset, (states & 1u << offset) != 0, 0);
    }
}

void sensor_notify(enum sensor_id id, uint8_t offset, uint8_t data2)
{
    const uint8_t data23[] = {data2, 0xff};
    send(id, offset, true, data2 == 0xff ? 0 : data23);
}

void sensor_rearm(enum sensor_id id)
{
    struct sensor *sensor = &sensors[id];
    const uint16_t states = sensor->states;
    sensor->asserted = 0;
    if (sensor_rows[id].reading_type == READING_THRESHOLD) {
        sensor_compare(id);
    } else {
        sensor->states = 0;
        sensor_set_states(id, states);
    }
}

/** Weight of the thresholds: non-critical, critical, non-recoverable. */
uint32_t sensors_worst(uint8_t type)
{
    uint32_t worst = 0;
    for (uint32_t id = 1; id < SENSOR_END; id++) {
        const struct sensor_row *row = &sensor_rows[id];
        if (row->reading_type != READING_THRESHOLD || (type != 0 && row->type != type))
            continue;
        for (uint32_t t = 0; t < THRESHOLD_COUNT; t++) {
            const uint32_t weight = t % UNC + 1;
            if ((sensors[id].states & 1u << t) != 0 && weight > worst)
                worst = weight;
        }
    }
    return worst;
}
