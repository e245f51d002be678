//! At which steps something is recorded.

use base::elementary::{exp, ln};
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
    /// Which of the steps `from .. to` are recorded. (The state after the last one is recorded as well.)
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a count of 0 or a step past the end, `OVER_MEMORY_LIMIT` for a list that is too long.
    pub fn due(&self, from: u64, to: u64) -> Result<Due> {
        let mut steps = match self {
            Record::Every(0) | Record::Log(0) => {
                return Err(Error::argument("record: expected a positive integer, got 0"));
            }
            Record::Every(n) => return Ok(Due::Every(*n)),
            Record::At(steps) => {
                if let Some(late) = steps.iter().find(|&&step| step > to) {
                    return Err(Error::argument(format!("record.at: expected steps up to {to}, got {late}")));
                }
                steps.clone()
            }
            Record::Log(count) => {
                let span = (to - from).max(1) as f64;
                // So many steps lie less than one apart even at the end: none is left out.
                if *count as f64 > span * ln(span) + 1.0 && *count > 1 {
                    return Ok(Due::Every(1));
                }
                let bytes = usize::try_from(*count).unwrap_or(usize::MAX).saturating_mul(size_of::<u64>());
                base::memory::check("record.log", bytes, None)?;
                let spread = |i: u64| exp(ln(span) * i as f64 / (*count - 1).max(1) as f64).round() as u64;
                std::iter::once(from).chain((0..*count).map(|i| from + spread(i))).collect()
            }
        };
        steps.sort_unstable();
        steps.dedup();
        Ok(Due::At(steps))
    }
}

/// The steps that are recorded: a rule where there is one, since a training may have more steps than fit into a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Due {
    /// The multiples of a number.
    Every(u64),
    /// Ascending.
    At(Vec<u64>),
}

impl Due {
    /// How many of the steps `from .. to` are recorded.
    pub fn count(&self, from: u64, to: u64) -> u64 {
        match self {
            Due::Every(n) => to.div_ceil(*n).saturating_sub(from.div_ceil(*n)),
            Due::At(steps) => {
                let before = |end: u64| steps.partition_point(|&step| step < end);
                before(to).saturating_sub(before(from)) as u64
            }
        }
    }

    /// Whether `step` is recorded.
    pub fn at(&self, step: u64) -> bool {
        match self {
            Due::Every(n) => step.is_multiple_of(*n),
            Due::At(steps) => steps.binary_search(&step).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(record: &Record, from: u64, to: u64) -> Vec<u64> {
        let due = record.due(from, to).unwrap();
        (from..to).filter(|&step| due.at(step)).collect()
    }

    #[test]
    fn the_three_forms() {
        assert_eq!(steps(&Record::Every(3), 0, 10), [0, 3, 6, 9]);
        assert_eq!(steps(&Record::Every(3), 4, 10), [6, 9]);
        assert_eq!(steps(&Record::At(vec![5, 1, 1, 10]), 0, 10), [1, 5]);
        assert_eq!(steps(&Record::Log(4), 0, 1000), [0, 1, 10, 100]);
        assert_eq!(steps(&Record::Log(4), 7, 1007), [7, 8, 17, 107]);
        assert_eq!(steps(&Record::Log(1), 0, 5), [0, 1]);
        assert_eq!(steps(&Record::Log(1), 0, 1), [0]);
        assert_eq!(steps(&Record::Log(50), 0, 5), [0, 1, 2, 3, 4]);
        assert!(Record::At(vec![11]).due(0, 10).unwrap_err().message.contains("got 11"));
        assert!(Record::Every(0).due(0, 10).is_err());
    }

    #[test]
    fn they_are_counted_without_a_list() {
        for record in [Record::Every(1), Record::Every(3), Record::At(vec![0, 5, 7, 9, 10]), Record::Log(6)] {
            for (from, to) in [(0, 10), (3, 10), (4, 7), (9, 10), (0, 1)] {
                let due = record.due(0, 10).unwrap();
                let counted = (from..to).filter(|&step| due.at(step)).count() as u64;
                assert_eq!(due.count(from, to), counted, "{record:?} {from}..{to}");
            }
        }
        assert_eq!(Due::Every(1).count(0, 1 << 60), 1 << 60);
    }

    #[test]
    fn a_number_of_steps_that_fits_into_no_list() {
        let most = 1 << 60;
        assert!(Record::Every(1).due(0, most).unwrap().at(most - 1));
        assert!(Record::Log(most).due(0, 1000).unwrap().at(999));
        let too_long = Record::Log(most).due(0, most).unwrap_err();
        assert_eq!(too_long.code, base::Code::OverMemoryLimit);
    }

    #[test]
    fn json() {
        assert_eq!(serde_json::from_str::<Record>(r#"{ "every": 5 }"#).unwrap(), Record::Every(5));
        assert!(serde_json::from_str::<Record>(r#"{ "every": -5 }"#).is_err());
    }
}
