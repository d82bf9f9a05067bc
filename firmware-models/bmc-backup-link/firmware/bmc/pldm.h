/*
 * PLDM (DSP0240 messaging and discovery, DSP0248 monitoring): who the terminus is, what it knows,
 * and the readings of the sensors.
 */
#ifndef PLDM_H
#define PLDM_H

#include <stdint.h>

#include "mctp.h"

/**
 * Answers a PLDM message; `answer` takes MCTP_BODY_MAX bytes. Returns the size of the answer, 0 if
 * the message is no request.
 *
 * GetSensorReading: sensor identifiers are IPMI's sensor numbers; readings are signed 32-bit
 * numbers in thousandths of the sensor's unit (mV, 1/1000 C, mW, 1/1000 RPM).
 */
uint32_t pldm_answer(const uint8_t *body, uint32_t size_bytes, uint8_t *answer);

#endif
