use super::partial::Work;
use super::*;
use crate::lanes::wide::InPairs;
use proptest::prelude::*;

/// A matrix of numbers that are exact in both types, so that sums of products are exact as well.
fn matrix<T: Scalar>(rows: usize, columns: usize, salt: usize) -> Vec<T> {
    (0..rows * columns).map(|i| T::from_f64(((i * 7919 + salt * 104_729) % 17) as f64 - 8.0)).collect()
}

fn packed<T: Scalar>(matrix: &[T], rows: usize, columns: usize) -> Vec<T> {
    let mut out = vec![T::ZERO; rows * columns];
    for r in 0..rows {
        for c in 0..columns {
            let panel = c / T::PANEL;
            let width = (columns - panel * T::PANEL).min(T::PANEL);
            out[panel * T::PANEL * rows + r * width + c % T::PANEL] = matrix[r * columns + c];
        }
    }
    out
}

fn holds<T: Scalar>(rows: usize, vectors: usize, depth: usize, accumulate: bool) {
    let columns = vectors * T::LANES;
    let a = matrix::<T>(rows, depth, 1);
    let a_turned: Vec<T> = (0..rows * depth).map(|i| a[i % rows * depth + i / rows]).collect();
    let b = matrix::<T>(depth, columns, 2);
    let before = matrix::<T>(rows, columns, 3);
    let mut expected = if accumulate { before.clone() } else { vec![T::ZERO; rows * columns] };
    for r in 0..rows {
        for c in 0..columns {
            for k in 0..depth {
                expected[r * columns + c] += a[r * depth + k] * b[k * columns + c];
            }
        }
    }
    let lefts = [Left { data: &a[..], row: depth, column: 1 }, Left { data: &a_turned[..], row: 1, column: rows }];
    let b_packed = packed(&b, depth, columns);
    for path in SimdPath::available() {
        for left in lefts {
            for (right, layout) in [(&b, Layout::plain::<T>(columns)), (&b_packed, Layout::packed::<T>(depth))] {
                let mut c = before.clone();
                let shape = [rows, columns, depth];
                product(path, shape, left, (right, layout), (&mut c, Layout::plain::<T>(columns)), accumulate);
                assert_eq!(c, expected);
                let mut c = packed(&before, rows, columns);
                product(path, shape, left, (right, layout), (&mut c, Layout::packed::<T>(rows)), accumulate);
                assert_eq!(c, packed(&expected, rows, columns));
            }
        }
    }
}

proptest! {
    #[test]
    fn agrees_with_the_definition(rows in 1usize..30, vectors in 1usize..8, depth in 0usize..40, accumulate: bool) {
        holds::<f32>(rows, vectors, depth, accumulate);
        holds::<f64>(rows, vectors, depth, accumulate);
    }
}

/// Against whole products with zeros in the depth that does not take part: bit by bit, since the sums are the same.
fn partly_holds<T: Scalar>([rows, panels, depth]: [usize; 3], chosen: u64, accumulate: bool) {
    let (columns, takes_part) = (panels * T::PANEL, |i: usize| chosen >> (i % 61) & 1 == 1);
    let list = |end: usize| (0..end as u32).filter(|i| takes_part(*i as usize)).collect::<Vec<u32>>();
    let a = matrix::<T>(rows, depth, 1).iter().map(|v| *v / T::from_f64(7.0)).collect::<Vec<T>>();
    let a_turned: Vec<T> = (0..rows * depth).map(|i| a[i % rows * depth + i / rows]).collect();
    let mut b = matrix::<T>(depth, columns, 2);
    b.chunks_mut(columns.max(1)).enumerate().filter(|(k, _)| !takes_part(*k)).for_each(|(_, row)| row.fill(T::ZERO));
    let before = matrix::<T>(rows, columns, 3);
    let b_packed = packed(&b, depth, columns);
    let among = Among { rows: &list(rows), depth: &list(depth) };
    for path in SimdPath::available() {
        for left in [Left { data: &a[..], row: depth, column: 1 }, Left { data: &a_turned[..], row: 1, column: rows }] {
            let right = (&b_packed[..], Layout::packed::<T>(depth));
            for layout in [Layout::plain::<T>(columns), Layout::packed::<T>(rows)] {
                let mut whole = before.clone();
                product(path, [rows, columns, depth], left, right, (&mut whole, layout), accumulate);
                for pairs in [false, true] {
                    let mut c = before.clone();
                    let work = Work::checked(among, columns, left, right, (&mut c, layout), accumulate);
                    // Where there are wider registers, the path's vectors in pairs as well.
                    if pairs {
                        T::dispatch(path, InPairs(work))
                    } else {
                        T::dispatch_wide(path, work)
                    }
                    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
                        let at = column / T::PANEL * layout.panel + row * layout.row + column % T::PANEL;
                        assert_eq!(c[at], if takes_part(row) { whole[at] } else { before[at] });
                    }
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn what_takes_no_part_is_as_if_it_were_zero(
        rows in 1usize..30, panels in 0usize..4, depth in 0usize..190, chosen: u64, accumulate: bool
    ) {
        partly_holds::<f32>([rows, panels, depth], chosen, accumulate);
        partly_holds::<f64>([rows, panels, depth], chosen, accumulate);
    }
}

#[test]
fn a_row_beyond_an_operand_is_refused() {
    let (a, b) = ([1.0f32; 8], [1.0f32; 32]);
    let run = |rows: &[u32], depth: &[u32], columns: usize| {
        let (left, mut c) = (Left { data: &a[..], row: 2, column: 1 }, [0.0f32; 64]);
        let right = (&b[..], Layout::packed::<f32>(2));
        let among = Among { rows, depth };
        partial_product(SimdPath::Portable, among, columns, left, right, (&mut c, Layout::packed::<f32>(4)), false);
    };
    run(&[3, 0], &[1], 16);
    for (rows, depth, columns) in [(&[4], &[1], 16), (&[3], &[2], 16), (&[3], &[1], 8), (&[3], &[1], 32)] {
        assert!(std::panic::catch_unwind(|| run(rows, depth, columns)).is_err());
    }
}

#[test]
fn deep_products_are_cut_into_passes() {
    holds::<f32>(7, 3, 1000, false);
    holds::<f64>(7, 3, 1000, true);
}

#[test]
#[should_panic(expected = "B is too short")]
fn a_short_operand_is_refused() {
    let left = Left { data: &[1.0f32; 4][..], row: 2, column: 1 };
    let mut c = [0.0f32; 16];
    product(
        SimdPath::Portable,
        [2, 8, 2],
        left,
        (&[0.0; 15], Layout::plain::<f32>(8)),
        (&mut c, Layout::plain::<f32>(8)),
        false,
    );
}
