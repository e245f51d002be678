//! The windows of images as tensors: for every place in the window, the values that stand there in all windows.
//!
//! Made of zeros put around, slices and reshapes, whose gradients are exact for any stride and padding. (candle's own
//! pools have none unless stride equals size, its convolution has one stride and one padding for both axes.)

use candle_core::{Result, Tensor};

/// The windows of one axis: how long they are, how far apart, how many, and the zeros before the axis.
#[derive(Debug, Clone, Copy)]
pub struct Windows {
    pub size: usize,
    pub stride: usize,
    pub count: usize,
    pub before: usize,
}

impl Windows {
    /// Values needed so that every slice of `count * stride` values lies inside.
    fn length(self) -> usize {
        self.size - 1 + self.count * self.stride
    }
}

/// `size_h * size_w` tensors `[n, count_h, count_w, c]`, row by row of the window, of `images [n, h, w, c]`.
pub fn places(images: &Tensor, vertical: Windows, horizontal: Windows) -> Result<Vec<Tensor>> {
    let images = fitted(&fitted(images, 1, vertical)?, 2, horizontal)?;
    let mut places = Vec::with_capacity(vertical.size * horizontal.size);
    for row in 0..vertical.size {
        let rows = strided(&images, 1, row, vertical)?;
        for column in 0..horizontal.size {
            places.push(strided(&rows, 2, column, horizontal)?);
        }
    }
    Ok(places)
}

/// The axis with its zeros before it, cut or filled with zeros to the length that slices need.
fn fitted(images: &Tensor, axis: usize, windows: Windows) -> Result<Tensor> {
    let have = windows.before + images.dim(axis)?;
    let after = windows.length().saturating_sub(have);
    images.pad_with_zeros(axis, windows.before, after)?.narrow(axis, 0, windows.length())
}

/// Every `stride`-th value from `start` on.
fn strided(images: &Tensor, axis: usize, start: usize, windows: Windows) -> Result<Tensor> {
    let Windows { stride, count, .. } = windows;
    let slice = images.narrow(axis, start, count * stride)?;
    if stride == 1 {
        return Ok(slice);
    }
    let mut dims = slice.dims().to_vec();
    dims[axis] = count;
    dims.insert(axis + 1, stride);
    slice.reshape(dims)?.narrow(axis + 1, 0, 1)?.squeeze(axis + 1)
}
