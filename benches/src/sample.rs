//! Interleaved rounds and their medians. Disturbances affect all contenders alike.

use std::time::Duration;

use crate::Result;

/// The measured seconds of each round, for each contender.
#[derive(Debug, Clone, Default)]
pub struct Samples(Vec<Vec<f64>>);

/// Runs every contender once per round. Each round begins with a different contender.
///
/// # Errors
///
/// Returns an error if a contender fails.
pub fn interleaved(
    contenders: usize,
    rounds: usize,
    mut run: impl FnMut(usize) -> Result<Duration>,
) -> Result<Samples> {
    let mut samples = vec![Vec::with_capacity(rounds); contenders];
    for round in 0..rounds {
        let order = (0..contenders).map(|place| (place + round) % contenders);
        for contender in order {
            let seconds = run(contender)?.as_secs_f64();
            samples.get_mut(contender).into_iter().for_each(|of| of.push(seconds));
        }
    }
    Ok(Samples(samples))
}

impl Samples {
    /// Creates samples that were measured elsewhere.
    #[must_use]
    pub fn new(samples: Vec<Vec<f64>>) -> Self {
        Self(samples)
    }

    /// Returns the median of a contender, in seconds.
    #[must_use]
    pub fn median(&self, contender: usize) -> f64 {
        median(self.of(contender).to_vec())
    }

    /// Returns the ratio between two contenders: the median of the ratios within each round.
    #[must_use]
    pub fn ratio(&self, contender: usize, to: usize) -> f64 {
        self.paired(contender, to, |value, other| value / other)
    }

    /// Returns the difference between two contenders, in seconds: the median of the differences
    /// within each round.
    #[must_use]
    pub fn difference(&self, contender: usize, from: usize) -> f64 {
        self.paired(contender, from, |value, other| value - other)
    }

    fn paired(&self, contender: usize, other: usize, compare: impl Fn(f64, f64) -> f64) -> f64 {
        let pairs = self.of(contender).iter().zip(self.of(other));
        median(pairs.map(|(value, other)| compare(*value, *other)).collect())
    }

    fn of(&self, contender: usize) -> &[f64] {
        self.0.get(contender).map_or(&[], Vec::as_slice)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
