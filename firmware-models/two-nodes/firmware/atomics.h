/*
 * The A extension, one instruction each: RISC-V unprivileged manual, chapter 8.
 */
#ifndef ATOMICS_H
#define ATOMICS_H

#include <stdbool.h>
#include <stdint.h>

#define ATOMIC_AMO(name)                                                                           \
    static inline uint32_t name(volatile uint32_t *word, uint32_t operand)                         \
    {                                                                                              \
        uint32_t before;                                                                           \
        __asm__ volatile(#name ".w.aqrl %0, %2, %1"                                                \
                         : "=r"(before), "+A"(*word)                                               \
                         : "r"(operand)                                                            \
                         : "memory");                                                              \
        return before;                                                                             \
    }

ATOMIC_AMO(amoswap)
ATOMIC_AMO(amoadd)
ATOMIC_AMO(amoxor)
ATOMIC_AMO(amoor)
ATOMIC_AMO(amomaxu)

/** Adds with LR and SC; returns how often SC failed. One of the contenders always gets through. */
static inline uint32_t lr_sc_add(volatile uint32_t *word, uint32_t operand)
{
    uint32_t failures = 0;
    uint32_t value;
    uint32_t failed;
    for (;;) {
        __asm__ volatile("lr.w.aq %0, %2\n\t"
                         "add %0, %0, %3\n\t"
                         "sc.w.rl %1, %0, %2"
                         : "=&r"(value), "=&r"(failed), "+A"(*word)
                         : "r"(operand)
                         : "memory");
        if (failed == 0)
            return failures;
        failures++;
    }
}

/** Writes 1 into a word that is 0; false if it was not, or another access came in between. */
static inline bool lr_sc_claim(volatile uint32_t *word)
{
    uint32_t failed;
    __asm__ volatile("lr.w.aq %0, %1\n\t"
                     "bnez %0, 1f\n\t"
                     "sc.w %0, %2, %1\n"
                     "1:"
                     : "=&r"(failed), "+A"(*word)
                     : "r"(1)
                     : "memory");
    return failed == 0;
}

#endif
