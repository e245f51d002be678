//! Arrays to PNG images with a colour map, for heat maps and pictures too large to draw cell by cell; and the other way
//! round for surfaces, which [`voxels`] fills into an array.
//!
//! [`encode`] takes a row-major array `[height, width]` or `[height, width, 3]`, values between `low` and `high`, and
//! gives the bytes of a PNG. A picture may be resampled on the way by naming, for every output row and column, the
//! input row and column it shows: that is how cells are enlarged without blur and how a logarithmic axis is drawn.

pub mod color;
mod encode;
mod voxels;

pub use color::ColorMap;
pub use encode::{Picture, encode};
pub use voxels::voxels;
