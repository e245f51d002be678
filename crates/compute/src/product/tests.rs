use super::*;
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

fn holds<T: Scalar>(rows: usize, halves: usize, depth: usize, accumulate: bool) {
    let columns = halves * T::HALF;
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
    fn agrees_with_the_definition(rows in 1usize..30, halves in 1usize..8, depth in 0usize..40, accumulate: bool) {
        holds::<f32>(rows, halves, depth, accumulate);
        holds::<f64>(rows, halves, depth, accumulate);
    }
}

/// Against whole products with zeros in the depth that does not take part: bit by bit, since the sums are the same. B and C
/// hold only what takes part, in C after one row that stays as it is.
fn partly_holds<T: Scalar>([rows, panels, depth]: [usize; 3], chosen: u64, accumulate: bool) {
    let (columns, takes_part) = (panels * T::PANEL, |i: &u32| chosen >> (i % 61) & 1 == 1);
    let list = |end: usize| (0..end as u32).filter(takes_part).collect::<Vec<u32>>();
    let pairs = |list: &[u32], from: u32| list.iter().zip(from..).map(|(i, place)| [*i, place]).collect::<Vec<_>>();
    let (own_rows, own_depth) = (list(rows), list(depth));
    let a = matrix::<T>(rows, depth, 1).iter().map(|v| *v / T::from_f64(7.0)).collect::<Vec<T>>();
    let a_turned: Vec<T> = (0..rows * depth).map(|i| a[i % rows * depth + i / rows]).collect();
    let mut b = matrix::<T>(depth, columns, 2);
    let of = |m: &[T], list: &[u32]| {
        list.iter().flat_map(|i| m[*i as usize * columns..(*i as usize + 1) * columns].to_vec()).collect::<Vec<T>>()
    };
    let own_b = packed(&of(&b, &own_depth), own_depth.len(), columns);
    b.chunks_mut(columns.max(1)).zip(0..).filter(|(_, k)| !takes_part(k)).for_each(|(row, _)| row.fill(T::ZERO));
    let before = matrix::<T>(rows, columns, 3);
    let own_before = [vec![T::from_f64(9.0); columns], of(&before, &own_rows)].concat();
    let (row_pairs, depth_pairs) = (pairs(&own_rows, 1), pairs(&own_depth, 0));
    let among = Among { rows: &row_pairs, depth: &depth_pairs };
    for path in SimdPath::available() {
        for left in [Left { data: &a[..], row: depth, column: 1 }, Left { data: &a_turned[..], row: 1, column: rows }] {
            let mut whole = before.clone();
            let plain = Layout::plain::<T>(columns);
            product(path, [rows, columns, depth], left, (&b, plain), (&mut whole, plain), accumulate);
            let expected = [vec![T::from_f64(9.0); columns], of(&whole, &own_rows)].concat();
            let height = own_rows.len() + 1;
            let right = (&own_b[..], Layout::packed::<T>(own_depth.len()));
            for layout in [plain, Layout::packed::<T>(height)] {
                let turned = |m: &[T]| if layout.row == columns { m.to_vec() } else { packed(m, height, columns) };
                let mut c = turned(&own_before);
                partial_product(path, among, columns, left, right, (&mut c, layout), accumulate);
                assert_eq!(c, turned(&expected));
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
    let run = |rows: &[[u32; 2]], depth: &[[u32; 2]], columns: usize| {
        let (left, mut c) = (Left { data: &a[..], row: 2, column: 1 }, [0.0f32; 64]);
        let right = (&b[..], Layout::packed::<f32>(2));
        let among = Among { rows, depth };
        partial_product(SimdPath::Portable, among, columns, left, right, (&mut c, Layout::packed::<f32>(4)), false);
    };
    run(&[[3, 0], [0, 3]], &[[1, 0], [0, 1]], 16);
    let cases = [([4, 0], [0, 0], 16), ([0, 4], [0, 0], 16), ([3, 0], [2, 0], 16), ([3, 0], [0, 2], 16)];
    for (row, depth, columns) in cases.into_iter().chain([([0, 0], [1, 1], 8), ([0, 0], [1, 1], 32)]) {
        assert!(std::panic::catch_unwind(|| run(&[row], &[depth], columns)).is_err());
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

#[test]
fn strides_that_overflow_are_refused() {
    // (9 - 1) 2^61 is 0 modulo 2^64, and (9 - 1) 2^61 + 7 is 7.
    let (lead, path) = (1 << 61, SimdPath::current());
    let a = [0.0f64; 72];
    let b = [0.0f64; 72];
    let refused = |work: &mut dyn FnMut()| {
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err());
    };
    let (left, plain) = (|row, column| Left { data: &a[..], row, column }, Layout::plain::<f64>(8));
    let far = Layout::plain::<f64>(lead);
    let mut c = [0.0f64; 72];
    refused(&mut || product(path, [9, 8, 8], left(lead, 1), (&b, plain), (&mut c, plain), false));
    refused(&mut || product(path, [8, 8, 9], left(1, lead), (&b, plain), (&mut c, plain), false));
    refused(&mut || product(path, [8, 8, 9], left(9, 1), (&b, far), (&mut c, plain), false));
    refused(&mut || product(path, [9, 8, 8], left(8, 1), (&b, plain), (&mut c, far), false));
    let pairs: Vec<[u32; 2]> = (0..9).map(|i| [i, i]).collect();
    let among = |rows, depth| Among { rows: &pairs[..rows], depth: &pairs[..depth] };
    refused(&mut || partial_product(path, among(9, 8), 8, left(lead, 1), (&b, plain), (&mut c, plain), false));
    refused(&mut || partial_product(path, among(8, 9), 8, left(9, 1), (&b, far), (&mut c, plain), false));
    refused(&mut || partial_product(path, among(9, 8), 8, left(8, 1), (&b, plain), (&mut c, far), false));
}

/// Numbers whose sums round, as bits.
fn rounded<T: Scalar>(path: SimdPath, [rows, columns, depth]: [usize; 3]) -> Vec<u64> {
    let number = |i: usize| T::from_f64(((i * 7919) % 1009) as f64 / 997.0 - 0.5);
    let numbers = |length: usize, from: usize| (from..from + length).map(number).collect::<Vec<T>>();
    let (a, b, plain) = (numbers(rows * depth, 0), numbers(depth * columns, 5), Layout::plain::<T>(columns));
    let mut bits = Vec::new();
    for left in [Left { data: &a[..], row: depth, column: 1 }, Left { data: &a[..], row: 1, column: rows }] {
        let mut c = numbers(rows * columns, 11);
        product(path, [rows, columns, depth], left, (&b, plain), (&mut c, plain), true);
        bits.extend(c.iter().map(|x| x.to_f64().to_bits()));
    }
    bits
}

proptest! {
    #[test]
    fn paths_of_one_name_give_the_same_bits(rows in 1usize..40, halves in 1usize..9, depth in 1usize..900) {
        let paths = SimdPath::available();
        for pair in paths.windows(2).filter(|pair| pair[0].name() == pair[1].name()) {
            let (single, double) = ([rows, halves * f32::HALF, depth], [rows, halves * f64::HALF, depth]);
            prop_assert_eq!(rounded::<f32>(pair[0], single), rounded::<f32>(pair[1], single));
            prop_assert_eq!(rounded::<f64>(pair[0], double), rounded::<f64>(pair[1], double));
        }
    }
}
