//! A team of threads for a training or a call, and how its members share an array.

pub(crate) mod helpers;
pub mod pieces;
pub mod shares;
pub mod team;
