//! How the values of a chunk lie in memory.
//!
//! A block holds, for every sample of a chunk, `tokens` rows of `width` numbers (an image is one row of channels x
//! height x width), `lead` numbers from a row to the next. What every operation may rely on and must keep:
//! - in a block of **values**, column `width` is 1 (0 in the rows of a jet's derivatives): it carries the bias;
//!   the columns after it hold anything finite;
//! - in a block of **gradients**, the columns from `width` up to the next whole half of a vector are 0.

use compute::{Lanes, Scalar};

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
        // Long rows begin where a vector does: none of theirs lies in two cache lines.
        let part = if width > T::PANEL { T::PANEL } else { T::HALF };
        Block { tokens, width, lead: spaced::<T>(width + 1, part) }
    }

    /// Numbers from a sample to the next.
    pub fn sample(&self) -> usize {
        self.tokens * self.lead
    }

    /// [`sample`](Self::sample) where rows begin at any half of a vector. Plans count with these: what aligns rows is no
    /// reason for other chunks, which have other sums.
    pub fn closest<T: Scalar>(&self) -> usize {
        self.tokens * spaced::<T>(self.width + 1, T::HALF)
    }

    /// `width` in whole halves of vectors.
    pub fn padded<T: Scalar>(&self) -> usize {
        self.width.next_multiple_of(T::HALF)
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

    /// Clears the columns after `width` up to a whole half of a vector in the rows of `gradients`.
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

/// Numbers from a row of at least `least` to the next, in whole `part`s.
fn spaced<T: Scalar>(least: usize, part: usize) -> usize {
    let lead = least.next_multiple_of(part);
    // Rows a power of two apart fall into the same few sets of a cache.
    if (lead * size_of::<T>()).is_multiple_of(512) { lead + part } else { lead }
}

/// A vector's numbers within a block: side by side, or half of it at the end of each of two rows.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    Whole(usize),
    Halves(usize, usize),
}

impl Place {
    /// # Safety
    /// `from` is the start of a block of rows, or of what is as long, that the place belongs to.
    #[inline(always)]
    pub unsafe fn load<V: Lanes>(self, from: *const V::Elem) -> V {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Place::Whole(at) => V::load_from(from.add(at)),
                Place::Halves(low, high) => V::load_halves(from.add(low), from.add(high)),
            }
        }
    }

    /// # Safety
    /// As for `load`.
    #[inline(always)]
    pub unsafe fn store<V: Lanes>(self, vector: V, to: *mut V::Elem) {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Place::Whole(at) => vector.store_to(to.add(at)),
                Place::Halves(low, high) => vector.store_halves(to.add(low), to.add(high)),
            }
        }
    }
}

/// What is done with each vector of a block. Mark `visit` `#[inline(always)]`.
pub trait Visitor<V: Lanes> {
    /// # Safety
    /// `place` lies in a block of rows as long as those that [`Block::visit`] was promised.
    unsafe fn visit(&mut self, place: Place);
}

impl Block {
    /// Visits all vectors of the padded columns of a block of `length` numbers. Rows that end in half a vector share it, two by
    /// two; the last of an odd number is in both halves.
    ///
    /// # Safety
    /// What the visitor reads and writes at a place is inside its arrays when the place is inside `length` numbers.
    #[inline(always)]
    pub unsafe fn visit<V: Lanes>(&self, length: usize, visitor: &mut impl Visitor<V>) {
        let (padded, lead) = (self.padded::<V::Elem>(), self.lead);
        let (whole, rows) = (padded / V::WIDTH * V::WIDTH, length / lead);
        for first in (0..rows).step_by(2) {
            let last = (first + 1).min(rows - 1);
            for row in first..=last {
                for at in (row * lead..row * lead + whole).step_by(V::WIDTH) {
                    // SAFETY: inside row `row`; the caller's promise.
                    unsafe { visitor.visit(Place::Whole(at)) }
                }
            }
            if whole < padded {
                // SAFETY: inside the two rows.
                unsafe { visitor.visit(Place::Halves(first * lead + whole, last * lead + whole)) }
            }
        }
    }
}
