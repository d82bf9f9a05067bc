/*
 * Numbers of the motor, its inverters and sensors, as the control works with them. Electrical data
 * as in the plant (docs/registers.md, plant); scales of the channels as in the ADC.
 *
 *   current   10 mA         voltage   mV           torque   mNm
 *   angle     1/65536 turn  time      control periods of 50 us
 */
#ifndef MOTOR_H
#define MOTOR_H

#define CONTROL_HZ 20000
#define PWM_PERIOD_CYCLES_20KHZ (BLOCK_CLOCK_HZ / CONTROL_HZ / 2)
/** Both switches of a leg are off for half a microsecond. */
#define DEAD_TIME_CYCLES 40

#define POLE_PAIRS 4
/** Torque of one winding set: 1.5 x pole pairs x flux (20 mWb) = 120 mNm per ampere. */
#define TORQUE_MNM_PER_AMPERE 120
#define AMPERE 100 /* 10 mA each */

/** What one set gives for ever (10 A), and what its console accepts. */
#define TORQUE_MAX_MNM 1200
/** Share of each block after start-up, without a command. */
#define TORQUE_START_MNM 500
/** Steps of the target a period: full torque in 8 ms. */
#define CURRENT_RAMP 6

/* Current loop with a bandwidth of 1 kHz: kp = L x 2 pi x 1 kHz, ki = R x 2 pi x 1 kHz x 50 us, with
 * L = 0.1 mH and R = 0.1 Ohm, in mV per 10 mA. */
#define KP_Q8 1608
#define KI_Q16 20588

/** Voltage of the turning magnets: pole pairs x flux x speed, in mV for each step of the angle. */
#define BACK_EMF_MV 153

/* Bounds of the guard (guard.c). Sensors reach +-20.48 A and 102 V. */
#define CURRENT_LIMIT 1800    /* 18 A: an overcurrent */
#define CURRENT_SUM_LIMIT 40  /* 0.4 A: the three phases sum up to nothing */
#define LINK_MIN_MV 36000
#define LINK_MAX_MV 60000
#define ANGLE_STEP_LIMIT 1000 /* 305 turns a second: faster is a broken sensor */

#define LINK_MV_PER_STEP 25
#define CURRENT_ZERO 2048
#define ANGLE_TURN 65536

#endif
