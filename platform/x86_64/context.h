/* context.S, for context.c. */
#ifndef CORACLE_X86_64_CONTEXT_H
#define CORACLE_X86_64_CONTEXT_H

void context_switch(void **save_stack_pointer, void *stack_pointer);
void context_first(void);

#endif
