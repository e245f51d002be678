//! At which steps something is recorded.

use base::{Error, Result};
use serde::Deserialize;

/// `{ every: n }`, `{ at: [steps] }` or `{ log: count }`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Record {
    /// Steps 0, n, 2n, ...
    Every(u64),
    At(Vec<u64>),
    /// Step 0 and up to `count` steps that are spaced evenly in their logarithm, up to the last.
    Log(u64),
}

impl Record {
    /// The recorded steps among `from .. to`, ascending. (The state after the last one is recorded as well.)
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a count of 0 or a step past the end.
    pub fn steps(&self, from: u64, to: u64) -> Result<Vec<u64>> {
        let mut steps = match self {
            Record::Every(0) | Record::Log(0) => {
                return Err(Error::argument("record: expected a positive integer, got 0"));
            }
            Record::Every(n) => {
                (from.next_multiple_of(*n)..to).step_by(usize::try_from(*n).unwrap_or(usize::MAX)).collect()
            }
            Record::At(steps) => {
                if let Some(late) = steps.iter().find(|&&step| step > to) {
                    return Err(Error::argument(format!("record.at: expected steps up to {to}, got {late}")));
                }
                steps.clone()
            }
            Record::Log(count) => {
                let span = (to - from).max(1) as f64;
                let spread = |i: u64| span.powf(i as f64 / (*count - 1).max(1) as f64).round() as u64;
                std::iter::once(from).chain((0..*count).map(|i| from + spread(i))).collect()
            }
        };
        steps.sort_unstable();
        steps.dedup();
        steps.retain(|step| (from..to).contains(step));
        Ok(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms() {
        assert_eq!(Record::Every(3).steps(0, 10).unwrap(), [0, 3, 6, 9]);
        assert_eq!(Record::Every(3).steps(4, 10).unwrap(), [6, 9]);
        assert_eq!(Record::At(vec![5, 1, 1, 10]).steps(0, 10).unwrap(), [1, 5]);
        assert_eq!(Record::Log(4).steps(0, 1000).unwrap(), [0, 1, 10, 100]);
        assert_eq!(Record::Log(1).steps(0, 5).unwrap(), [0, 1]);
        assert_eq!(Record::Log(50).steps(0, 5).unwrap(), [0, 1, 2, 3, 4]);
        assert!(Record::At(vec![11]).steps(0, 10).unwrap_err().message.contains("got 11"));
        assert!(Record::Every(0).steps(0, 10).is_err());
        assert_eq!(serde_json::from_str::<Record>(r#"{ "every": 5 }"#).unwrap(), Record::Every(5));
        assert!(serde_json::from_str::<Record>(r#"{ "every": -5 }"#).is_err());
    }
}
