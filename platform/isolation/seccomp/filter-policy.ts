/**
 * Which system calls a sandbox may make. A name in the table of the architecture is allowed unless it stands here; a
 * number that is in no table returns ENOSYS, so that C libraries fall back as they do on an older kernel.
 * Compared with Docker's list (moby/profiles: seccomp/default.json), which allows by capability and filters few
 * arguments: no sandbox here ever has a capability, so those calls are refused outright.
 */

/** errno values of <asm-generic/errno.h>, the same on x86-64 and arm64. */
export const EPERM = 1;
export const ENOSYS = 38;
export const EPROTONOSUPPORT = 93;
export const EAFNOSUPPORT = 97;

/** Refused with EPERM whatever the arguments. */
export const DENIED_CALLS: readonly string[] = words(`
  mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick open_tree move_mount mount_setattr
  unshare setns
  init_module finit_module delete_module create_module query_module get_kernel_syms
  kexec_load kexec_file_load reboot swapon swapoff acct quotactl quotactl_fd
  add_key request_key keyctl
  ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd process_madvise process_mrelease
  bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register
  iopl ioperm modify_ldt
  fanotify_init fanotify_mark open_by_handle_at name_to_handle_at
  settimeofday clock_settime adjtimex clock_adjtime
  mbind set_mempolicy get_mempolicy migrate_pages move_pages set_mempolicy_home_node
  syslog vhangup sethostname setdomainname remap_file_pages memfd_secret
  uselib ustat sysfs _sysctl nfsservctl getpmsg putpmsg afs_syscall tuxcall security vserver lookup_dcookie
  epoll_ctl_old epoll_wait_old
`);

/** Its flags lie behind a pointer that a filter cannot follow; libc falls back to `clone`, whose flags it can see. */
export const ABSENT_CALLS: readonly string[] = ['clone3'];

/** Allowed by their arguments; `filter-program.ts` holds one small program for each. */
export const CHECKED_CALLS = ['clone', 'personality', 'ioctl', 'socket', 'socketpair'] as const;
export type CheckedCall = (typeof CHECKED_CALLS)[number];

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET of <linux/sched.h>. */
export const CLONE_NEW_NAMESPACE_MASK = 0x7e020000;
/** Persona 0 and UNAME26, alone and with PER_LINUX32; never ADDR_NO_RANDOMIZE. 0xffffffff only asks. */
export const PERSONALITIES = [0, 8, 0x20000, 0x20008, 0xffffffff] as const;
/** TIOCSTI and TIOCLINUX: typing into the terminal of whoever started us. */
export const DENIED_IOCTLS = [0x5412, 0x541c] as const;

export const AF_UNIX = 1;
export const AF_INET_FAMILIES = [2, 10] as const;
export const AF_NETLINK = 16;
/** The kernel's default, TCP, UDP: what closes MPTCP, SCTP, UDP-Lite and ping sockets. */
export const INET_PROTOCOLS = [0, 6, 17] as const;
/** SOCK_STREAM and SOCK_DGRAM; the others load modules or need a capability. */
export const INET_SOCKET_TYPES = [1, 2] as const;
/** Without SOCK_NONBLOCK and SOCK_CLOEXEC. */
export const SOCKET_TYPE_MASK = 0xf;
/** Route information, which `getifaddrs` reads; netfilter, audit and the others stay closed. */
export const NETLINK_ROUTE = 0;

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
