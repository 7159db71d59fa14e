//! What this process has used so far, as the operating system counts it.

/// CPU seconds of this process, all threads.
pub fn cpu_seconds() -> f64 {
    #[cfg(unix)]
    {
        let t = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9
    }
    #[cfg(not(unix))]
    {
        0.0
    }
}

/// CPU seconds of the calling thread; 0 where the system does not tell.
pub fn thread_cpu_seconds() -> f64 {
    #[cfg(unix)]
    {
        let t = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9
    }
    #[cfg(not(unix))]
    {
        0.0
    }
}

/// CPU seconds of another process of this user; 0 where the system does not tell.
pub fn cpu_seconds_of(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    times(&text, 11)
}

/// Resident size of another process of this user in bytes; 0 where the system does not tell.
pub fn rss_bytes_of(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    bytes_in(&text, "VmRSS:")
}

/// CPU seconds of the child processes that this process has waited for; 0 where the system does not tell.
pub fn children_cpu_seconds() -> f64 {
    times(&std::fs::read_to_string("/proc/self/stat").unwrap_or_default(), 13)
}

/// Two times in a file `stat` of `/proc`, added: those after so many fields behind the name.
fn times(stat: &str, skip: usize) -> f64 {
    // Specified: the unit of times in `/proc`, on every processor that we build for.
    const TICKS_PER_S: f64 = 100.0;
    // Names may have blanks: what counts stands behind the parenthesis, from field 3 on.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    fields.split_whitespace().skip(skip).take(2).filter_map(|t| t.parse::<f64>().ok()).sum::<f64>()
        / TICKS_PER_S
}

/// Largest resident size of this process in bytes; 0 where the system does not tell.
pub fn peak_rss_bytes() -> u64 {
    status_bytes("VmHWM:")
}

/// Resident size of this process in bytes; 0 where the system does not tell.
pub fn rss_bytes() -> u64 {
    status_bytes("VmRSS:")
}

fn status_bytes(field: &str) -> u64 {
    bytes_in(&std::fs::read_to_string("/proc/self/status").unwrap_or_default(), field)
}

fn bytes_in(text: &str, field: &str) -> u64 {
    let line = text.lines().find_map(|l| l.strip_prefix(field));
    let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
