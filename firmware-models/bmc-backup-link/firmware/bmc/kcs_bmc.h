/*
 * The BMC's end of the management interface: the state machine of IPMI 2.0, section 9.15, one step
 * a byte that the host writes.
 */
#ifndef KCS_BMC_H
#define KCS_BMC_H

#include <stdbool.h>
#include <stdint.h>

struct kcs_counters {
    uint32_t messages;
    uint32_t errors;  /* transfers that went wrong */
    uint32_t aborts;  /* that the host gave up */
    uint32_t restarts;
};

/** Back to idle, whatever was under way. */
void kcs_start(void);

/** Back to idle if a transfer has stood still for KCS_STUCK_MS. */
void kcs_unstick(void);
#define KCS_STUCK_MS 50u

/** Takes the byte that waits, if one does. True: it ended a transfer, with an answer read whole. */
bool kcs_step(void);

/** Sets or clears the attention bit: a message waits for the host. */
void kcs_set_attention(bool on);

const struct kcs_counters *kcs_counters(void);

/** For tests of the whole: while set, kcs_step() does nothing, as if its task hung. */
extern volatile bool kcs_test_hangs;

#endif
