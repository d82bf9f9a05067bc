/*
 * The hart as C sees it: CSR access, interrupt masking, sleep. Names and bits as in the RISC-V
 * privileged manual, section 3.1.
 */
#ifndef CPU_H
#define CPU_H

#include <stdint.h>

#define MSTATUS_MIE (1u << 3)
#define MIE_TIMER (1u << 7)
/** Interrupt unit line n arrives as mip bit 16 + n (as on Ibex). */
#define MIE_LINE(n) (1u << (16 + (n)))

#define csr_read(name)                                                                             \
    __extension__({                                                                                \
        uint32_t csr_value;                                                                        \
        __asm__ volatile("csrr %0, " #name : "=r"(csr_value));                                     \
        csr_value;                                                                                 \
    })
#define csr_write(name, value) __asm__ volatile("csrw " #name ", %0" : : "r"(value) : "memory")
#define csr_set(name, bits) __asm__ volatile("csrs " #name ", %0" : : "r"(bits) : "memory")

/** Masks interrupts; returns what interrupts_restore() needs. */
static inline uint32_t interrupts_mask(void)
{
    uint32_t before;
    __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(before) : : "memory");
    return before;
}

static inline void interrupts_restore(uint32_t before)
{
    csr_set(mstatus, before & MSTATUS_MIE);
}

static inline void interrupts_enable(void)
{
    csr_set(mstatus, MSTATUS_MIE);
}

/**
 * Sleeps until an enabled interrupt is pending. Call it with interrupts masked, after looking
 * whether there is work: then an interrupt that comes in between ends the sleep at once.
 */
static inline void sleep_masked(void)
{
    __asm__ volatile("wfi" : : : "memory");
}

/** The cycle counter, 64 bits: the high half is read again until it stood still. */
static inline uint64_t cycles_now(void)
{
    uint32_t high;
    uint32_t low;
    do {
        high = csr_read(mcycleh);
        low = csr_read(mcycle);
    } while (csr_read(mcycleh) != high);
    return (uint64_t)high << 32 | low;
}

/** Handlers by cause (0..31), called with interrupts masked on the trap stack: each board's own. */
extern void (*const interrupt_table[32])(void);

/** An interrupt that nothing enables: reported like an exception. For unused rows of the table. */
void interrupt_unexpected(void);

#endif
