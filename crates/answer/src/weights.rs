//! The learned weights: one data file, `weights.toml`, written by `examples/fit.rs`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// A linear model: the names of its features with their weights. A feature without a weight counts nothing.
pub type Linear = BTreeMap<String, f32>;

/// Everything that is learned.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// How well a sentence answers.
    pub sentence: Linear,
    /// How well a quantity of a sentence answers.
    pub value: Linear,
    /// How well a stretch of a sentence is the name asked for.
    #[serde(default)]
    pub name: Linear,
    /// Log-odds that the answer is right, from the winner's features.
    pub confidence: Linear,
}

static SHIPPED: LazyLock<Weights> = LazyLock::new(|| toml::from_str(include_str!("weights.toml")).unwrap_or_default());

impl Weights {
    /// The weights that the program ships with.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }
}

/// The weights of `model` in the order of `names`.
pub(crate) fn aligned<const N: usize>(model: &Linear, names: &[&str; N]) -> [f32; N] {
    names.map(|name| model.get(name).copied().unwrap_or(0.0))
}

/// The weighted sum.
pub(crate) fn dot<const N: usize>(weights: &[f32; N], features: &[f32; N]) -> f32 {
    weights.iter().zip(features).map(|(w, f)| w * f).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_is_well_formed_and_knows_every_feature() {
        let weights: Weights = toml::from_str(include_str!("weights.toml")).expect("weights.toml parses");
        for name in crate::evidence::SENTENCE_FEATURES {
            assert!(weights.sentence.contains_key(name), "no weight for {name}");
        }
        for name in crate::extract::name::NAME_FEATURES {
            assert!(weights.name.contains_key(name), "no weight for {name}");
        }
        for name in crate::values::VALUE_FEATURES {
            assert!(weights.value.contains_key(name), "no weight for {name}");
        }
    }
}
