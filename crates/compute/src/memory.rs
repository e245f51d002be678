//! Where arrays lie: on cache lines, in large pages, fetched ahead, kept when freed.

pub mod allocator;
pub mod buffer;
pub mod pages;
pub mod prefetch;
