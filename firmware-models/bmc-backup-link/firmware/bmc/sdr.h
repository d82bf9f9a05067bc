/*
 * The sensor data record repository (IPMI 2.0, section 43), read-only: its records are made from
 * the rows of the sensors when they are read. Identifiers are 1..SDR_COUNT.
 */
#ifndef SDR_H
#define SDR_H

#include <stdint.h>

#include "sensors.h"

/** One a sensor, and the locator of the management controller itself. */
#define SDR_COUNT (SENSOR_COUNT + 1u)
#define SDR_BYTES_MAX 64u

/** Builds record `id`; returns its size in bytes with its header, 0 if there is none. */
uint32_t sdr_build(uint16_t id, uint8_t record[SDR_BYTES_MAX]);

#endif
