/*
 * Clarke and Park transformation, two PI controllers with anti-windup and the magnets' voltage, inverse Park with the angle
 * at which the voltage will act, and centred three-phase modulation (control.h).
 */
#include "control.h"

#include "motor.h"
#include "sine.h"

/** 1 / sqrt(3) and sqrt(3) / 2 in Q15. */
#define INVERSE_ROOT3_Q15 18919
#define HALF_ROOT3_Q15 28378
/** Of the voltage that the link allows in every direction (link / sqrt(3)), in Q15: 95 %. */
#define VOLTAGE_SHARE_Q15 17973

static int32_t limited(int32_t value, int32_t limit)
{
    return value > limit ? limit : value < -limit ? -limit : value;
}

/** Product with a factor below 1 in Q15; values here are below 2^16, so that 32 bits hold it. */
static int32_t q15(int32_t value, int32_t factor)
{
    return (value * factor) >> 15;
}

void control_start(struct controller *controller, uint16_t angle)
{
    *controller = (struct controller){.last_angle = angle};
}

void control_idle(struct controller *controller)
{
    controller->reference_q = 0;
    controller->integral_q8 = (struct vector){0, 0};
}

void control_set_torque(struct controller *controller, int32_t torque_mnm)
{
    controller->target_q = limited(torque_mnm, TORQUE_MAX_MNM) * AMPERE / TORQUE_MNM_PER_AMPERE;
}

int32_t control_torque_mnm(const struct controller *controller)
{
    return controller->current.q * TORQUE_MNM_PER_AMPERE / AMPERE;
}

/** Currents in the rotor's frame: d along its flux, q a quarter ahead. */
static struct vector park(const struct measurement *measured, uint16_t angle)
{
    const int32_t alpha = measured->current_u;
    const int32_t beta =
        q15(measured->current_u + 2 * measured->current_v, INVERSE_ROOT3_Q15);
    const int32_t sine = sine_q15(angle);
    const int32_t cosine = cosine_q15(angle);
    return (struct vector){
        .d = q15(alpha, cosine) + q15(beta, sine),
        .q = q15(beta, cosine) - q15(alpha, sine),
    };
}

/**
 * One PI controller on top of a voltage that is known beforehand. Its integral stands while its
 * output is at the limit.
 */
static int32_t regulate(int32_t known_mv, int32_t error, int32_t *integral_q8, int32_t limit_mv)
{
    const int32_t proportional = (error * KP_Q8) >> 8;
    const int32_t grown = *integral_q8 + ((error * KI_Q16) >> 8);
    const int32_t wanted = known_mv + proportional + (grown >> 8);
    const int32_t given = limited(wanted, limit_mv);
    if (given == wanted)
        *integral_q8 = grown;
    return given;
}

static void regulate_currents(struct controller *controller, int32_t link_mv)
{
    const int32_t limit_mv = q15(link_mv, VOLTAGE_SHARE_Q15);
    const int32_t error_d = -controller->current.d;
    const int32_t error_q = controller->reference_q - controller->current.q;
    const int32_t back_emf_mv = controller->step * BACK_EMF_MV;
    controller->voltage.d = regulate(0, error_d, &controller->integral_q8.d, limit_mv);
    /* What d leaves of the circle. Sixteenths of a volt keep the squares in 32 bits. */
    const uint32_t whole = (uint32_t)limit_mv >> 4;
    const uint32_t direct = (uint32_t)(controller->voltage.d < 0 ? -controller->voltage.d
                                                                 : controller->voltage.d) >> 4;
    const uint32_t rest = square_root(whole * whole - direct * direct);
    controller->voltage.q =
        regulate(back_emf_mv, error_q, &controller->integral_q8.q, (int32_t)(rest << 4));
}

/** Phase voltages around their mean of largest and smallest, as compares around half. */
static struct compares modulate(struct vector voltage, uint16_t angle, int32_t link_mv,
                                int32_t period_cycles)
{
    const int32_t sine = sine_q15(angle);
    const int32_t cosine = cosine_q15(angle);
    const int32_t alpha = q15(voltage.d, cosine) - q15(voltage.q, sine);
    const int32_t beta = q15(voltage.d, sine) + q15(voltage.q, cosine);
    const int32_t u = alpha;
    const int32_t v = -alpha / 2 + q15(beta, HALF_ROOT3_Q15);
    const int32_t w = -alpha / 2 - q15(beta, HALF_ROOT3_Q15);
    const int32_t low = u < v ? (u < w ? u : w) : (v < w ? v : w);
    const int32_t high = u > v ? (u > w ? u : w) : (v > w ? v : w);
    const int32_t centre = (low + high) / 2;
    const int32_t phases[3] = {u - centre, v - centre, w - centre};
    uint32_t compares[3];
    for (uint32_t phase = 0; phase < 3; phase++) {
        const int32_t compare = period_cycles / 2 + phases[phase] * period_cycles / link_mv;
        compares[phase] = (uint32_t)(compare < 0               ? 0
                                     : compare > period_cycles ? period_cycles
                                                               : compare);
    }
    return (struct compares){.u = compares[0], .v = compares[1], .w = compares[2]};
}

struct compares control_step(struct controller *controller, const struct measurement *measured,
                             int32_t period_cycles)
{
    const uint16_t electrical = (uint16_t)(measured->angle * POLE_PAIRS);
    controller->step = (int16_t)(measured->angle - controller->last_angle);
    controller->last_angle = measured->angle;
    controller->reference_q += limited(controller->target_q - controller->reference_q, CURRENT_RAMP);
    controller->current = park(measured, electrical);
    regulate_currents(controller, measured->link_mv);
    /* The voltage begins at the next bottom and lasts a period: its middle is 1.5 periods away. */
    const int32_t advance = controller->step * POLE_PAIRS * 3 / 2;
    return modulate(controller->voltage, (uint16_t)(electrical + advance), measured->link_mv,
                    period_cycles);
}
