/*
 * The management interface as both of its ends see it (IPMI 2.0, section 9): states, control
 * codes, limits.
 */
#ifndef KCS_H
#define KCS_H

#define KCS_STATE_MASK 0xc0u
#define KCS_IDLE 0x00u
#define KCS_READ 0x40u
#define KCS_WRITE 0x80u
#define KCS_ERROR 0xc0u

/* Status bits. */
#define KCS_OBF 0x01u
#define KCS_IBF 0x02u
#define KCS_ATTENTION 0x04u
#define KCS_CD 0x08u

/* Control codes: bytes written to the command register; READ is written to the data register. */
#define KCS_GET_STATUS 0x60u
#define KCS_WRITE_START 0x61u
#define KCS_WRITE_END 0x62u
#define KCS_READ_NEXT 0x68u

/* Reasons of the last error, as the abort sequence tells them. */
#define KCS_NO_ERROR 0x00u
#define KCS_ABORTED 0x01u
#define KCS_BAD_CONTROL 0x02u
#define KCS_BAD_LENGTH 0x06u

/** Longest message, network function and command included. */
#define KCS_MESSAGE_MAX 66u

#endif
