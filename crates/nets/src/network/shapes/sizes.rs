//! How many windows fit: the sizes of convolutions and pools.

use crate::network::spec::{Conv2d, Padding, Pair};

/// Windows of `kernel` at `stride` in `size` values: floor((size - kernel) / stride) + 1; `None` if not even one fits.
pub fn windows(size: usize, kernel: usize, stride: usize) -> Option<usize> {
    (kernel > 0 && stride > 0 && size >= kernel).then(|| (size - kernel) / stride + 1)
}

/// The zeros before and after an axis that make a convolution give ceil(size / stride) values.
pub fn same_padding(size: usize, kernel: usize, stride: usize) -> (usize, usize) {
    let total = ((size.div_ceil(stride) - 1) * stride + kernel).saturating_sub(size);
    (total / 2, total - total / 2)
}

/// Height and width after a convolution, and the zeros above, below, left and right; `None` if the kernel does not fit.
pub fn convolved(conv: &Conv2d, height: usize, width: usize) -> Option<([usize; 2], [usize; 4])> {
    let Pair(stride_h, stride_w) = conv.stride;
    let Pair(kernel_h, kernel_w) = conv.kernel;
    let (vertical, horizontal) = match conv.padding {
        Padding::Zeros(Pair(h, w)) => ((h, h), (w, w)),
        Padding::Same => (same_padding(height, kernel_h, stride_h), same_padding(width, kernel_w, stride_w)),
    };
    let rows = windows(height.checked_add(vertical.0.checked_add(vertical.1)?)?, kernel_h, stride_h)?;
    let columns = windows(width.checked_add(horizontal.0.checked_add(horizontal.1)?)?, kernel_w, stride_w)?;
    Some(([rows, columns], [vertical.0, vertical.1, horizontal.0, horizontal.1]))
}
