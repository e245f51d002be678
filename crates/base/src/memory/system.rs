//! How much memory this process can still have: the least of what the machine has free (`MemAvailable`), what its control
//! groups (a container's or a job's limit, versions 1 and 2, every level up to the root) leave it, and what `ulimit -v` and
//! `ulimit -d` leave it. Only where the control groups lie is looked up once.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// What is taken as free where nothing says it (not Linux).
const UNKNOWN: usize = if usize::BITS > 32 { (16u64 << 30) as usize } else { 1 << 31 };

/// Bytes that this process can still have.
pub fn available() -> usize {
    static GROUPS: OnceLock<Vec<Group>> = OnceLock::new();
    let proc = Path::new("/proc");
    let groups = GROUPS.get_or_init(|| groups(proc)).iter().filter_map(Group::free);
    let machine = read_to_string(proc.join("meminfo")).ok().and_then(|text| kilobytes(&text, "MemAvailable:"));
    groups.chain(machine).chain(limits(proc)).min().unwrap_or(UNKNOWN)
}

/// What was free when it was last looked up, less what was granted since.
struct Budget {
    at: Instant,
    left: usize,
}

impl Budget {
    /// How long a look lasts: a loop over transforms does not pay for one each time.
    const LASTS: Duration = Duration::from_millis(100);
    /// What is more than that part of what is left is always looked up.
    const SHARE: usize = 16;

    fn grants(&mut self, bytes: usize) -> bool {
        let grants = bytes <= self.left / Self::SHARE && self.at.elapsed() < Self::LASTS;
        if grants {
            self.left -= bytes;
        }
        grants
    }
}

/// That this process can have `bytes` bytes more; else how many it can have.
pub fn afford(bytes: usize) -> Result<(), usize> {
    static BUDGET: Mutex<Option<Budget>> = Mutex::new(None);
    if cfg!(target_family = "wasm") {
        // There is no clock.
        return if bytes <= UNKNOWN { Ok(()) } else { Err(UNKNOWN) };
    }
    let mut budget = BUDGET.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if budget.as_mut().is_some_and(|budget| budget.grants(bytes)) {
        return Ok(());
    }
    let free = available();
    *budget = Some(Budget { at: Instant::now(), left: free.saturating_sub(bytes) });
    if bytes <= free { Ok(()) } else { Err(free) }
}

/// The number of bytes in a line such as `MemAvailable:  123 kB`.
fn kilobytes(text: &str, name: &str) -> Option<usize> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
}

/// What `ulimit -v` (all addresses) and `ulimit -d` (private data) leave.
fn limits(proc: &Path) -> Option<usize> {
    let limits = read_to_string(proc.join("self/limits")).ok()?;
    let soft = |name: &str| -> Option<usize> {
        limits.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
    };
    let limited = [(soft("Max address space"), "VmSize:"), (soft("Max data size"), "VmData:")];
    if limited.iter().all(|(limit, _)| limit.is_none()) {
        return None;
    }
    let status = read_to_string(proc.join("self/status")).ok()?;
    let left = |(limit, taken): (Option<usize>, &str)| Some(limit?.saturating_sub(kilobytes(&status, taken)?));
    limited.into_iter().filter_map(left).min()
}

/// A control group that may have a limit.
struct Group {
    folder: PathBuf,
    /// Names of the files: limit, use, and what `memory.stat` calls the cache that goes when memory is wanted.
    files: [&'static str; 3],
}

const VERSION_1: [&str; 3] = ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"];
const VERSION_2: [&str; 3] = ["memory.max", "memory.current", "inactive_file"];

impl Group {
    /// What the limit leaves; `None` without one.
    fn free(&self) -> Option<usize> {
        let [limit, usage, cache] = self.files;
        let number = |file: &str| read_to_string(self.folder.join(file)).ok()?.trim().parse::<usize>().ok();
        // Version 1 says "none" by a number near 2^63.
        let limit = number(limit).filter(|&limit| limit < usize::MAX / 8)?;
        let stat = read_to_string(self.folder.join("memory.stat")).unwrap_or_default();
        let cached = stat.lines().find_map(|line| line.strip_prefix(cache)?.trim().parse::<usize>().ok());
        Some(limit.saturating_sub(number(usage)?.saturating_sub(cached.unwrap_or(0))))
    }
}

/// The groups that this process is in, for memory, up to the root of what is mounted.
fn groups(proc: &Path) -> Vec<Group> {
    let read = |name: &str| read_to_string(proc.join(name)).unwrap_or_default();
    let (own, mounts) = (read("self/cgroup"), read("self/mountinfo"));
    let mut found = Vec::new();
    for mount in mounts.lines().filter_map(Mount::read) {
        // `hierarchy:controllers:path`; version 2 has neither number nor controllers.
        let path = own.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':').skip(1);
            let (controllers, path) = (parts.next()?, parts.next()?);
            let here = if mount.files == VERSION_2 {
                controllers.is_empty()
            } else {
                controllers.split(',').any(|controller| controller == "memory")
            };
            here.then_some(path)
        });
        let Some(path) = path else { continue };
        // What is mounted may be a group within (a container's): the rest of the path lies below it.
        let inside = path.strip_prefix(mount.root).unwrap_or("").trim_start_matches('/');
        let folder = Path::new(mount.point).join(inside);
        let up = folder.ancestors().take_while(|folder| folder.starts_with(mount.point));
        found.extend(up.map(|folder| Group { folder: folder.to_owned(), files: mount.files }));
    }
    found
}

/// A mounted hierarchy of control groups that count memory.
struct Mount<'a> {
    root: &'a str,
    point: &'a str,
    files: [&'static str; 3],
}

impl<'a> Mount<'a> {
    /// From a line of `mountinfo`: `id parent device root point options ... - type source options`.
    fn read(line: &'a str) -> Option<Self> {
        let (place, kind) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let (root, point) = (place.next()?, place.next()?);
        let mut kind = kind.split(' ');
        let files = match kind.next()? {
            "cgroup2" => VERSION_2,
            "cgroup" if kind.nth(1)?.split(',').any(|option| option == "memory") => VERSION_1,
            _ => return None,
        };
        Some(Mount { root: if root == "/" { "" } else { root }, point, files })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir_all, remove_dir_all, write};

    /// A folder of its own with these files, removed at the end.
    struct Tree(PathBuf);

    impl Tree {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let root = std::env::temp_dir().join(format!("fprinciple-memory-{}-{name}", std::process::id()));
            for (path, text) in files {
                let path = root.join(path);
                create_dir_all(path.parent().unwrap()).unwrap();
                write(path, text.replace("ROOT", root.to_str().unwrap())).unwrap();
            }
            Tree(root)
        }
        fn free(&self) -> Option<usize> {
            groups(&self.0).iter().filter_map(Group::free).min()
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_job_within_a_container_version_2() {
        // The job's own group has no limit, the one above it leaves 400 - (300 - 50), the root has no files.
        let tree = Tree::new(
            "v2",
            &[
                ("self/cgroup", "0::/job/step\n"),
                (
                    "self/mountinfo",
                    "31 23 0:28 / /sys rw - tmpfs tmpfs rw\n38 31 0:35 / ROOT/v2 rw - cgroup2 cgroup2 rw\n",
                ),
                ("v2/job/step/memory.max", "max\n"),
                ("v2/job/step/memory.current", "100\n"),
                ("v2/job/memory.max", "400\n"),
                ("v2/job/memory.current", "300\n"),
                ("v2/job/memory.stat", "anon 250\ninactive_file 50\n"),
            ],
        );
        assert_eq!(tree.free(), Some(150));
    }

    #[test]
    fn a_container_version_1() {
        // The mount shows the container's group as its root.
        let tree = Tree::new(
            "v1",
            &[
                ("self/cgroup", "5:cpu:/docker/7\n4:hugetlb,memory:/docker/7\n0::/\n"),
                (
                    "self/mountinfo",
                    "32 31 0:29 /docker/7 ROOT/cpu rw - cgroup cgroup rw,cpu\n\
                     35 31 0:32 /docker/7 ROOT/memory rw shared:1 - cgroup cgroup rw,hugetlb,memory\n",
                ),
                ("memory/memory.limit_in_bytes", "1000\n"),
                ("memory/memory.usage_in_bytes", "700\n"),
                ("memory/memory.stat", "inactive_file 1\ntotal_inactive_file 100\n"),
            ],
        );
        assert_eq!(tree.free(), Some(400));
    }

    #[test]
    fn no_limit_in_either_version() {
        let tree = Tree::new(
            "none",
            &[
                ("self/cgroup", "4:memory:/\n0::/\n"),
                (
                    "self/mountinfo",
                    "35 31 0:32 / ROOT/v1 rw - cgroup cgroup rw,memory\n38 31 0:35 / ROOT/v2 rw - cgroup2 cgroup2 rw\n",
                ),
                ("v1/memory.limit_in_bytes", "9223372036854771712\n"),
                ("v1/memory.usage_in_bytes", "700\n"),
                ("v2/memory.max", "max\n"),
            ],
        );
        assert_eq!(tree.free(), None);
    }

    #[test]
    fn what_ulimit_leaves() {
        let status = "VmPeak:\t 9 kB\nVmSize:\t 3 kB\nVmData:\t 1 kB\n";
        let limits = |space: &str, data: &str| {
            format!(
                "Limit                     Soft Limit           Hard Limit           Units\nMax data size             {data}            unlimited            bytes\nMax address space         {space}            unlimited            bytes\n"
            )
        };
        for (name, space, data, left) in [
            ("both", "4096", "2048", Some(1024)),
            ("space", "10240", "unlimited", Some(7168)),
            ("over", "1024", "unlimited", Some(0)),
            ("neither", "unlimited", "unlimited", None),
        ] {
            let tree = Tree::new(name, &[("self/limits", &limits(space, data)), ("self/status", status)]);
            assert_eq!(super::limits(&tree.0), left, "{name}");
        }
    }

    #[test]
    fn small_pieces_are_granted_without_another_look() {
        let mut budget = Budget { at: Instant::now(), left: 1000 };
        assert!(budget.grants(62) && budget.left == 938);
        assert!(!budget.grants(59) && budget.left == 938);
        let mut old = Budget { at: Instant::now() - Budget::LASTS, left: 1000 };
        assert!(!old.grants(1));
        assert!(afford(1).is_ok() && afford(usize::MAX).is_err_and(|free| free > 0));
    }

    #[test]
    fn this_machine_has_some() {
        assert!(available() > 1 << 20);
    }
}
