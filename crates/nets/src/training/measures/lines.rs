//! Points along a line through each sample: where a network's response is looked at in one direction.

use base::{Error, Result};

/// `x_i + t_j d_i`, `[n, offsets, size]`, for samples `x` and directions `d`, both `[n, size]`.
///
/// # Errors
/// `INVALID_SHAPE` for samples and directions of different length, or no offsets.
pub fn along_lines(x: &[f64], directions: &[f64], size: usize, offsets: &[f64]) -> Result<Vec<f64>> {
    if x.len() != directions.len() || offsets.is_empty() || size == 0 {
        return Err(Error::shape(format!(
            "directions: expected the samples' {} values and at least one offset, got {} and {}",
            x.len(),
            directions.len(),
            offsets.len()
        )));
    }
    let numbers = base::memory::product(&[x.len(), offsets.len()]);
    base::memory::check("offsets", base::memory::bytes::<f64>(&[2, numbers]), None)?;
    let lines = x.chunks_exact(size).zip(directions.chunks_exact(size));
    Ok(lines
        .flat_map(|(x, d)| offsets.iter().flat_map(move |t| x.iter().zip(d).map(move |(x, d)| x + t * d)))
        .collect())
}
