"""What an enclosed process must not be able to do: a function each, as in `attempts.py`.

Not tried at the level "limits": there, some of it would be done.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)

HARMFUL = []


def harmful(function):
    HARMFUL.append(function)
    return function


def call(name, *arguments):
    """A function of the C library; -1 is an OSError."""
    if getattr(libc, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)


# -- other people's files ---------------------------------------------------------------------


@harmful
def read(at):
    return Path(at.folder, "canary").read_text()


@harmful
def read_through_a_link(at):
    os.symlink(f"{at.folder}/canary", "link")
    return Path("link").read_text()


@harmful
def read_through_a_hard_link(at):
    os.link(f"{at.folder}/canary", "hard")
    return Path("hard").read_text()


@harmful
def list_folder(at):
    return os.listdir(at.folder)


@harmful
def list_root(at):
    return os.listdir("/")


@harmful
def read_users(at):
    return Path("/etc/passwd").read_text()


@harmful
def read_processes(at):
    return Path(f"/proc/{at.keeper}/environ").read_text()


@harmful
def read_own_memory(at):
    return Path("/proc/self/maps").read_text()


@harmful
def read_by_handle(at):
    call("open_by_handle_at", -100, None, 0)


@harmful
def watch_names(at):
    call("inotify_init1", 0)


@harmful
def write(at):
    with open(f"{at.folder}/canary", "a") as file:
        file.write("x")


@harmful
def create(at):
    Path(at.folder, "new").write_text("x")


@harmful
def create_in_tmp(at):
    Path("/tmp/left-by-a-submission").write_text("x")


@harmful
def truncate(at):
    os.truncate(f"{at.folder}/canary", 0)


@harmful
def delete(at):
    os.remove(f"{at.folder}/canary")


@harmful
def move_away(at):
    os.rename(f"{at.folder}/canary", "stolen")


@harmful
def set_attribute(at):
    os.setxattr(f"{at.folder}/canary", "user.x", b"1")


@harmful
def write_to_edition(at):
    with open(f"{at.edition}/__init__.py", "a") as file:
        file.write("x")


@harmful
def add_to_edition(at):
    Path(at.edition, "more.py").write_text("x")


@harmful
def read_hidden_package(at):
    return Path(at.site, "course_lib", "reference.py").read_text()


@harmful
def read_hidden_note(at):
    return Path(at.site, "__editable__.course.pth").read_text()


@harmful
def read_hidden_checkout(at):
    return Path(at.site, "checkout", "secret.py").read_text()


@harmful
def make_device(at):
    os.mknod("memory", 0o20600, os.makedev(1, 1))
    with open("memory", "rb") as file:
        return file.read(1)


# -- other processes --------------------------------------------------------------------------


@harmful
def signal_keeper(at):
    os.kill(at.keeper, 0)


@harmful
def signal_group(at):
    os.killpg(os.getpgrp(), 0)


@harmful
def signal_by_file(at):
    import fcntl

    one, _ = socket.socketpair()
    fcntl.fcntl(one, fcntl.F_SETOWN, at.keeper)


@harmful
def trace(at):
    call("ptrace", 16, at.keeper, 0, 0)


@harmful
def read_memory(at):
    call("process_vm_readv", at.keeper, None, 0, None, 0, 0)


@harmful
def limit_keeper(at):
    import resource

    resource.prlimit(at.keeper, resource.RLIMIT_NOFILE)


@harmful
def slow_keeper(at):
    os.setpriority(os.PRIO_PROCESS, at.keeper, 19)


@harmful
def slow_user(at):
    os.setpriority(os.PRIO_USER, at.uid, 19)


@harmful
def pin_keeper(at):
    os.sched_setaffinity(at.keeper, {0})


@harmful
def real_time(at):
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


@harmful
def fork(at):
    if os.fork() == 0:
        os._exit(0)


@harmful
def run_program(at):
    return subprocess.run(["/bin/true"]).returncode


@harmful
def become_program(at):
    os.execv("/bin/sh", ["sh", "-c", "exit 3"])


@harmful
def outlive_keeper(at):
    call("prctl", 1, 0, 0, 0, 0)


@harmful
def be_traceable(at):
    call("prctl", 4, 1, 0, 0, 0)


# -- network, and the machine -----------------------------------------------------------------


@harmful
def internet(at):
    socket.socket()


@harmful
def netlink(at):
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)


@harmful
def local_server(at):
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"out", f"{at.folder}/server")


@harmful
def local_server_by_a_pair(at):
    one, _ = socket.socketpair(type=socket.SOCK_DGRAM)
    one.sendto(b"out", f"{at.folder}/server")


@harmful
def memory_file(at):
    os.memfd_create("m")


@harmful
def shared_memory(at):
    Path("/dev/shm/left-by-a-submission").write_text("x")


@harmful
def system_v(at):
    call("shmget", 0, 4096, 0o1600)


@harmful
def queue(at):
    call("mq_open", b"/left-by-a-submission", 0o102, 0o600, None)


@harmful
def keyring(at):
    call("syscall", {"x86_64": 250, "aarch64": 219}[os.uname().machine], 0, -3, 0)


@harmful
def user_namespace(at):
    call("unshare", 0x10000000)


@harmful
def mount(at):
    call("mount", b"x", at.scratch.encode(), b"tmpfs", 0, None)


@harmful
def change_root(at):
    os.chroot(".")


@harmful
def young_call(at):
    call("syscall", 451, 0)
