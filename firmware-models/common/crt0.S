/*
 * Start-up and trap entry of every board.
 *
 * ROM 0x00: the vector table that mtvec's reset value (boot AND NOT 0xff, mode 1) points at;
 * it catches a trap before start-up has set mtvec. ROM 0x80: the boot address. Start-up clears
 * nothing that survives a reset but RAM: .data is copied from ROM, .bss is zeroed.
 *
 * Traps run on a stack of their own, whose top mscratch holds while ordinary code runs; mscratch
 * is 0 inside the trap handler, so that a trap within a trap is told from an ordinary one, and a
 * broken stack pointer can still be reported.
 */
    .section .vectors, "ax", @progbits
    .option push
    .option norvc
    .globl vectors
vectors:
    .rept 32
    j trap_entry
    .endr
    .option pop

    .section .boot, "ax", @progbits
    .globl _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la t0, trap_entry
    csrw mtvec, t0
    la sp, __trap_stack_top
    csrw mscratch, sp
    la sp, __stack_top

    la a0, __data_start
    la a1, __data_load
    la a2, __data_end
1:  bgeu a0, a2, 2f
    lw t0, 0(a1)
    sw t0, 0(a0)
    addi a0, a0, 4
    addi a1, a1, 4
    j 1b

2:  la a0, __bss_start
    la a2, __bss_end
3:  bgeu a0, a2, 4f
    sw zero, 0(a0)
    addi a0, a0, 4
    j 3b

4:  call main
5:  wfi
    j 5b
    .size _start, . - _start

/*
 * Saves what a C function may change, then calls interrupt_table[cause] for an interrupt or
 * trap_fatal(cause, pc, tval, sp, ra) for an exception, which does not return.
 * Frame, from sp upwards: ra, t0..t6, a0..a7, interrupted sp; 80 bytes, a multiple of 16.
 */
    .text
    .balign 4
    .globl trap_entry
    .type trap_entry, @function
trap_entry:
    csrrw sp, mscratch, sp
    beqz sp, trap_in_trap
    addi sp, sp, -80
    sw ra, 0(sp)
    sw t0, 4(sp)
    sw t1, 8(sp)
    sw t2, 12(sp)
    sw t3, 16(sp)
    sw t4, 20(sp)
    sw t5, 24(sp)
    sw t6, 28(sp)
    sw a0, 32(sp)
    sw a1, 36(sp)
    sw a2, 40(sp)
    sw a3, 44(sp)
    sw a4, 48(sp)
    sw a5, 52(sp)
    sw a6, 56(sp)
    sw a7, 60(sp)
    csrrw a3, mscratch, zero
    sw a3, 64(sp)
    csrr a0, mcause
    bgez a0, 1f
    andi a0, a0, 31
    slli a0, a0, 2
    la t0, interrupt_table
    add t0, t0, a0
    lw t0, 0(t0)
    jalr t0
    lw ra, 0(sp)
    lw t0, 4(sp)
    lw t1, 8(sp)
    lw t2, 12(sp)
    lw t3, 16(sp)
    lw t4, 20(sp)
    lw t5, 24(sp)
    lw t6, 28(sp)
    lw a0, 32(sp)
    lw a1, 36(sp)
    lw a2, 40(sp)
    lw a4, 48(sp)
    lw a5, 52(sp)
    lw a6, 56(sp)
    lw a7, 60(sp)
    addi a3, sp, 80
    csrw mscratch, a3
    lw a3, 44(sp)
    lw sp, 64(sp)
    mret
1:  csrr a1, mepc
    csrr a2, mtval
    mv a4, ra
    call trap_fatal
    .size trap_entry, . - trap_entry

/* A trap while a trap is handled, or before start-up set mscratch: nothing can be trusted. */
trap_in_trap:
    la sp, __trap_stack_top
    call node_reset
    .size trap_in_trap, . - trap_in_trap
