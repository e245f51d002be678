//! Spreading points onto a fine periodic grid of up to three axes, and reading it at points.
//!
//! The grid is cut in slabs along its slowest axis; a slab is filled by one thread with the points that touch it, in their
//! order, so that no two threads share a cell and the sums do not depend on the threads.

use super::kernel::{Kernel, WIDEST};
use compute::{Shares, for_each};
use rustfft::num_complex::Complex;

/// Sizes of the axes, slowest first; axes that a problem does not have are of size 1.
pub(super) type Size = [usize; 3];

/// Where points lie: cells along each axis, `[n][3]`, 0 <= u < size; zero along axes that do not exist.
pub(super) struct Points<'a> {
    pub cells: &'a [[f64; 3]],
    /// Axes that exist: the last `axes` of the three.
    pub axes: usize,
}

/// The cells that a point touches along one axis: first cell (may be negative) and weights.
#[derive(Clone, Copy)]
struct Reach {
    first: isize,
    count: usize,
    weights: [f64; WIDEST],
}

impl Reach {
    fn new(kernel: &Kernel, exists: bool, u: f64) -> Self {
        let mut reach = Reach { first: 0, count: 1, weights: [1.0; WIDEST] };
        if exists {
            reach.first = kernel.at(u, &mut reach.weights);
            reach.count = kernel.width;
        }
        reach
    }
}

#[inline(always)]
fn wrap(i: isize, n: usize) -> usize {
    let n = n as isize;
    (if i < 0 {
        i + n
    } else if i >= n {
        i - n
    } else {
        i
    }) as usize
}

/// Adds every point's kernel times its value to a grid of zeros. Every existing axis has at least `2 width` cells.
pub(super) fn spread(
    kernel: &Kernel,
    points: &Points<'_>,
    values: &[Complex<f64>],
    size: Size,
    grid: &mut [Complex<f64>],
    threads: usize,
) {
    let slow = 3 - points.axes;
    let n = size[slow];
    // Every slab is at least as thick as a kernel is wide, so that a point touches one or two.
    let slabs = (n / (4 * kernel.width)).clamp(1, 64);
    let slab_of = |cell: usize| cell * slabs / n;
    let start_of = |slab: usize| (slab * n).div_ceil(slabs);
    let half = 0.5 * kernel.width as f64;
    let touched = |u: f64| {
        let first = (u - half).ceil() as isize;
        let last = first + kernel.width as isize - 1;
        (slab_of(wrap(first, n)), slab_of(wrap(last, n)))
    };
    let mut starts = vec![0usize; slabs + 1];
    for cell in points.cells {
        let (a, b) = touched(cell[slow]);
        starts[a + 1] += 1;
        if b != a {
            starts[b + 1] += 1;
        }
    }
    for s in 0..slabs {
        starts[s + 1] += starts[s];
    }
    let mut order = vec![0u32; starts[slabs]];
    let mut next = starts.clone();
    for (j, cell) in points.cells.iter().enumerate() {
        let (a, b) = touched(cell[slow]);
        order[next[a]] = j as u32;
        next[a] += 1;
        if b != a {
            order[next[b]] = j as u32;
            next[b] += 1;
        }
    }
    let shared = Shares::new(grid);
    let plane = size[slow + 1..].iter().product::<usize>();
    for_each(
        threads,
        slabs,
        || (),
        |(), slab| {
            let (from, to) = (start_of(slab), start_of(slab + 1));
            // SAFETY: slabs are disjoint ranges of the slowest axis.
            let cells = unsafe { shared.slice(from * plane, (to - from) * plane) };
            for &j in &order[starts[slab]..starts[slab + 1]] {
                let j = j as usize;
                let reach: [Reach; 3] =
                    std::array::from_fn(|axis| Reach::new(kernel, axis >= slow, points.cells[j][axis]));
                add(&reach, slow, from..to, size, values[j], cells);
            }
        },
    );
}

/// Adds one point to the cells of a slab.
fn add(
    reach: &[Reach; 3],
    slow: usize,
    slab: std::ops::Range<usize>,
    size: Size,
    value: Complex<f64>,
    cells: &mut [Complex<f64>],
) {
    let [z, y, x] = reach;
    let offset = |axis: usize| if axis == slow { slab.start } else { 0 };
    for (i, wz) in z.weights[..z.count].iter().enumerate() {
        let at_z = wrap(z.first + i as isize, size[0]);
        if slow == 0 && !slab.contains(&at_z) {
            continue;
        }
        for (j, wy) in y.weights[..y.count].iter().enumerate() {
            let at_y = wrap(y.first + j as isize, size[1]);
            if slow == 1 && !slab.contains(&at_y) {
                continue;
            }
            let value = value * (wz * wy);
            let row = ((at_z - offset(0)) * size[1] + at_y - offset(1)) * size[2];
            let inside = x.first >= offset(2) as isize
                && x.first as usize + x.count <= if slow == 2 { slab.end } else { size[2] };
            if inside {
                let start = row + x.first as usize - offset(2);
                cells[start..start + x.count].iter_mut().zip(&x.weights).for_each(|(c, w)| *c += value * w);
                continue;
            }
            for (k, w) in x.weights[..x.count].iter().enumerate() {
                let at_x = wrap(x.first + k as isize, size[2]);
                if slow < 2 || slab.contains(&at_x) {
                    cells[row + at_x - offset(2)] += value * w;
                }
            }
        }
    }
}

/// The grid read at every point: `out[j] = sum of cells times the kernel`.
pub(super) fn interpolate(
    kernel: &Kernel,
    points: &Points<'_>,
    size: Size,
    grid: &[Complex<f64>],
    out: &mut [Complex<f64>],
    threads: usize,
) {
    const PIECE: usize = 512;
    let slow = 3 - points.axes;
    let len = out.len();
    let shared = Shares::new(out);
    for_each(
        threads,
        len.div_ceil(PIECE),
        || (),
        |(), piece| {
            for j in piece * PIECE..len.min((piece + 1) * PIECE) {
                let [z, y, x] = std::array::from_fn(|axis| Reach::new(kernel, axis >= slow, points.cells[j][axis]));
                let mut sum = Complex::new(0.0, 0.0);
                for (i, wz) in z.weights[..z.count].iter().enumerate() {
                    let at_z = wrap(z.first + i as isize, size[0]);
                    for (k, wy) in y.weights[..y.count].iter().enumerate() {
                        let at_y = wrap(y.first + k as isize, size[1]);
                        let row = &grid[(at_z * size[1] + at_y) * size[2]..][..size[2]];
                        let mut line = Complex::new(0.0, 0.0);
                        if x.first >= 0 && x.first as usize + x.count <= size[2] {
                            let cells = &row[x.first as usize..x.first as usize + x.count];
                            cells.iter().zip(&x.weights).for_each(|(c, w)| line += c * w);
                        } else {
                            for (l, w) in x.weights[..x.count].iter().enumerate() {
                                line += row[wrap(x.first + l as isize, size[2])] * w;
                            }
                        }
                        sum += line * (wz * wy);
                    }
                }
                // SAFETY: pieces are disjoint ranges of points.
                unsafe { shared.write(j, sum) };
            }
        },
    );
}
