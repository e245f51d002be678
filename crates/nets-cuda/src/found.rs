//! What of CUDA is on this machine, for people.

use crate::backend::Backend;
use crate::card::Card;
use crate::driver::{self, Driver};
use crate::nvrtc;

/// Each part as it was found, or why it is not there.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Whether a card can be used.
    pub available: bool,
    pub driver: String,
    pub card: String,
    pub nvrtc: String,
    /// Where NVRTC was looked for after the system's own places.
    pub looked: Vec<String>,
    /// What installs what is missing, a line each.
    pub install: Vec<String>,
}

/// The first card, if there is one that can be used.
pub fn card() -> Option<Card> {
    Driver::open("cuda").ok().map(|driver| driver.card().clone())
}

pub fn look() -> Found {
    let mut install = Vec::new();
    let version = driver::version();
    if version.is_err() {
        install.push("NVIDIA's driver: https://www.nvidia.com/drivers, or the distribution's package".to_owned());
    }
    let nvrtc = match nvrtc::load() {
        Ok(found) => {
            let (major, minor) = found.version;
            let folder = found.folder.map_or_else(String::new, |folder| format!(" in {}", folder.display()));
            format!("{major}.{minor}{folder}")
        }
        Err(_) => {
            install.push(nvrtc::INSTALL.to_owned());
            "not here".to_owned()
        }
    };
    let opened = Driver::open("cuda");
    let card = match &opened {
        Ok(driver) => {
            let Card { name, architecture, multiprocessors, memory, .. } = driver.card();
            format!("{name}, sm_{architecture}, {multiprocessors} multiprocessors, {} GiB", memory >> 30)
        }
        Err(error) => error.message.clone(),
    };
    Found {
        available: opened.is_ok(),
        driver: version.unwrap_or_else(|reason| reason),
        card,
        nvrtc,
        looked: nvrtc::folders().iter().map(|folder| folder.display().to_string()).collect(),
        install,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_comes_with_what_installs_it() {
        let found = look();
        assert!(!found.looked.is_empty() && !found.driver.is_empty());
        assert_eq!(found.nvrtc == "not here", found.install.iter().any(|line| line == nvrtc::INSTALL));
        assert!(found.available || found.card.contains("use 'cpu'"), "{found:?}");
    }
}
