//! Arrays to PNG images with a colour map, for heat maps and pictures too large to draw cell by cell; and the other way
//! round: pictures of every kind into arrays ([`decode`]), and surfaces, which [`voxels`] fills.
//!
//! [`encode`] takes a row-major array `[height, width]` or `[height, width, 3]`, values between `low` and `high`, and
//! gives the bytes of a PNG. A picture may be resampled on the way by naming, for every output row and column, the
//! input row and column it shows: that is how cells are enlarged without blur and how a logarithmic axis is drawn.

#![forbid(unsafe_code)]

pub mod color;
mod decode;
mod encode;
mod jpeg;
mod voxels;

pub use color::ColorMap;
pub use decode::{Channels, Decoded, MAX_DECODED_PIXELS, decode};
pub use encode::{Picture, encode};
pub use voxels::voxels;
