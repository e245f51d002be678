//! How well an image matches another, and its spectrum by radius and by angle.

use crate::check;
use crate::fft::{Norm, rfft};
use crate::real::Real;
use base::{Error, Result};

/// Peak signal-to-noise ratio in decibels, `10 log10(peak^2 / mse)`; infinite for equal images.
pub fn psnr<T: Real>(image: &[T], reference: &[T], peak: f64) -> Result<f64> {
    check::positive("peak", peak)?;
    if image.is_empty() || image.len() != reference.len() {
        let (a, b) = (image.len(), reference.len());
        return Err(Error::shape(format!("image: expected as many values as the reference has ({b}), got {a}")));
    }
    check::finite("image", image)?;
    check::finite("reference", reference)?;
    let sum: f64 = image.iter().zip(reference).map(|(a, b)| (a.wide() - b.wide()).powi(2)).sum();
    Ok(10.0 * (peak * peak * image.len() as f64 / sum).log10())
}

/// A 2D spectrum averaged over rings or sectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Centre of each bin: cycles per pixel for rings, radians in [0, pi) for sectors.
    pub position: Vec<f64>,
    /// Root of the mean of `|X|^2` over the bin, X divided by the number of pixels (a unit cosine has 1/2 at its two points).
    pub amplitude: Vec<f64>,
    /// Mean of `|X|^2` over the bin.
    pub power: Vec<f64>,
    /// Frequencies in the bin.
    pub count: Vec<f64>,
}

/// Visits every frequency of a real array's spectrum: `visit(f, |X / values|^2)`, f by axis in cycles per sample, both
/// signs.
fn spectrum<T: Real>(image: &[T], size: &[usize], threads: usize, mut visit: impl FnMut(&[f64], f64)) -> Result<()> {
    let (x, shape) = rfft("image", image, size, size.len(), Norm::Forward, threads)?;
    let last = size.len() - 1;
    let mut f = vec![0.0; size.len()];
    for (i, (re, im)) in x.re.iter().zip(&x.im).enumerate() {
        let mut rest = i;
        for axis in (0..size.len()).rev() {
            let (n, k) = (size[axis], rest % shape[axis]);
            rest /= shape[axis];
            f[axis] = if 2 * k < n || axis == last { k as f64 } else { k as f64 - n as f64 } / n as f64;
        }
        let power = re.wide().powi(2) + im.wide().powi(2);
        visit(&f, power);
        // The mirror image of a frequency that the half spectrum leaves out.
        let k = i % shape[last];
        if k > 0 && 2 * k != size[last] {
            f.iter_mut().for_each(|v| *v = -*v);
            visit(&f, power);
        }
    }
    Ok(())
}

fn profile(position: Vec<f64>, sums: Vec<(f64, f64)>) -> Profile {
    let power: Vec<f64> = sums.iter().map(|(sum, count)| if *count > 0.0 { sum / count } else { 0.0 }).collect();
    Profile {
        position,
        amplitude: power.iter().map(|p| p.sqrt()).collect(),
        power,
        count: sums.iter().map(|(_, count)| *count).collect(),
    }
}

/// Spectrum by radius, in any number of dimensions. With m the shortest side, ring r = 0..=m/2 holds the frequencies whose length, times m, rounds to r; its
/// centre is r/m cycles per pixel. Frequencies beyond the last ring (the corners) are left out.
pub fn radial_spectrum<T: Real>(image: &[T], size: &[usize], threads: usize) -> Result<Profile> {
    check::filled("image", image.len(), size)?;
    let Some(&m) = size.iter().min() else { return Err(Error::shape("image: expected at least one axis".to_owned())) };
    let mut sums = vec![(0.0, 0.0); m / 2 + 1];
    spectrum(image, size, threads, |f, power| {
        let ring = (f.iter().map(|v| v * v).sum::<f64>().sqrt() * m as f64).round() as usize;
        if let Some(sum) = sums.get_mut(ring) {
            sum.0 += power;
            sum.1 += 1.0;
        }
    })?;
    Ok(profile((0..sums.len()).map(|r| r as f64 / m as f64).collect(), sums))
}

/// Spectrum by direction, over `sectors` equal sectors of the half turn (a direction and its opposite are one); frequency
/// zero belongs to none. Angle 0 is a variation along x.
pub fn angular_spectrum<T: Real>(image: &[T], size: [usize; 2], sectors: usize, threads: usize) -> Result<Profile> {
    check::filled("image", image.len(), &size)?;
    check::room("sectors", &[sectors], 10)?;
    let width = std::f64::consts::PI / sectors as f64;
    let mut sums = vec![(0.0, 0.0); sectors];
    spectrum(image, &size, threads, |f, power| {
        let (fy, fx) = (f[0], f[1]);
        if fy != 0.0 || fx != 0.0 {
            // Sectors are centred on their position: the first one around angle 0.
            let sector = (fy.atan2(fx).rem_euclid(std::f64::consts::PI) / width).round() as usize % sectors;
            sums[sector].0 += power;
            sums[sector].1 += 1.0;
        }
    })?;
    Ok(profile((0..sectors).map(|s| s as f64 * width).collect(), sums))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_lies_on_its_ring_and_in_its_sector() {
        let (h, w) = (32, 32);
        let image: Vec<f64> = (0..h * w)
            .map(|i| {
                1.0 + (std::f64::consts::TAU * (3 * (i / w)) as f64 / 32.0
                    + std::f64::consts::TAU * (3 * (i % w)) as f64 / 32.0)
                    .cos()
            })
            .collect();
        let radial = radial_spectrum(&image, &[h, w], 1).unwrap();
        assert_eq!(radial.position.len(), 17);
        // 3 sqrt 2 = 4.24 cycles an image: ring 4, with two points of power 1/4 each.
        assert!((radial.power[0] - 1.0).abs() < 1e-14);
        assert!((radial.power[4] * radial.count[4] - 0.5).abs() < 1e-14);
        assert!(radial.power.iter().enumerate().all(|(r, p)| r == 0 || r == 4 || *p < 1e-28));
        let angular = angular_spectrum(&image, [h, w], 4, 1).unwrap();
        assert!((angular.power[1] * angular.count[1] - 0.5).abs() < 1e-14 && angular.power[3] < 1e-28);
        // Every frequency but the corners is in some ring.
        assert!(radial.count.iter().sum::<f64>() < 1024.0 && angular.count.iter().sum::<f64>() == 1023.0);
    }

    #[test]
    fn a_wave_in_space_lies_in_its_shell() {
        // cos 2 pi (2 x + 1 y + 2 z): length 3, in a box of 8 x 6 x 9, whose shortest side is 6.
        let size = [8usize, 6, 9];
        let volume: Vec<f64> = (0..size.iter().product())
            .map(|i| {
                let (x, y, z) = (i / 54, i / 9 % 6, i % 9);
                (std::f64::consts::TAU * (2.0 * x as f64 / 8.0 + y as f64 / 6.0 + 2.0 * z as f64 / 9.0)).cos()
            })
            .collect();
        let length = (0.25f64.powi(2) + (1.0f64 / 6.0).powi(2) + (2.0f64 / 9.0).powi(2)).sqrt();
        let shell = (length * 6.0).round() as usize;
        let radial = radial_spectrum(&volume, &size, 1).unwrap();
        assert!((radial.power[shell] * radial.count[shell] - 0.5).abs() < 1e-13);
        assert!(radial.power.iter().enumerate().all(|(r, p)| r == shell || *p < 1e-28));
    }

    #[test]
    fn psnr_of_a_known_error() {
        let (a, b) = ([0.0f32, 1.0, 0.5, 0.5], [0.1f32, 0.9, 0.6, 0.4]);
        assert!((psnr(&a, &b, 1.0).unwrap() - 20.0).abs() < 1e-5);
        assert_eq!(psnr(&a, &a, 1.0).unwrap(), f64::INFINITY);
        assert!(psnr(&a, &b[..2], 1.0).is_err() && psnr(&a, &b, 0.0).is_err());
        assert!(radial_spectrum(&a, &[3, 2], 1).is_err() && radial_spectrum::<f64>(&[], &[0, 2], 1).is_err());
    }
}
