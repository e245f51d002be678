//! Where a parameter's numbers lie in the engine's arena.
//!
//! Outside, a parameter is a row-major tensor. Inside, a dense layer's weight lies in packed panels
//! `[panel][input][unit in panel]` with the bias as one more input, as [`compute::product`] reads it. Gradients and the
//! optimiser's moments lie the same way.

use compute::Scalar;

/// The map from a row-major index of the tensor to the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// As it is.
    Flat { start: usize },
    /// `[rows, width]`, a row beginning every `lead` numbers.
    Rows { start: usize, width: usize, lead: usize },
    /// `[units, inputs]`, number (u, i) in row i of panels with `rows` rows.
    Weight { start: usize, inputs: usize, panels: Panels },
    /// `[units]`, in row `row` of the panels.
    Bias { start: usize, row: usize, panels: Panels },
}

/// Panels of `rows` rows and `units` columns, padded to whole halves of vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panels {
    pub units: usize,
    pub rows: usize,
    panel: usize,
    half: usize,
}

impl Panels {
    pub fn new<T: Scalar>(units: usize, rows: usize) -> Self {
        Panels { units, rows, panel: T::PANEL, half: T::HALF }
    }

    /// Columns with padding.
    #[inline(always)]
    pub fn padded(&self) -> usize {
        self.units.next_multiple_of(self.half)
    }

    pub fn size(&self) -> usize {
        self.padded() * self.rows
    }

    /// Columns of the panel that holds `unit`: from a row to the next.
    #[inline(always)]
    pub fn width(&self, unit: usize) -> usize {
        (self.padded() - (unit - unit % self.panel)).min(self.panel)
    }

    /// Where column `unit` of row `row` lies.
    #[inline(always)]
    pub fn index(&self, unit: usize, row: usize) -> usize {
        (unit - unit % self.panel) * self.rows + row * self.width(unit) + unit % self.panel
    }
}

impl Placement {
    pub fn index(&self, i: usize) -> usize {
        match *self {
            Placement::Flat { start } => start + i,
            Placement::Rows { start, width, lead } => start + i / width * lead + i % width,
            Placement::Weight { start, inputs, panels } => start + panels.index(i / inputs, i % inputs),
            Placement::Bias { start, row, panels } => start + panels.index(i, row),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn weights_and_biases_fill_their_panels_without_overlap() {
        for units in [1, 7, 8, 9, 16, 17, 24, 40] {
            let panels = Panels::new::<f32>(units, 4);
            let weight = Placement::Weight { start: 10, inputs: 3, panels };
            let bias = Placement::Bias { start: 10, row: 3, panels };
            let all: BTreeSet<usize> =
                (0..units * 3).map(|i| weight.index(i)).chain((0..units).map(|i| bias.index(i))).collect();
            assert_eq!(all.len(), units * 4);
            assert!(all.iter().all(|&i| (10..10 + panels.size()).contains(&i)));
        }
        // Unit 17 of 20 (padded to 24): panel 1 is a half panel of 8 columns after 16 x 4 numbers; row 2.
        assert_eq!(Panels::new::<f32>(20, 4).index(17, 2), 16 * 4 + 2 * 8 + 1);
    }
}
