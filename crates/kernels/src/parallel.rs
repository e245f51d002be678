//! Work on disjoint blocks of one array, by a stated number of threads, with abort between blocks.

use base::{Control, Result};
use std::sync::Mutex;

pub use linalg::thread_count;

/// Calls `work(index, block)` for every block of `data`; the blocks' lengths are given by `lengths` in order.
/// Blocks are handed out one by one, the last first: in a triangle the longest rows come last, and starting with them
/// balances. The first error wins and stops the rest.
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
    let threads = thread_count(threads).min(blocks.len()).max(1);
    let queue = Mutex::new(blocks.into_iter().enumerate().rev());
    let failure = Mutex::new(None);
    let serve = || {
        loop {
            let next = queue.lock().unwrap_or_else(|e| e.into_inner()).next();
            let Some((index, block)) = next else { return };
            if let Err(error) = control.check().and_then(|()| work(index, block)) {
                failure.lock().unwrap_or_else(|e| e.into_inner()).get_or_insert(error);
                // Empty the queue: the others stop at their next block.
                queue.lock().unwrap_or_else(|e| e.into_inner()).by_ref().for_each(drop);
                return;
            }
        }
    };
    compute::together(threads, |_| serve());
    match failure.into_inner().unwrap_or_else(|e| e.into_inner()) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{Code, Error};

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
