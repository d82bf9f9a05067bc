/*
 * Sensor data records (sdr.h). Each builder appends the fields in the order of the tables of the
 * IPMI specification: full sensor 43-1, compact sensor 43-2, management controller locator 43-8.
 */
#include "sdr.h"

#include "ipmi.h"
#include "libc.h"

#define HEADER_BYTES 5
#define SDR_VERSION 0x51
#define RECORD_FULL 0x01
#define RECORD_COMPACT 0x02
#define RECORD_CONTROLLER 0x12

static uint8_t *put8(uint8_t *to, uint32_t value)
{
    *to = (uint8_t)value;
    return to + 1;
}

static uint8_t *put16(uint8_t *to, uint32_t value)
{
    return put8(put8(to, value), value >> 8);
}

/** Type and length of 8-bit ASCII, then the characters. */
static uint8_t *put_name(uint8_t *to, const char *name)
{
    const uint32_t length = (uint32_t)strlen(name);
    to = put8(to, 0xc0 | length);
    memcpy(to, name, length);
    return to + length;
}

/** The start of a full and of a compact record: owner, entity, initialisation, capabilities. */
static uint8_t *put_key(uint8_t *to, enum sensor_id id)
{
    const struct sensor_row *row = &sensor_rows[id];
    const bool is_threshold = row->reading_type == READING_THRESHOLD;
    to = put8(to, IPMB_BMC);
    to = put8(to, 0);
    to = put8(to, id);
    to = put8(to, row->entity);
    to = put8(to, row->instance);
    to = put8(to, is_threshold ? 0x7f : 0x67); /* scanning, events, thresholds, hysteresis set */
    /* Auto re-arm; hysteresis and thresholds readable and settable; events by each state. */
    to = put8(to, (row->needs_power ? 0x80 : 0) | (is_threshold ? 0x68 : 0x40));
    to = put8(to, row->type);
    return put8(to, row->reading_type);
}

static uint8_t *put_full(uint8_t *to, enum sensor_id id)
{
    const struct sensor_row *row = &sensor_rows[id];
    const struct sensor *sensor = sensor_of(id);
    const uint16_t lower_events = sensor->assertion_mask & 0x0fff;
    to = put_key(to, id);
    to = put16(to, lower_events);                        /* assertions; lower comparisons */
    to = put16(to, lower_events);                        /* deassertions */
    to = put16(to, (uint32_t)(row->mask << 8) | row->mask); /* settable, readable thresholds */
    to = put8(to, row->is_signed ? 0x80 : 0x00);         /* number format */
    to = put8(to, row->unit);
    to = put8(to, 0);
    to = put8(to, 0); /* linear */
    to = put8(to, row->factor);
    to = put8(to, 0); /* M high, tolerance */
    to = put8(to, 0); /* B */
    to = put8(to, 0); /* B high, accuracy */
    to = put8(to, 0); /* accuracy high, its exponent, direction */
    to = put8(to, (uint32_t)row->exponent << 4 & 0xf0); /* exponents of result and B */
    to = put8(to, 0x01);                                 /* a nominal reading is given */
    to = put8(to, (uint8_t)row->nominal);
    to = put8(to, 0);
    to = put8(to, 0);
    to = put8(to, row->is_signed ? 0x7f : 0xff); /* greatest and least reading */
    to = put8(to, row->is_signed ? 0x80 : 0x00);
    static const uint8_t order[] = {UNR, UCR, UNC, LNR, LCR, LNC};
    for (uint32_t i = 0; i < sizeof order; i++)
        to = put8(to, (uint8_t)row->thresholds[order[i]]);
    to = put8(to, row->hysteresis);
    to = put8(to, row->hysteresis);
    to = put16(to, 0);
    to = put8(to, 0); /* OEM */
    return put_name(to, row->name);
}

static uint8_t *put_compact(uint8_t *to, enum sensor_id id)
{
    const struct sensor_row *row = &sensor_rows[id];
    to = put_key(to, id);
    to = put16(to, row->events);
    to = put16(to, row->events);
    to = put16(to, row->states);
    to = put8(to, 0xc0); /* no number: states */
    to = put8(to, 0);
    to = put8(to, 0);
    to = put16(to, 1); /* one sensor, no sharing */
    to = put16(to, 0); /* hysteresis */
    to = put16(to, 0);
    to = put8(to, 0);
    to = put8(to, 0); /* OEM */
    return put_name(to, row->name);
}

static uint8_t *put_controller(uint8_t *to)
{
    to = put8(to, IPMB_BMC);
    to = put8(to, 0);    /* channel 0 */
    to = put8(to, 0);    /* power state notification: none */
    to = put8(to, 0x8f); /* as Get Device ID: chassis, FRU, SEL, SDR, sensors */
    to = put8(to, 0);
    to = put16(to, 0);
    to = put8(to, 6); /* entity: system management module */
    to = put8(to, 1);
    to = put8(to, 0);
    return put_name(to, "BMC");
}

uint32_t sdr_build(uint16_t id, uint8_t record[SDR_BYTES_MAX])
{
    uint8_t *end = record + HEADER_BYTES;
    if (id == 0 || id > SDR_COUNT)
        return 0;
    if (id == SDR_COUNT) {
        record[3] = RECORD_CONTROLLER;
        end = put_controller(end);
    } else if (sensor_rows[id].reading_type == READING_THRESHOLD) {
        record[3] = RECORD_FULL;
        end = put_full(end, id);
    } else {
        record[3] = RECORD_COMPACT;
        end = put_compact(end, id);
    }
    const uint32_t size = (uint32_t)(end - record);
    put16(record, id);
    record[2] = SDR_VERSION;
    record[4] = (uint8_t)(size - HEADER_BYTES);
    return size;
}
