//! The names that the formulas of a loss can use.

use crate::network::shapes::ResolvedNetwork;
use crate::network::spec::Coefficients;
use base::{Error, Result};

/// Of the inputs: as given, else `x`, or `x1`, `x2` and so on.
///
/// # Errors
/// `INVALID_SHAPE` for another number of them than the network has inputs.
pub fn inputs(given: Option<&[String]>, network: &ResolvedNetwork) -> Result<Vec<String>> {
    let count = network.input_size();
    match given {
        Some(names) if names.len() == count => Ok(names.to_vec()),
        Some(names) => {
            let (s, got) = (if count == 1 { "" } else { "s" }, names.len());
            Err(Error::shape(format!("loss.variables: expected {count} name{s}, one for each input, got {got}")))
        }
        None if count == 1 => Ok(vec!["x".to_owned()]),
        None => Ok((1..=count).map(|i| format!("x{i}")).collect()),
    }
}

/// Of the outputs: as given, else `u`.
///
/// # Errors
/// `INVALID_SHAPE` for another number of them than the network has outputs.
pub fn outputs(given: Option<&[String]>, network: &ResolvedNetwork) -> Result<Vec<String>> {
    let count = network.output_size();
    let names = given.map_or_else(|| vec!["u".to_owned()], <[String]>::to_vec);
    if names.len() == count {
        return Ok(names);
    }
    let (s, got) = (if count == 1 { "" } else { "s" }, names.len());
    Err(Error::shape(format!("loss.outputs: expected {count} name{s}, one for each output, got {got}")))
}

/// That formulas can use these names, and that coefficients have others.
///
/// # Errors
/// `INVALID_ARGUMENT` naming the one that they cannot.
pub fn distinct(names: &[&str], coefficients: &Coefficients) -> Result<()> {
    for (place, name) in names.iter().enumerate() {
        if !expressions::is_free(name) {
            let expected = "expected names of letters and digits that are no function or constant";
            return Err(Error::argument(format!("loss: {expected}, got {name:?}")));
        }
        if names[..place].contains(name) {
            return Err(Error::argument(format!("loss: expected different names, got {name:?} twice")));
        }
    }
    coefficients.clear_of(names).map_err(|message| Error::argument(format!("loss.{message}")))
}
