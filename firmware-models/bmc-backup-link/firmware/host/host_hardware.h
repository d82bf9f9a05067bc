/*
 * The host's board below the portable layers (hw_*.c); tests bring their own.
 */
#ifndef HOST_HARDWARE_H
#define HOST_HARDWARE_H

#include <stdbool.h>
#include <stdint.h>

/* The host's side of the management interface. */
uint8_t hw_kcs_host_status(void);
uint8_t hw_kcs_read(void);
void hw_kcs_write(uint8_t byte);
void hw_kcs_command(uint8_t code);

/** Gives a dword to the BMC; false while the last one waits. */
bool hw_mailbox_put(uint32_t dword);
/** Takes the dword of the BMC; false if there is none. */
bool hw_mailbox_take(uint32_t *dword);

/** How busy the package's cores are, in percent. */
void hw_set_load(uint32_t percent);
uint32_t hw_load(void);
/** Temperature as GetTemp has it: signed, 1/64 C below the limit. */
int32_t hw_thermal_margin(void);
/** Energy used, in 2^-16 J, modulo 2^32. */
uint32_t hw_energy(void);

/** Asks the board to switch the host off. */
void hw_switch_off(void);

#endif
