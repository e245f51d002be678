//! Which samples a step takes.

use crate::engine::Samples;
use base::{Random, Stream};

/// The order of the samples: in epoch e that of [`Stream::Batches`] e, the last batch of an epoch the rest.
pub struct Batches {
    pub samples: usize,
    pub size: usize,
    shuffle: bool,
    seed: u64,
    epoch: Option<u64>,
    order: Vec<usize>,
    views: usize,
    picked: Vec<usize>,
}

impl Batches {
    /// Batches of `size` out of `samples`, `size` between 1 and `samples`.
    pub fn new(samples: usize, size: usize, shuffle: bool, seed: u64) -> Self {
        Batches { samples, size, shuffle, seed, epoch: None, order: Vec::new(), views: 1, picked: Vec::new() }
    }

    /// The data hold `views` times `samples` samples, those with the same place in each part belonging together: a
    /// batch has the same places of all parts, one part after the other.
    pub fn with_views(self, views: usize) -> Self {
        Batches { views, ..self }
    }

    /// Samples of the data, all views counted.
    pub fn all(&self) -> usize {
        self.samples * self.views
    }

    /// The samples of step `step`, counted from 0.
    pub fn at(&mut self, step: u64) -> Samples<'_> {
        if self.size == self.samples {
            return Samples::Range(0..self.all());
        }
        let per_epoch = self.samples.div_ceil(self.size) as u64;
        let (epoch, place) = (step / per_epoch, (step % per_epoch) as usize * self.size);
        let range = place..(place + self.size).min(self.samples);
        if self.shuffle && self.epoch != Some(epoch) {
            self.epoch = Some(epoch);
            self.order = Random::new(self.seed, Stream::Batches(epoch)).permutation(self.samples);
        }
        match (self.shuffle, self.views) {
            (false, 1) => Samples::Range(range),
            (true, 1) => Samples::Picked(&self.order[range]),
            (shuffle, views) => {
                let places = (0..views).flat_map(|view| range.clone().map(move |i| (view, i)));
                let place = |i: usize| if shuffle { self.order[i] } else { i };
                self.picked = places.map(|(view, i)| view * self.samples + place(i)).collect();
                Samples::Picked(&self.picked)
            }
        }
    }
}
