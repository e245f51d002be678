//! Derivatives by the input, carried forward beside the values (Taylor-mode differentiation).
//!
//! A chunk of n samples then has `copies` groups of n samples in each of its blocks: the values, the first derivatives
//! by each of the d inputs, and, if wanted, one weighted sum of second derivatives `sum_j w_j d^2/dx_j^2` (all weights 1:
//! the Laplacian). An operation carries all of them forward and differentiates all of them backward:
//! for `y = f(z)` entrywise, `y_j = f' z_j` and `L_y = f' L_z + f'' sum_j w_j z_j^2`.

use super::block::Block;
use compute::Scalar;

/// What is carried beside the values.
#[derive(Debug, Clone, PartialEq)]
pub struct Jets {
    /// Inputs, each of which gets its first derivative.
    pub dimensions: usize,
    /// One weight for each input: carry the weighted sum of second derivatives.
    pub second: Option<Vec<f64>>,
}

impl Jets {
    /// First derivatives and the Laplacian.
    pub fn laplacian(dimensions: usize) -> Self {
        Jets { dimensions, second: Some(vec![1.0; dimensions]) }
    }

    /// First derivatives only.
    pub fn gradient(dimensions: usize) -> Self {
        Jets { dimensions, second: None }
    }

    /// Groups of samples in a block.
    pub fn copies(&self) -> usize {
        1 + self.dimensions + usize::from(self.second.is_some())
    }
}

impl Jets {
    /// Fills the derivatives of the input itself: unit vectors, and no second derivative.
    pub(super) fn seed<T: Scalar>(&self, block: Block, points: usize, values: &mut [T]) {
        let group = points * block.sample();
        values[group..group * self.copies()].fill(T::ZERO);
        for j in 0..self.dimensions {
            for row in values[group * (1 + j)..group * (2 + j)].chunks_exact_mut(block.lead) {
                row[j] = T::ONE;
            }
        }
    }
}
