/*
 * The system event log (IPMI 2.0, sections 31, 32), kept in the non-volatile store as a log of
 * slots that is written round the sectors: an entry is one slot, a clear is a mark, a torn slot is
 * skipped. Records have 16 bytes; their identifiers are 1..0xfffe and go on counting over clears.
 */
#ifndef SEL_H
#define SEL_H

#include <stdbool.h>
#include <stdint.h>

#define SEL_RECORD_BYTES 16
#define SEL_FIRST 0x0000u
#define SEL_LAST 0xffffu

/** Generator of events of the BMC itself: its address, LUN 0. */
#define SEL_GENERATOR_BMC 0x0020u

/** An event of a sensor, as Platform Event Message and records of type 02 carry it. */
struct event {
    uint16_t generator;
    uint8_t sensor_type;
    uint8_t sensor_number;
    uint8_t direction_and_type; /* bit 7: deasserted; 6..0: event/reading type */
    uint8_t data[3];
};

/** Reads the log from the store; formats the store if there is none. */
void sel_start(void);

/** Adds a record; its first two bytes become its identifier. False: no space, or a bad store. */
bool sel_add(const uint8_t record[SEL_RECORD_BYTES], uint16_t *id);

/** Queues an event for the log; it is added at once if the store lets it. */
void sel_log(const struct event *event);

/** Work in the background: events that wait, the sector that will be needed next. */
void sel_work(void);

/**
 * Reads the record with this identifier, or the first or last one. `next` is the identifier after
 * it, 0xffff behind the last. False: there is no such record.
 */
bool sel_get(uint16_t id, uint8_t record[SEL_RECORD_BYTES], uint16_t *next);

bool sel_delete(uint16_t id, uint16_t *deleted);
bool sel_clear(void);

uint32_t sel_count(void);
uint32_t sel_free_records(void);
/** Whether events were dropped since the last clear because the log was full. */
bool sel_overflowed(void);
/** Whether the store works. */
bool sel_is_healthy(void);
uint32_t sel_added_s(void);  /* time of the newest record */
uint32_t sel_erased_s(void); /* time of the last clear */

/** The log's clock, seconds since 1970; before it is set, since power-on. */
uint32_t sel_time(void);

#endif
