/*
 * Sine by a table of a quarter wave and linear interpolation (sine.h).
 */
#include "sine.h"

/** 32767 x sin(i x 90 degrees / 64). */
static const int16_t quarter[65] = {
    0, 804, 1608, 2410, 3212, 4011, 4808, 5602, 6393, 7179,
    7962, 8739, 9512, 10278, 11039, 11793, 12539, 13279, 14010, 14732,
    15446, 16151, 16846, 17530, 18204, 18868, 19519, 20159, 20787, 21403,
    22005, 22594, 23170, 23731, 24279, 24811, 25329, 25832, 26319, 26790,
    27245, 27683, 28105, 28510, 28898, 29268, 29621, 29956, 30273, 30571,
    30852, 31113, 31356, 31580, 31785, 31971, 32137, 32285, 32412, 32521,
    32609, 32678, 32728, 32757, 32767,
};

/** Sine in the first quarter, `angle` 0..0x4000. */
static int32_t first_quarter(uint32_t angle)
{
    const uint32_t index = angle >> 8;
    const int32_t rest = (int32_t)(angle & 0xff);
    if (index == 64)
        return quarter[64];
    const int32_t low = quarter[index];
    return low + (((quarter[index + 1] - low) * rest) >> 8);
}

int32_t sine_q15(uint16_t angle)
{
    const uint32_t within = angle & 0x3fffu;
    switch (angle >> 14) {
    case 0:
        return first_quarter(within);
    case 1:
        return first_quarter(0x4000u - within);
    case 2:
        return -first_quarter(within);
    default:
        return -first_quarter(0x4000u - within);
    }
}

uint32_t square_root(uint32_t value)
{
    uint32_t root = 0;
    for (uint32_t bit = 1u << 15; bit != 0; bit >>= 1) {
        const uint32_t next = root | bit;
        if (next * next <= value)
            root = next;
    }
    return root;
}
