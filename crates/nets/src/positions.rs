//! Sinusoidal codes of positions (Vaswani et al. 2017, section 3.5).

/// `[tokens, features]`, row-major: `sin(t / 10000^(2i/features))` in column 2i, the cosine in column 2i + 1.
pub fn sinusoidal(tokens: usize, features: usize) -> Vec<f64> {
    let code = |t: usize, i: usize| {
        let angle = t as f64 / 10000f64.powf((i - i % 2) as f64 / features as f64);
        if i.is_multiple_of(2) { angle.sin() } else { angle.cos() }
    };
    (0..tokens).flat_map(|t| (0..features).map(move |i| code(t, i))).collect()
}
