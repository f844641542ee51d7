/* The built extension as read-only data of the program. */
    .section .rodata
    .global millrace_batch_function_begin
    .global millrace_batch_function_end
    .balign 16
millrace_batch_function_begin:
    .incbin MILLRACE_BATCH_FUNCTION_FILE
millrace_batch_function_end:
    .section .note.GNU-stack,"",@progbits
