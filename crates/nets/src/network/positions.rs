//! Sinusoidal codes of positions (Vaswani et al. 2017, section 3.5).

use base::elementary::{exp, ln, sin_cos};

/// `[tokens, features]`, row-major: `sin(t / 10000^(2i/features))` in column 2i, the cosine in column 2i + 1.
pub fn sinusoidal(tokens: usize, features: usize) -> Vec<f64> {
    let code = |t: usize, i: usize| {
        let angle = t as f64 * exp(-ln(10_000.0) * (i - i % 2) as f64 / features as f64);
        let (sin, cos) = sin_cos(angle);
        if i.is_multiple_of(2) { sin } else { cos }
    };
    (0..tokens).flat_map(|t| (0..features).map(move |i| code(t, i))).collect()
}
