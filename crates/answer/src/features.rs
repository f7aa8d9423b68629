//! Named features: what is known of a candidate, as numbers that a fitted linear model weighs. A feature is read and set
//! by its name; no place of the code knows at which index it lies.

use std::collections::BTreeMap;

/// A linear model: the names of its features with their weights. A feature without a weight counts nothing.
pub type Linear = BTreeMap<String, f32>;

/// A set of features, made by [`features!`].
pub(crate) trait FeatureSet: Default {
    /// The names, in the order of [`FeatureSet::values`].
    const NAMES: &'static [&'static str];

    /// The numbers, in the order of [`FeatureSet::NAMES`].
    fn values(&self) -> &[f32];
}

/// The weights of a model, laid out for one set of features.
pub(crate) struct Weighing(Vec<f32>);

impl Weighing {
    /// The weights of `model` for the features of `F`.
    pub fn of<F: FeatureSet>(model: &Linear) -> Self {
        Self(F::NAMES.iter().map(|name| model.get(*name).copied().unwrap_or(0.0)).collect())
    }

    /// The weighted sum.
    pub fn sum<F: FeatureSet>(&self, features: &F) -> f32 {
        self.0.iter().zip(features.values()).map(|(w, f)| w * f).sum()
    }
}

/// Declares a set of features: an enum of their names and the type that holds one number for each, indexed by the enum.
macro_rules! features {
    ($(#[$about:meta])* $set:ident: $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($(#[$doc])* $variant,)+ }

        $(#[$about])*
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct $set([f32; [$($text),+].len()]);

        impl Default for $set {
            fn default() -> Self {
                Self([0.0; [$($text),+].len()])
            }
        }

        impl $crate::features::FeatureSet for $set {
            const NAMES: &'static [&'static str] = &[$($text),+];

            fn values(&self) -> &[f32] {
                &self.0
            }
        }

        impl std::ops::Index<$name> for $set {
            type Output = f32;

            fn index(&self, name: $name) -> &f32 {
                &self.0[name as usize]
            }
        }

        impl std::ops::IndexMut<$name> for $set {
            fn index_mut(&mut self, name: $name) -> &mut f32 {
                &mut self.0[name as usize]
            }
        }
    };
}
pub(crate) use features;

/// 1 for yes, 0 for no.
pub(crate) fn yes(condition: bool) -> f32 {
    f32::from(u8::from(condition))
}

#[cfg(test)]
mod tests {
    use super::*;

    features! {
        /// Of a test.
        Things: Thing {
            /// The first.
            First = "first",
            /// The second.
            Second = "second",
        }
    }

    #[test]
    fn a_feature_is_weighed_by_its_name_wherever_it_lies() {
        let model = Linear::from([("second".to_string(), 2.0), ("unknown".to_string(), 9.0)]);
        let mut things = Things::default();
        things[Thing::First] = 5.0;
        things[Thing::Second] = yes(true);
        assert_eq!(Weighing::of::<Things>(&model).sum(&things), 2.0);
    }
}
