/*
 * The board below the portable layers: each function is a few register accesses in a hw_*.c file;
 * the tests on a common computer bring their own. Times of the blocking ones are bounded.
 */
#ifndef HARDWARE_H
#define HARDWARE_H

#include <stdbool.h>
#include <stdint.h>

enum power_command { HW_POWER_ON = 1, HW_POWER_OFF = 2, HW_POWER_RESET = 3, HW_POWER_SOFT_OFF = 4 };
enum power_sequence { SEQUENCE_OFF, SEQUENCE_RISING, SEQUENCE_ON, SEQUENCE_FALLING };

enum power_event {
    POWER_BUTTON = 1 << 0,
    RESET_BUTTON = 1 << 1,
    POWER_OVERRIDE = 1 << 2,
    POWER_RAIL_FAULT = 1 << 3,
    POWER_HOST_OFF = 1 << 4,
    POWER_DONE = 1 << 5,
    ID_BUTTON = 1 << 6,
};

void hw_power_command(enum power_command command);
enum power_sequence hw_power_sequence(void);
/** Events since the last call, as bits of enum power_event. */
uint32_t hw_power_events(void);
void hw_identify_lamp(bool on);

/** A word of a chip on the sensor bus; false if nothing answers. */
bool hw_sensor_read(uint8_t address, uint8_t chip_register, uint16_t *word);

/** Revolutions a minute of fan 0..3, 0 if it stands. */
uint32_t hw_fan_rpm(uint32_t fan);
/** Drive of all fans, 255 is full speed. */
void hw_fans_drive(uint8_t duty);

/**
 * One message on the control interface: the write block without AW FCS, which the engine makes if
 * `aw` is set. False: no answer, or one with a wrong check byte.
 */
bool hw_peci_transfer(uint8_t address, const uint8_t *write, uint32_t write_bytes, bool aw,
                      uint8_t *read, uint32_t read_bytes);

/* The BMC's side of the management interface, register by register. */
uint8_t hw_kcs_status(void);
uint8_t hw_kcs_take(void);
void hw_kcs_put(uint8_t byte);
/** Sets state (bits 7..6) and SMS_ATN (bit 2) of the status register. */
void hw_kcs_set_status(uint8_t bits);
/** Clears the buffers as far as the BMC can and enables the interrupts. */
void hw_kcs_restart(void);

/** Resets the BMC, once what stands in the transmitters has left them. */
_Noreturn void hw_restart(void);

/** Cause of the last reset, as the status unit's RESET_CAUSE. */
uint32_t hw_reset_cause(void);

#endif
