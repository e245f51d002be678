//! An order of the samples in which neighbours share a block: units that are zero on one side of some plane (ReLU) are then
//! zero in whole blocks, which no product reads ([`live`](super::live)).

use super::BLOCK;
use crate::parallel::{for_each_block, thread_count};
use base::{Control, Result};
use linalg::{Matrix, Real};

/// Where the samples come from, block by block.
pub struct Order {
    /// `None`: as they are.
    places: Option<Vec<usize>>,
}

impl Order {
    /// The samples as they are.
    pub fn given() -> Self {
        Order { places: None }
    }

    /// Halves along the widest coordinate, again and again (a k-d tree).
    pub fn near<T: Real>(x: &Matrix<T>) -> Self {
        let mut places: Vec<usize> = (0..x.rows).collect();
        halve(x, &mut places);
        let moved = places.iter().enumerate().any(|(i, place)| i != *place);
        Order { places: moved.then_some(places) }
    }

    /// The sample that comes as number `i`.
    pub fn place(&self, i: usize) -> usize {
        self.places.as_ref().map_or(i, |places| places[i])
    }

    /// What there is one of for each sample, in this order.
    pub fn arrange<X>(&self, items: Vec<X>) -> Vec<X> {
        let Some(places) = &self.places else { return items };
        let mut items: Vec<Option<X>> = items.into_iter().map(Some).collect();
        places.iter().filter_map(|place| items[*place].take()).collect()
    }

    /// Entries of rows that are in this order, `width` numbers each, back to their samples' places.
    pub fn restore<T: Real>(
        &self,
        rows: &mut [&mut [T]],
        width: usize,
        threads: usize,
        control: &Control,
    ) -> Result<()> {
        let Some(places) = &self.places else { return Ok(()) };
        let count = rows.len();
        let lengths = (0..count).step_by(BLOCK).map(|i| (count - i).min(BLOCK));
        // A small matrix is not worth a thread.
        let threads = thread_count(threads).min(count / (4 * BLOCK)).max(1);
        for_each_block(rows, lengths, threads, control, |_, rows| {
            let mut copy = vec![];
            for row in rows {
                copy.clear();
                copy.extend_from_slice(row);
                if width == 1 {
                    places.iter().zip(&copy).for_each(|(place, v)| row[*place] = *v);
                } else {
                    let entries = places.iter().zip(copy.chunks_exact(width));
                    entries.for_each(|(place, entry)| row[place * width..(place + 1) * width].copy_from_slice(entry));
                }
            }
            Ok(())
        })
    }
}

fn halve<T: Real>(x: &Matrix<T>, places: &mut [usize]) {
    if places.len() <= BLOCK {
        return places.sort_unstable();
    }
    let Some(widest) = widest(x, places) else { return };
    // At equal coordinates as they came: what is in order stays in order.
    let by_coordinate =
        |i: &usize, j: &usize| x.at(*i, widest).to_f64().total_cmp(&x.at(*j, widest).to_f64()).then(i.cmp(j));
    let half = places.len().div_ceil(BLOCK) / 2 * BLOCK;
    places.select_nth_unstable_by(half, by_coordinate);
    let (left, right) = places.split_at_mut(half);
    halve(x, left);
    halve(x, right);
}

/// The coordinate in which these samples are farthest apart.
fn widest<T: Real>(x: &Matrix<T>, places: &[usize]) -> Option<usize> {
    let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); x.cols];
    for place in places {
        for ((low, high), v) in ranges.iter_mut().zip(x.row(*place)) {
            let v = v.to_f64();
            (*low, *high) = (low.min(v), high.max(v));
        }
    }
    let width = |c: &usize| ranges[*c].1 - ranges[*c].0;
    (0..x.cols).max_by(|a, b| width(a).total_cmp(&width(b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{Random, Stream};
    use proptest::prelude::*;

    #[test]
    fn what_is_in_order_stays() {
        let grid = Matrix { rows: 500, cols: 1, data: (0..500).map(f64::from).collect() };
        assert!(Order::near(&grid).places.is_none());
        let same = Matrix { rows: 300, cols: 2, data: vec![1.0f32; 600] };
        assert!(Order::near(&same).places.is_none());
    }

    #[test]
    fn a_block_is_a_neighbourhood() {
        let x = Matrix { rows: 1000, cols: 1, data: Random::new(1, Stream::Data(0)).normals(1000) };
        let order = Order::near(&x);
        let block = |b: usize| (b * BLOCK..1000.min((b + 1) * BLOCK)).map(|i| x.data[order.place(i)]);
        for b in 1..1000usize.div_ceil(BLOCK) {
            assert!(block(b - 1).fold(f64::MIN, f64::max) <= block(b).fold(f64::MAX, f64::min));
        }
    }

    proptest! {
        #[test]
        fn everything_comes_back_to_its_place(n in 0usize..400, d in 1usize..4, width in 1usize..4, seed: u64) {
            let x = Matrix { rows: n, cols: d, data: Random::new(seed, Stream::Data(0)).normals(n * d) };
            let order = Order::near(&x);
            let mut places: Vec<usize> = (0..n).map(|i| order.place(i)).collect();
            prop_assert_eq!(order.arrange((0..n).collect()), places.clone());
            // A row per sample, its entries in this order; each names where it belongs.
            let entry = |place: &usize| (place * width..(place + 1) * width).map(|v| v as f64).collect::<Vec<f64>>();
            let mut data = places.iter().flat_map(entry).collect::<Vec<f64>>().repeat(n);
            let mut rows: Vec<&mut [f64]> = data.chunks_mut(width * n.max(1)).collect();
            order.restore(&mut rows, width, 2, &Control::none()).unwrap();
            prop_assert!(rows.iter().all(|row| row.iter().enumerate().all(|(i, v)| *v == i as f64)));
            places.sort_unstable();
            prop_assert!(places.into_iter().eq(0..n));
        }
    }
}
