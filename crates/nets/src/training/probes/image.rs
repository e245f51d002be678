//! How far an image has been learnt: PSNR, and its spectrum by radius.

use super::target::rows;
use super::{Context, Measure, Output, Seen};
use base::{Control, Error, Result};
use spectra::image::{psnr, radial_spectrum};

pub struct Image {
    size: [usize; 2],
    target: Vec<f64>,
    channels: usize,
    rings: usize,
    peak: f64,
    threads: usize,
}

impl Image {
    pub fn new(context: &Context, samples: usize, size: [usize; 2], peak: f64) -> Result<Self> {
        let place = &context.place;
        if size[0].checked_mul(size[1]) != Some(samples) || samples == 0 {
            let expected = format!("a height and width whose product is the number of points, {samples}");
            return Err(Error::shape(format!("{place}.size: expected {expected}, got {size:?}")));
        }
        if !(peak.is_finite() && peak > 0.0) {
            return Err(Error::argument(format!("{place}.peak: expected a number above 0, got {peak}")));
        }
        let channels = context.network.output_size();
        let target = rows(context, samples, Output::Raw)?;
        let rings = size[0].min(size[1]) / 2 + 1;
        Ok(Image { size, target, channels, rings, peak, threads: context.threads })
    }
}

impl<T> Measure<T> for Image {
    fn fields(&self) -> Vec<(&'static str, Vec<usize>)> {
        vec![("psnr", vec![]), ("radial", vec![self.rings, self.channels])]
    }
    fn measure(&mut self, seen: &Seen<T>, _: &Control) -> Result<Vec<Vec<f64>>> {
        let mut radial = vec![0.0; self.rings * self.channels];
        for channel in 0..self.channels {
            let plane: Vec<f64> = seen.outputs[channel..].iter().step_by(self.channels).copied().collect();
            let profile = radial_spectrum(&plane, &self.size, self.threads)?;
            for (ring, amplitude) in profile.amplitude.into_iter().enumerate() {
                radial[ring * self.channels + channel] = amplitude;
            }
        }
        Ok(vec![vec![psnr(seen.outputs, &self.target, self.peak)?], radial])
    }
}
