//! How the values of a chunk lie in memory.
//!
//! A block holds, for every sample of a chunk, `tokens` rows of `width` numbers (an image is one row of channels x
//! height x width), `lead` numbers from a row to the next. What every operation may rely on and must keep:
//! - in a block of **values**, column `width` is 1 (0 in the rows of a jet's derivatives): it carries the bias;
//!   the columns after it hold anything finite;
//! - in a block of **gradients**, the columns from `width` up to the next whole vector are 0.

use compute::Scalar;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Rows of one sample: 1, or the length of a sequence.
    pub tokens: usize,
    pub width: usize,
    pub lead: usize,
}

impl Block {
    /// The block for samples of `shape`: `[features]`, `[tokens, features]` or `[channels, height, width]`.
    pub fn new<T: Scalar>(shape: &[usize]) -> Self {
        let (tokens, width) = match shape {
            [tokens, features] => (*tokens, *features),
            _ => (1, shape.iter().product()),
        };
        let mut lead = (width + 1).next_multiple_of(T::LANES);
        // Rows a power of two apart fall into the same few sets of a cache.
        if (lead * size_of::<T>()).is_multiple_of(512) {
            lead += T::LANES;
        }
        Block { tokens, width, lead }
    }

    /// Numbers from a sample to the next.
    pub fn sample(&self) -> usize {
        self.tokens * self.lead
    }

    /// `width` in whole vectors.
    pub fn padded<T: Scalar>(&self) -> usize {
        self.width.next_multiple_of(T::LANES)
    }

    /// Values of one sample, without padding.
    pub fn size(&self) -> usize {
        self.tokens * self.width
    }

    /// Writes `x` into column `width` of all rows.
    pub fn set_column<T: Scalar>(&self, values: &mut [T], x: T) {
        for row in values.chunks_exact_mut(self.lead) {
            row[self.width] = x;
        }
    }

    /// Clears the columns after `width` up to a whole vector in the rows of `gradients`.
    pub fn clear_padding<T: Scalar>(&self, gradients: &mut [T]) {
        let padded = self.padded::<T>();
        if padded > self.width {
            for row in gradients.chunks_exact_mut(self.lead) {
                row[self.width..padded].fill(T::ZERO);
            }
        }
    }

    /// Copies rows without padding (row-major) into the block.
    pub fn pack<T: Scalar>(&self, from: &[T], into: &mut [T]) {
        for (row, values) in into.chunks_exact_mut(self.lead).zip(from.chunks_exact(self.width)) {
            row[..self.width].copy_from_slice(values);
            row[self.width] = T::ONE;
        }
    }

    /// The inverse of [`pack`](Self::pack).
    pub fn unpack<T: Scalar>(&self, from: &[T], into: &mut [T]) {
        for (row, values) in from.chunks_exact(self.lead).zip(into.chunks_exact_mut(self.width)) {
            values.copy_from_slice(&row[..self.width]);
        }
    }
}
