/* SPDX-License-Identifier: Apache-2.0 */
/* ctl_command.h - `haetae ctl COMMAND [ARGUMENT ...]`: the client of the control socket. */
#ifndef RUN_CTL_COMMAND_H
#define RUN_CTL_COMMAND_H

/* argv[0] is "ctl". The exit status: 0 done, 1 refused, or nobody listens, 2 wrong usage. */
int ctl_command(int argc, char **argv);

#endif
