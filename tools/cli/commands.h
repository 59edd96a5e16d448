/* The commands. Each gets argv from its own name on and returns the exit status. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

int command_run(int argc, char *argv[]);
int command_compose(int argc, char *argv[]);
int command_ps(int argc, char *argv[]);
int command_logs(int argc, char *argv[]);
int command_attach(int argc, char *argv[]);
int command_top(int argc, char *argv[]);
int command_stop(int argc, char *argv[]);
int command_rm(int argc, char *argv[]);
int command_inspect(int argc, char *argv[]);
int command_image(int argc, char *argv[]);
int command_xl(int argc, char *argv[]);
int command_libvirt(int argc, char *argv[]);
int command_export(int argc, char *argv[]);
int command_bench(int argc, char *argv[]);
int command_new(int argc, char *argv[]);
int command_symbolise(int argc, char *argv[]);

#endif
