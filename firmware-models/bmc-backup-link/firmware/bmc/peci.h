/*
 * Messages on the control interface (PECI): building, retries, completion codes. Source: the
 * model's specification, section 3; Intel's data sheets name the commands and indices.
 */
#ifndef PECI_MESSAGES_H
#define PECI_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

/** The processor package: client address of socket 0. */
#define PECI_PACKAGE 0x30

enum peci_result {
    PECI_OK,
    PECI_NO_REPLY, /* silence, or wrong check bytes, after all repetitions */
    PECI_RETRY,    /* the client is busy: completion codes 80, 81, 82 */
    PECI_REFUSED,  /* any other completion code but 40 */
};

/* Indices of RdPkgConfig and WrPkgConfig. */
enum peci_index {
    PECI_INDEX_ENERGY = 3,
    PECI_INDEX_LIMIT = 16,       /* temperature limit in bits 23..16, in C */
    PECI_INDEX_POWER_LIMIT = 26,
    PECI_INDEX_TO_BMC = 0x80,    /* OEM: the mailbox of the backup link */
    PECI_INDEX_FROM_BMC = 0x81,
};

/** GetTemp's codes for "no reading" (specification, section 3). */
#define PECI_TEMPERATURE_INVALID 0x8000u
#define PECI_TEMPERATURE_ERROR_LAST 0x80ffu

struct peci_counters {
    uint32_t messages;
    uint32_t repeated;  /* repetitions after silence or a wrong check byte */
    uint32_t no_reply;  /* messages given up */
    uint32_t retries;   /* repetitions because the client asked for one */
    uint32_t refused;
};

enum peci_result peci_ping(uint8_t address);

/** Temperature, signed, 1/64 C below the limit; PECI_REFUSED if the sensor has no reading. */
enum peci_result peci_get_temp(uint8_t address, int16_t *reading);

enum peci_result peci_rd_pkg_config(uint8_t address, uint8_t index, uint16_t parameter,
                                    uint32_t *value);

/** A write is applied once, however often it must be repeated. */
enum peci_result peci_wr_pkg_config(uint8_t address, uint8_t index, uint16_t parameter,
                                    uint32_t value);

const struct peci_counters *peci_counters(void);

#endif
