"""Sends signals to processes that are not its own.

place: start
honest: affine 0, halve 3, q_linear 1
stops_at: landlock+seccomp
"""

import os
import signal

victim = int("@BYSTANDER@")
for send in (
    lambda: os.kill(victim, signal.SIGKILL),
    lambda: signal.pidfd_send_signal(os.pidfd_open(victim), signal.SIGKILL),
    lambda: os.kill(int("@GRADER@"), signal.SIGWINCH),
    lambda: os.killpg(os.getpgid(victim), 0),
):
    try:
        send()
        print("BREACH")
    except OSError as error:
        print(error)
