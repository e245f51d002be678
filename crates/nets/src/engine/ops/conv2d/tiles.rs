//! The patches of a convolution, tile by tile.
//!
//! A tile is a few hundred output positions: whole images of several samples, or some rows of one. For a block of input
//! channels its part of the images is copied with its border of zeros (the *field*), from which patches are gathered
//! into panels `[panel of positions][k][position in panel]`, k over (channel, kernel row, kernel column), as
//! [`compute::product`] reads them. Nothing larger than a tile is ever laid out, so that it stays in a level-2 cache.

use compute::{Kernel, Lanes, Scalar, Vector};
use std::ops::Range;

/// Positions of a tile, about: enough to use each loaded weight often.
const COLUMNS: usize = 256;
/// Rows of patches gathered at once, about: the depth of one pass of the product.
const DEPTH: usize = 384;

/// The shapes of a convolution; two axes are height and width.
#[derive(Debug, Clone, Copy)]
pub struct Geometry {
    /// Channels, height and width of an input sample.
    pub image: [usize; 3],
    /// From an input sample to the next.
    pub sample: usize,
    /// Height and width of the output.
    pub size: [usize; 2],
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    /// Zeros above and to the left.
    pub padding: [usize; 2],
}

/// Output rows `rows` of the samples `samples`.
#[derive(Debug, Clone)]
pub struct Tile {
    pub samples: Range<usize>,
    pub rows: Range<usize>,
}

impl Geometry {
    /// Products for one output value and channel.
    pub fn window(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    pub fn positions(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// Samples and rows of a full tile.
    fn full(&self) -> [usize; 2] {
        if self.positions() <= COLUMNS {
            [COLUMNS / self.positions(), self.size[0]]
        } else {
            [1, (COLUMNS / self.size[1]).clamp(1, self.size[0])]
        }
    }

    /// The tiles of `samples` samples, in order.
    pub fn tiles(&self, samples: usize) -> impl Iterator<Item = Tile> + use<> {
        let ([several, high], height) = (self.full(), self.size[0]);
        (0..samples).step_by(several).flat_map(move |sample| {
            (0..height).step_by(high).map(move |row| Tile {
                samples: sample..(sample + several).min(samples),
                rows: row..(row + high).min(height),
            })
        })
    }

    /// Samples that fill a tile.
    pub fn samples(&self) -> usize {
        self.full()[0]
    }

    /// Columns of a full tile, in whole panels.
    pub fn columns<T: Scalar>(&self) -> usize {
        let [samples, rows] = self.full();
        (samples * rows * self.size[1]).next_multiple_of(T::PANEL)
    }

    /// The blocks of channels, each with a whole number of panels of k but the last.
    pub fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (channels, width) = (self.image[0], self.block());
        (0..channels).step_by(width).map(move |first| first..(first + width).min(channels))
    }

    fn block(&self) -> usize {
        (DEPTH / self.window() / 16 * 16).max(16)
    }

    /// Rows of a full block of patches, in whole panels.
    pub fn depth<T: Scalar>(&self) -> usize {
        (self.block().min(self.image[0]) * self.window()).next_multiple_of(T::PANEL)
    }

    /// Numbers of the field of a full tile and block, in whole panels.
    pub fn field<T: Scalar>(&self) -> usize {
        let [samples, rows] = self.full();
        let [height, width] = self.reach(rows);
        (samples * self.block().min(self.image[0]) * height * width).next_multiple_of(T::PANEL)
    }

    /// Height and width of the input, border included, that `rows` rows of the output see.
    fn reach(&self, rows: usize) -> [usize; 2] {
        [(rows - 1) * self.stride[0] + self.kernel[0], (self.size[1] - 1) * self.stride[1] + self.kernel[1]]
    }

    /// Positions of a tile.
    pub fn count(&self, tile: &Tile) -> usize {
        tile.samples.len() * tile.rows.len() * self.size[1]
    }

    /// Visits every row of the field: (its place in the field, its part inside the image, the place of that part in
    /// the samples). The part is empty above, below and beside the image.
    fn field_rows(&self, tile: &Tile, channels: &Range<usize>, mut visit: impl FnMut(usize, Range<usize>, usize)) {
        let [_, height, width] = self.image;
        let [high, wide] = self.reach(tile.rows.len());
        let top = tile.rows.start * self.stride[0];
        let left = self.padding[1].min(wide);
        let right = (self.padding[1] + width).min(wide).max(left);
        let mut place = 0;
        for sample in tile.samples.clone() {
            for channel in channels.clone() {
                for row in 0..high {
                    let inside = (top + row).checked_sub(self.padding[0]).filter(|&y| y < height);
                    let from = sample * self.sample + (channel * height + inside.unwrap_or(0)) * width;
                    visit(place, if inside.is_some() { left..right } else { left..left }, from);
                    place += wide;
                }
            }
        }
    }

    /// Copies a tile's part of the images, with its border of zeros.
    pub fn load<T: Scalar>(&self, tile: &Tile, channels: &Range<usize>, images: &[T], field: &mut [T]) {
        let wide = self.reach(1)[1];
        self.field_rows(tile, channels, |place, inside, from| {
            let row = &mut field[place..place + wide];
            row[..inside.start].fill(T::ZERO);
            row[inside.clone()].copy_from_slice(&images[from..from + inside.len()]);
            row[inside.end..].fill(T::ZERO);
        });
    }

    /// Adds a field to the part of the images that it covers.
    pub fn unload<T: Scalar>(&self, tile: &Tile, channels: &Range<usize>, field: &[T], images: &mut [T]) {
        self.field_rows(tile, channels, |place, inside, from| {
            let row = &field[place + inside.start..place + inside.end];
            images[from..].iter_mut().zip(row).for_each(|(to, x)| *to += *x);
        });
    }
}

/// Moves patches between a field and panels of `depth` rows: gathers, or adds the panels back to the field.
pub struct Patches<'a, T, const GATHER: bool> {
    pub geometry: &'a Geometry,
    pub tile: &'a Tile,
    pub channels: usize,
    pub depth: usize,
    pub field: &'a mut [T],
    pub panels: &'a mut [T],
}

impl<T: Scalar, const GATHER: bool> Kernel<T> for Patches<'_, T, GATHER> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let Patches { geometry, tile, channels, depth, field, panels } = self;
        let count = geometry.count(tile);
        let [high, wide] = geometry.reach(tile.rows.len());
        let [kernel_h, kernel_w] = geometry.kernel;
        let rows = tile.rows.len();
        // So many neighbouring positions have neighbouring places in the field.
        let together = match geometry.size[1] {
            width if geometry.stride[1] == 1 && width.is_multiple_of(T::PANEL) => T::PANEL,
            width if geometry.stride[1] == 1 && width.is_multiple_of(T::HALF) => T::HALF,
            _ => 1,
        };
        assert!(field.len() >= tile.samples.len() * channels * high * wide && channels * geometry.window() <= depth);
        let place = |q: usize| {
            let (line, x) = (q / geometry.size[1], q % geometry.size[1]);
            let (sample, y) = (line / rows, line % rows);
            (sample * channels * high + y * geometry.stride[0]) * wide + x * geometry.stride[1]
        };
        for (index, panel) in
            panels[..count.next_multiple_of(T::PANEL) * depth].chunks_exact_mut(T::PANEL * depth).enumerate()
        {
            let first = index * T::PANEL;
            let inside = (count - first).min(T::PANEL);
            let mut places = [0; 16];
            (0..inside).step_by(together).for_each(|j| places[j] = place(first + j));
            // The last row of the last channel is the furthest from every place.
            let reach = ((channels - 1) * high + kernel_h - 1) * wide + kernel_w - 1 + together;
            assert!(places.iter().all(|place| place + reach <= field.len()));
            let mut k = 0;
            for channel in 0..channels {
                for i in 0..kernel_h {
                    for j in 0..kernel_w {
                        let offset = (channel * high + i) * wide + j;
                        let row = &mut panel[k * T::PANEL..][..T::PANEL];
                        k += 1;
                        if together == T::PANEL {
                            // SAFETY: the place, which `reach` was added to, and a whole row.
                            unsafe {
                                exchange::<V, GATHER>(field.as_mut_ptr().add(places[0] + offset), row.as_mut_ptr())
                            };
                        } else if together == T::HALF {
                            for v in (0..inside).step_by(T::HALF) {
                                // SAFETY: the place, which `reach` was added to, and half a row.
                                unsafe {
                                    let from = field.as_mut_ptr().add(places[v] + offset);
                                    exchange::<V::Half, GATHER>(from, row.as_mut_ptr().add(v));
                                }
                            }
                        } else {
                            for (x, &place) in row[..inside].iter_mut().zip(&places) {
                                let field = &mut field[place + offset];
                                if GATHER { *x = *field } else { *field += *x }
                            }
                        }
                        if GATHER {
                            row[inside..].fill(T::ZERO);
                        }
                    }
                }
            }
            if GATHER {
                panel[k * T::PANEL..].fill(T::ZERO);
            }
        }
    }
}

/// A vector of the field into a panel, or added back.
///
/// # Safety
/// A vector is readable and writable at both.
#[inline(always)]
unsafe fn exchange<V: Vector, const GATHER: bool>(field: *mut V::Elem, panel: *mut V::Elem) {
    // SAFETY: the caller's promise.
    unsafe {
        if GATHER {
            V::load_from(field).store_to(panel);
        } else {
            (V::load_from(field) + V::load_from(panel)).store_to(field);
        }
    }
}

/// Panels `[panel of positions][k][position]` of `depth` rows into `[panel of k][position][k]`.
pub struct Turn<'a, T> {
    pub depth: usize,
    /// Positions, in whole panels.
    pub columns: usize,
    pub panels: &'a [T],
    pub into: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for Turn<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let Turn { depth, columns, panels, into } = self;
        assert!(panels.len() >= depth * columns && into.len() >= depth * columns);
        assert!(depth.is_multiple_of(T::PANEL) && columns.is_multiple_of(T::PANEL));
        for q in (0..columns).step_by(T::HALF) {
            for k in (0..depth).step_by(T::HALF) {
                let from = (q - q % T::PANEL) * depth + k * T::PANEL + q % T::PANEL;
                let to = (k - k % T::PANEL) * columns + q * T::PANEL + k % T::PANEL;
                // SAFETY: whole squares inside both, whose sizes were checked.
                unsafe { V::transpose(panels.as_ptr().add(from), T::PANEL, into.as_mut_ptr().add(to), T::PANEL) };
            }
        }
    }
}

/// A row-major matrix `[rows, columns]` turned into `[columns, rows]`; the leads are from a row to the next.
pub struct Transpose<'a, T> {
    pub shape: [usize; 2],
    pub from: (&'a [T], usize),
    pub into: (&'a mut [T], usize),
}

impl<T: Scalar> Kernel<T> for Transpose<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let Transpose { shape: [rows, columns], from: (from, from_lead), into: (into, into_lead) } = self;
        assert!(from.len() >= rows * from_lead && into.len() >= columns * into_lead);
        assert!(columns <= from_lead && rows <= into_lead);
        for row in (0..rows).step_by(T::HALF) {
            for column in (0..columns).step_by(T::HALF) {
                if row + T::HALF <= rows && column + T::HALF <= columns {
                    let (source, target) = (row * from_lead + column, column * into_lead + row);
                    // SAFETY: a whole square inside both matrices, whose sizes were checked.
                    unsafe {
                        V::transpose(from.as_ptr().add(source), from_lead, into.as_mut_ptr().add(target), into_lead)
                    };
                } else {
                    for r in row..(row + T::HALF).min(rows) {
                        for c in column..(column + T::HALF).min(columns) {
                            into[c * into_lead + r] = from[r * from_lead + c];
                        }
                    }
                }
            }
        }
    }
}

/// Adds the sum of every row of `lead` numbers, a multiple of the vector's, to its entry of `sums`.
pub struct SumRows<'a, T> {
    pub rows: &'a [T],
    pub lead: usize,
    pub columns: usize,
    pub sums: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for SumRows<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        for (row, sum) in self.rows.chunks_exact(self.lead).zip(self.sums) {
            let parts = row[..self.columns].chunks_exact(T::LANES);
            *sum += parts.fold(V::zero(), |sum, part| sum + V::load(part)).sum();
        }
    }
}
