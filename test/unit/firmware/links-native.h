/*
 * The wires between host and BMC in links-native.c.
 */
#ifndef LINKS_NATIVE_H
#define LINKS_NATIVE_H

#include <stdbool.h>
#include <stdint.h>

enum kcs_fault { KCS_WHOLE, KCS_LOST, KCS_IBF_STUCK };

extern enum kcs_fault kcs_fault;
extern uint8_t kcs_status;
extern uint32_t to_bmc; /* a dword for the BMC, 0: none */
extern bool from_full;  /* a dword for the host waits */
extern uint32_t peci_loss_percent;
extern uint64_t chance; /* state of the random numbers */

/** A random number below `limit`. */
uint32_t draw(uint32_t limit);

#endif
