//! Colour maps: viridis and cividis (perceptually uniform, readable by the colour-blind), gray, and a diverging one.
//!
//! A map is a list of sRGB stops, equally spaced and interpolated linearly in sRGB. Viridis and cividis are sampled from
//! matplotlib's tables (CC0), at the same stops as Vega's schemes of these names, so that a Vega legend matches a raster.

use base::{Error, Result};

/// How a number between 0 and 1 becomes a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorMap {
    Viridis,
    Cividis,
    Gray,
    /// Blue through near-white to vermillion, for values around a middle.
    Diverging,
}

/// More colours than there are.
pub const MOST_SAMPLES: usize = 1 << 24;

const VIRIDIS: &str = "440154470e61481a6c482575472f7d443a834144873d4e8a39568c35608d31688e2d708e2a788e27818e23888e21918d1f988b1fa08822a8842ab07f35b77943bf7154c56866cc5d7ad1518fd744a5db36bcdf27d2e21be9e51afde725";
const CIVIDIS: &str = "00205100235800265d002961012b65042e670831690d346b11366c16396d1c3c6e213f6e26426e2c456e31476e374a6e3c4d6e42506e47536d4c566d51586e555b6e5a5e6e5e616e62646f66676f6a6a706e6d717270717573727976737c79747f7c75827f758682768985778c8877908b78938e789691789a94789e9778a19b78a59e77a9a177aea575b2a874b6ab73bbaf71c0b26fc5b66dc9b96acebd68d3c065d8c462ddc85fe2cb5ce7cf58ebd355f0d652f3da4ff7de4cfae249fce647";
const GRAY: &str = "000000ffffff";
const DIVERGING: &str = "0072b2f7f7f7d55e00";

impl ColorMap {
    /// The map of that name: `viridis`, `cividis`, `gray` or `diverging`.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "viridis" => Ok(ColorMap::Viridis),
            "cividis" => Ok(ColorMap::Cividis),
            "gray" => Ok(ColorMap::Gray),
            "diverging" => Ok(ColorMap::Diverging),
            _ => Err(Error::argument(format!(
                "colorMap: expected \"viridis\", \"cividis\", \"gray\" or \"diverging\", got {name:?}"
            ))),
        }
    }

    fn stops(self) -> &'static str {
        match self {
            ColorMap::Viridis => VIRIDIS,
            ColorMap::Cividis => CIVIDIS,
            ColorMap::Gray => GRAY,
            ColorMap::Diverging => DIVERGING,
        }
    }

    /// The colour at `t`; values outside [0, 1] take the end's.
    pub fn at(self, t: f64) -> [u8; 3] {
        let stops = self.stops();
        let last = stops.len() / 6 - 1;
        let position = t.clamp(0.0, 1.0) * last as f64;
        let left = (position as usize).min(last.saturating_sub(1));
        let share = position - left as f64;
        let (a, b) = (stop(stops, left), stop(stops, (left + 1).min(last)));
        std::array::from_fn(|i| (a[i] as f64 + (b[i] as f64 - a[i] as f64) * share).round() as u8)
    }

    /// `count` colours equally spaced from one end to the other, as for a legend.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for more than [`MOST_SAMPLES`].
    pub fn samples(self, count: usize) -> Result<Vec<[u8; 3]>> {
        if count > MOST_SAMPLES {
            return Err(Error::argument(format!("count: expected at most {MOST_SAMPLES} colours, got {count}")));
        }
        Ok((0..count).map(|i| self.at(i as f64 / (count.max(2) - 1) as f64)).collect())
    }
}

fn stop(stops: &str, index: usize) -> [u8; 3] {
    let channel = |i: usize| u8::from_str_radix(&stops[6 * index + 2 * i..][..2], 16).unwrap_or(0);
    [channel(0), channel(1), channel(2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ColorMap; 4] = [ColorMap::Viridis, ColorMap::Cividis, ColorMap::Gray, ColorMap::Diverging];

    #[test]
    fn ends_and_middles() {
        // matplotlib's first and last colours of the two maps.
        assert_eq!(ColorMap::Viridis.at(0.0), [0x44, 0x01, 0x54]);
        assert_eq!(ColorMap::Viridis.at(1.0), [0xfd, 0xe7, 0x25]);
        assert_eq!(ColorMap::Cividis.at(0.0), [0x00, 0x20, 0x51]);
        assert_eq!(ColorMap::Gray.at(0.5), [128, 128, 128]);
        assert_eq!(ColorMap::Diverging.at(0.5), [0xf7, 0xf7, 0xf7]);
    }

    #[test]
    fn outside_takes_the_end() {
        for map in ALL {
            assert_eq!(map.at(-3.0), map.at(0.0));
            assert_eq!(map.at(7.0), map.at(1.0));
        }
    }

    #[test]
    fn sequential_maps_brighten() {
        let luminance = |c: [u8; 3]| 0.2126 * c[0] as f64 + 0.7152 * c[1] as f64 + 0.0722 * c[2] as f64;
        for map in [ColorMap::Viridis, ColorMap::Cividis, ColorMap::Gray] {
            let samples = map.samples(33).unwrap();
            assert!(samples.windows(2).all(|w| luminance(w[0]) < luminance(w[1])), "{map:?}");
        }
    }

    #[test]
    fn unknown_name_is_refused() {
        assert!(ColorMap::named("jet").unwrap_err().message.contains("jet"));
    }

    #[test]
    fn too_many_colours_are_refused() {
        assert_eq!(ColorMap::Gray.samples(3).unwrap(), [[0; 3], [128; 3], [255; 3]]);
        assert_eq!(ColorMap::Gray.samples(0).unwrap(), [[0; 3]; 0]);
        for count in [MOST_SAMPLES + 1, usize::MAX] {
            assert!(ColorMap::Gray.samples(count).unwrap_err().message.starts_with("count:"));
        }
    }
}
