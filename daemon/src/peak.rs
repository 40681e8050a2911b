//! Peak memory of a process, as Linux tells it.

/// Peak resident set (`VmHWM`) in KiB of the process with this id; none where the system does not tell.
pub fn peak_kib(pid: u32) -> Option<u64> {
    parse(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

fn parse(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_in_kib() {
        assert_eq!(parse("Name:\tx\nVmHWM:\t   12345 kB\nVmRSS:\t 1 kB\n"), Some(12345));
        assert_eq!(parse("Name:\tx\n"), None);
    }

    #[test]
    fn this_process_has_a_peak() {
        assert!(peak_kib(std::process::id()).is_some_and(|kib| kib > 100));
    }
}
