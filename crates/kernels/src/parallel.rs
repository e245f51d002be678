//! Work on disjoint blocks of one array, by a stated number of threads, with abort between blocks.

use base::{Control, Error, Result};
use std::sync::OnceLock;

pub use linalg::thread_count;

/// Calls `work(index, block)` for every block of `data`; the blocks' lengths are given by `lengths` in order.
/// The last blocks come first: in a triangle the longest rows come last, and starting with them balances. The first error wins and stops the rest.
pub fn for_each_block<T: Send>(
    data: &mut [T],
    lengths: impl IntoIterator<Item = usize>,
    threads: usize,
    control: &Control,
    work: impl Fn(usize, &mut [T]) -> Result<()> + Sync,
) -> Result<()> {
    let mut rest = data;
    let mut blocks = vec![];
    for length in lengths {
        let (block, tail) = rest.split_at_mut(length);
        blocks.push(block);
        rest = tail;
    }
    let failure: OnceLock<Error> = OnceLock::new();
    compute::for_each_of(thread_count(threads), &mut blocks, |index, block| {
        // After a failure the rest is left out.
        if failure.get().is_some() {
            return;
        }
        if let Err(error) = control.check().and_then(|()| work(index, block)) {
            // Another thread may have failed first.
            let _ = failure.set(error);
        }
    });
    failure.into_inner().map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Code;

    #[test]
    fn every_block_once_and_the_first_error_stops() {
        let mut data = vec![0; 10];
        for_each_block(&mut data, [3, 0, 7], 3, &Control::none(), |i, block| {
            block.fill(i + 1);
            Ok(())
        })
        .unwrap();
        assert_eq!(data, [1, 1, 1, 3, 3, 3, 3, 3, 3, 3]);
        let failed = for_each_block(&mut data, vec![1; 10], 1, &Control::none(), |i, block| {
            block[0] = 9;
            if i == 7 { Err(Error::argument("two")) } else { Ok(()) }
        });
        assert_eq!(failed.unwrap_err().message, "two");
        assert_eq!((data[6], data[8]), (3, 9));
        let control = Control::none();
        control.abort();
        assert_eq!(for_each_block(&mut data, [10], 2, &control, |_, _| Ok(())).unwrap_err().code, Code::Aborted);
    }
}
