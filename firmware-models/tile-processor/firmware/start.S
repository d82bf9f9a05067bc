# Reset of a tile's core: registers, a stack below the exchange's buffers, zeros, then main.
        .section .text.start, "ax"
        .globl  _start
_start:
        lla     sp, __stack_top
        lla     t0, __bss_start
        lla     t1, __bss_end
        bgeu    t0, t1, 2f
1:      sw      zero, 0(t0)
        addi    t0, t0, 4
        bltu    t0, t1, 1b
2:      call    main
3:      wfi
        j       3b
