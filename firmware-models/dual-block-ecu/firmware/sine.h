/* Sine in fixed point: Q15, angles in 1/65536 turn. */
#ifndef SINE_H
#define SINE_H

#include <stdint.h>

/** Sine of an angle, -32767..32767; error below 4. */
int32_t sine_q15(uint16_t angle);

static inline int32_t cosine_q15(uint16_t angle)
{
    return sine_q15((uint16_t)(angle + 0x4000));
}

/** The greatest number whose square is not above `value`. */
uint32_t square_root(uint32_t value);

#endif
