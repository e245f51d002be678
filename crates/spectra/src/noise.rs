//! What a nonlinearity makes of Gaussian noise.
//!
//! By Bussgang's theorem (1952) the output for a Gaussian input x is `gain x + mean + distortion`, the distortion being
//! uncorrelated with x, and `gain = <(y - <y>) (x - <x>)> / <(x - <x>)^2> = <f'(x)>`. For ReLU of unit noise the gain is 1/2
//! and the distortion holds `1 - (1/4) / (1/2 - 1/(2 pi)) = 26.7 %` of the output's variance.

use crate::check;
use base::{Error, Result};

/// The response in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseResponse {
    pub mean: f64,
    /// Of the part that follows the input.
    pub gain: f64,
    /// Share of the output's variance that does not.
    pub distortion: f64,
}

/// The linear part of `output` by `input` (as many samples), and what is left.
pub fn noise_response(input: &[f64], output: &[f64]) -> Result<NoiseResponse> {
    let n = input.len() as f64;
    if input.len() < 2 || output.len() != input.len() {
        return Err(Error::shape(format!(
            "output: expected as many samples as the input, at least 2, got {} and {}",
            output.len(),
            input.len()
        )));
    }
    check::finite("input", input)?;
    check::finite("output", output)?;
    let mean = |x: &[f64]| x.iter().sum::<f64>() / n;
    let (mx, my) = (mean(input), mean(output));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in input.iter().zip(output) {
        let (x, y) = (x - mx, y - my);
        (xx, xy, yy) = (xx + x * x, xy + x * y, yy + y * y);
    }
    if xx == 0.0 {
        return Err(Error::argument("input: expected samples that are not all equal"));
    }
    let distortion = if yy > 0.0 { (1.0 - xy * xy / (xx * yy)).max(0.0) } else { 0.0 };
    Ok(NoiseResponse { mean: my, gain: xy / xx, distortion })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn relu_and_the_identity() {
        let x = base::Random::new(3, base::Stream::Data(0)).normals(400_000);
        let same = noise_response(&x, &x).unwrap();
        assert!((same.gain - 1.0).abs() < 1e-14 && same.distortion < 1e-14);
        let y: Vec<f64> = x.iter().map(|x| x.max(0.0)).collect();
        let relu = noise_response(&x, &y).unwrap();
        // Four standard errors of the means of 400,000 samples.
        assert!((relu.gain - 0.5).abs() < 5e-3 && (relu.mean - (2.0 * PI).sqrt().recip()).abs() < 5e-3);
        assert!((relu.distortion - (1.0 - 0.25 / (0.5 - 0.5 / PI))).abs() < 5e-3);
        assert!(noise_response(&[1.0, 1.0], &[0.0, 1.0]).is_err() && noise_response(&[1.0], &[1.0]).is_err());
    }
}
