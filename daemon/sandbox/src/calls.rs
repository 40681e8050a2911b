//! System calls, by seccomp: what memory, threads and open files need, what the program names besides, and nothing
//! else.
//!
//! No call makes a socket or connects one, starts a program or a process, looks into another process, changes a file's
//! owner or rights, mounts, or makes a namespace; a file's name is changed only by [`Calls::files`]. What is not listed
//! answers as on a kernel that does not have it (`ENOSYS`): libraries know how to do without, and so it is also with
//! calls that are not invented yet.

use std::collections::BTreeMap;

use seccompiler::SeccompCmpOp::{Eq, MaskedEq, Ne};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};

use crate::layer::Calls;

/// Allowed with any arguments.
#[rustfmt::skip]
const FREE: &[i64] = &[
    // Files that are open or may be opened; the files themselves are Landlock's subject.
    libc::SYS_read, libc::SYS_readv, libc::SYS_pread64, libc::SYS_preadv, libc::SYS_write, libc::SYS_writev,
    libc::SYS_pwrite64, libc::SYS_lseek, libc::SYS_openat, libc::SYS_openat2, libc::SYS_close, libc::SYS_close_range,
    libc::SYS_fstat, libc::SYS_newfstatat, libc::SYS_statx, libc::SYS_fstatfs, libc::SYS_statfs, libc::SYS_readlinkat,
    libc::SYS_faccessat, libc::SYS_faccessat2, libc::SYS_getdents64, libc::SYS_getcwd, libc::SYS_fcntl,
    libc::SYS_fadvise64, libc::SYS_dup, libc::SYS_dup3, libc::SYS_pipe2,
    // Waiting.
    libc::SYS_ppoll, libc::SYS_pselect6, libc::SYS_epoll_create1, libc::SYS_epoll_ctl, libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2, libc::SYS_eventfd2, libc::SYS_timerfd_create, libc::SYS_timerfd_settime,
    libc::SYS_timerfd_gettime, libc::SYS_nanosleep, libc::SYS_clock_nanosleep, libc::SYS_clock_gettime,
    libc::SYS_clock_getres, libc::SYS_gettimeofday,
    // Memory.
    libc::SYS_brk, libc::SYS_mmap, libc::SYS_munmap, libc::SYS_mremap, libc::SYS_mprotect, libc::SYS_madvise,
    libc::SYS_mincore, libc::SYS_mlock, libc::SYS_mlock2, libc::SYS_munlock, libc::SYS_msync, libc::SYS_membarrier,
    libc::SYS_get_mempolicy, libc::SYS_memfd_create,
    // Threads, signals, the end.
    libc::SYS_futex, libc::SYS_futex_waitv, libc::SYS_set_robust_list, libc::SYS_get_robust_list, libc::SYS_rseq,
    libc::SYS_set_tid_address, libc::SYS_sched_yield, libc::SYS_sched_getaffinity, libc::SYS_sched_setaffinity,
    libc::SYS_sched_getparam, libc::SYS_sched_getscheduler, libc::SYS_sched_setscheduler,
    libc::SYS_sched_get_priority_max, libc::SYS_sched_get_priority_min, libc::SYS_getpriority, libc::SYS_setpriority,
    libc::SYS_rt_sigaction, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigreturn, libc::SYS_sigaltstack,
    libc::SYS_restart_syscall, libc::SYS_exit, libc::SYS_exit_group,
    // Who and where am I.
    libc::SYS_getpid, libc::SYS_gettid, libc::SYS_getppid, libc::SYS_getuid, libc::SYS_geteuid, libc::SYS_getgid,
    libc::SYS_getegid, libc::SYS_getgroups, libc::SYS_uname, libc::SYS_sysinfo, libc::SYS_getrusage, libc::SYS_times,
    libc::SYS_getcpu, libc::SYS_getrlimit, libc::SYS_prlimit64, libc::SYS_getrandom,
];

#[rustfmt::skip]
const TALK: &[i64] = &[
    libc::SYS_sendto, libc::SYS_sendmsg, libc::SYS_recvfrom, libc::SYS_recvmsg, libc::SYS_shutdown,
    libc::SYS_getsockname, libc::SYS_getpeername, libc::SYS_getsockopt, libc::SYS_setsockopt,
];

/// ALSA shares a microphone between programs by System V memory and semaphores.
#[rustfmt::skip]
const SHARED: &[i64] = &[
    libc::SYS_shmget, libc::SYS_shmat, libc::SYS_shmdt, libc::SYS_shmctl, libc::SYS_semget, libc::SYS_semop,
    libc::SYS_semtimedop, libc::SYS_semctl,
];

/// Where files are made and removed is Landlock's subject.
#[rustfmt::skip]
const FILES: &[i64] = &[
    libc::SYS_fsync, libc::SYS_fdatasync, libc::SYS_ftruncate, libc::SYS_flock,
    libc::SYS_renameat2, libc::SYS_unlinkat,
];
#[cfg(target_arch = "x86_64")]
const OLDER_FILES: &[i64] = &[libc::SYS_rename, libc::SYS_unlink];
#[cfg(not(target_arch = "x86_64"))]
const OLDER_FILES: &[i64] = &[];

const WAIT: &[i64] = &[libc::SYS_wait4, libc::SYS_waitid];

/// What newer machines have by other names alone.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const OLDER: &[i64] = &[
    libc::SYS_open, libc::SYS_stat, libc::SYS_lstat, libc::SYS_access, libc::SYS_readlink, libc::SYS_dup2,
    libc::SYS_pipe, libc::SYS_poll, libc::SYS_select, libc::SYS_epoll_create, libc::SYS_epoll_wait, libc::SYS_eventfd,
    libc::SYS_time, libc::SYS_arch_prctl,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[i64] = &[];

/// Restricts the calling thread and those that it starts.
pub fn restrict(calls: Calls) -> Result<(), String> {
    let program = filter(calls).map_err(|error| format!("seccomp: {error}"))?;
    apply_filter(&program).map_err(|error| format!("seccomp: {error}"))
}

fn filter(calls: Calls) -> Result<BpfProgram, BackendError> {
    let groups = [
        (true, FREE),
        (true, OLDER),
        (calls.talk, TALK),
        (calls.devices, SHARED),
        (calls.files, FILES),
        (calls.files, OLDER_FILES),
        (calls.wait, WAIT),
    ];
    let free = groups.into_iter().filter(|(needed, _)| *needed).flat_map(|(_, group)| group);
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = free.map(|call| (*call, Vec::new())).collect();
    let own = u64::from(std::process::id());
    // A new thread, never a new process; glibc takes this call where `clone3`, whose flags lie in memory, is missing.
    let thread = libc::CLONE_THREAD as u64;
    rules.insert(libc::SYS_clone, vec![when(0, &MaskedEq(thread), &[thread])?]);
    // `abort` signals its own thread.
    rules.insert(libc::SYS_tgkill, vec![when(0, &Eq, &[own])?]);
    // A thread's name.
    rules.insert(libc::SYS_prctl, vec![when(0, &Eq, &[libc::PR_SET_NAME as u64])?]);
    let ioctl = if calls.devices {
        // Devices are driven by it; nothing is typed into the terminal that standard error may be.
        when(1, &Ne, &[libc::TIOCSTI, libc::TIOCLINUX])?
    } else {
        // Whether standard error is a terminal, and no more.
        when(1, &Eq, &[libc::TCGETS])?
    };
    rules.insert(libc::SYS_ioctl, vec![ioctl]);
    let missing = SeccompAction::Errno(libc::ENOSYS as u32);
    let machine = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, missing, SeccompAction::Allow, machine)?.try_into()
}

/// All of `values` compare so with the low half of argument `index`.
fn when(index: u8, compare: &SeccompCmpOp, values: &[u64]) -> Result<SeccompRule, BackendError> {
    let condition =
        |value: &u64| SeccompCondition::new(index, SeccompCmpArgLen::Dword, compare.clone(), *value);
    SeccompRule::new(values.iter().map(condition).collect::<Result<_, _>>()?)
}
