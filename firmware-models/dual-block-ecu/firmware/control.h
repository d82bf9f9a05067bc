/*
 * Field-oriented current control of one winding set, once a control period: three phase currents
 * and the rotor's angle in, three compares out. Arithmetic only: no hardware, no time. Units: see
 * motor.h.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdint.h>

/** What the sensors say in this period. */
struct measurement {
    int32_t current_u;
    int32_t current_v;
    int32_t current_w;
    int32_t link_mv;
    uint16_t angle;  /* mechanical */
    int32_t torque_mnm; /* of the shaft: both sets together */
};

struct vector {
    int32_t d;
    int32_t q;
};

struct controller {
    int32_t target_q;      /* where the current ramps to */
    int32_t reference_q;   /* where it is on that way */
    struct vector current; /* measured, in the rotor's frame */
    struct vector voltage; /* asked for, mV */
    struct vector integral_q8; /* of the controllers, mV in Q8 */
    uint16_t last_angle;
    int32_t step;          /* of the mechanical angle in the last period: the speed */
};

/** Half on-times in cycles, 0..period: what the PWM's compares take. */
struct compares {
    uint32_t u;
    uint32_t v;
    uint32_t w;
};

/** Starts at an angle, from rest: no torque asked for. */
void control_start(struct controller *controller, uint16_t angle);

/** After a step whose compares are not applied: nothing builds up while the outputs are off. */
void control_idle(struct controller *controller);

/** The torque that this set shall give, -TORQUE_MAX_MNM..TORQUE_MAX_MNM; more is cut off. */
void control_set_torque(struct controller *controller, int32_t torque_mnm);

/** Torque of this set from its measured current. */
int32_t control_torque_mnm(const struct controller *controller);

/** One period. The compares take effect at the next bottom of the PWM. */
struct compares control_step(struct controller *controller, const struct measurement *measured,
                             int32_t period_cycles);

#endif
