//! The learned weights: one data file, `weights.toml`, written by `examples/fit.rs`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::features::Linear;

/// Everything that is learned.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// How well a sentence answers.
    pub sentence: Linear,
    /// How well a quantity of a sentence answers, by rules alone.
    pub value: Linear,
    /// The judgement with a reader.
    #[serde(default)]
    pub read: Judgement,
    /// The judgement without one.
    #[serde(default)]
    pub unread: Judgement,
}

/// Which candidate answers, and how sure that is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// How well a candidate answers.
    pub candidate: Linear,
    /// Log-odds that the answer taken is right.
    pub confidence: Linear,
}

static SHIPPED: LazyLock<Weights> =
    LazyLock::new(|| toml::from_str(include_str!("../data/weights.toml")).unwrap_or_default());

impl Weights {
    /// The weights that the program ships with.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// The judgement that holds with a reader or without one.
    pub fn judgement(&self, read: bool) -> &Judgement {
        if read { &self.read } else { &self.unread }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_is_well_formed_and_knows_every_feature() {
        let weights: Weights = toml::from_str(include_str!("../data/weights.toml")).expect("weights.toml parses");
        let known = |model: &Linear, names: &[&str]| {
            for name in names {
                assert!(model.contains_key(*name), "no weight for {name}");
            }
        };
        known(&weights.sentence, crate::tuning::SENTENCES);
        known(&weights.value, crate::tuning::VALUES);
        for judgement in [&weights.read, &weights.unread] {
            known(&judgement.candidate, crate::tuning::CANDIDATES);
            known(&judgement.confidence, crate::tuning::SIGNALS);
        }
    }
}
