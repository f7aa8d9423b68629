//! Why the winner won: the reading of the question, and each candidate with its features and their weights.

use serde_json::{Map, Value, json};

use crate::answerer::Reading;
use crate::cell::CellAnswer;
use crate::features::{FeatureSet, Linear};
use crate::weights::Weights;

/// Candidates shown of each cell.
const SHOWN: usize = 10;

/// The explanation of an answer.
pub(crate) fn explain(reading: &Reading, cells: &[CellAnswer], weights: &Weights, read: bool) -> Value {
    let judgement = weights.judgement(read);
    let shown: Vec<Value> = reading
        .query
        .cells
        .iter()
        .zip(cells)
        .map(|(asked, answer)| {
            json!({
                "asked": {
                    "text": asked.text, "topic": asked.topic, "kind": format!("{:?}", asked.asked), "units": asked.units,
                    "class": asked.class, "period": asked.period, "region": asked.region, "status": asked.status,
                    "hints": format!("{:?}", asked.hints), "explicit": format!("{:?}", asked.explicit),
                },
                "outcome": match &answer.outcome {
                    Ok(found) => json!({"answer": found.answer, "label": found.value.label}),
                    Err(missing) => json!({"missing": format!("{missing:?}")}),
                },
                "confidence": answer.confidence, "answers": answer.answers,
                "signals": parts(&answer.signals, &judgement.confidence),
                "sentences": answer.ranked.iter().take(SHOWN).map(|s| json!({
                    "document": s.passage.record.document.path,
                    "text": s.passage.sentence_text(s.sentence),
                    "period": s.passage.sentences[s.sentence].period,
                    "status": s.passage.sentences[s.sentence].status,
                    "cosine": s.cosine,
                    "score": s.score,
                    "features": parts(&s.features, &weights.sentence),
                })).collect::<Vec<_>>(),
                "values": answer.values.iter().take(SHOWN).map(|v| {
                    let quantity = v.of(&answer.ranked);
                    json!({
                        "value": quantity.text, "measure": quantity.measure, "sentence": v.sentence, "score": v.score,
                        "features": parts(&v.features, &weights.value),
                    })
                }).collect::<Vec<_>>(),
                "candidates": answer.candidates.iter().take(SHOWN).map(|c| json!({
                    "text": c.text(&answer.ranked), "form": format!("{:?}", c.form), "sentence": c.sentence, "score": c.score,
                    "barred": c.barred.as_ref().map(|b| format!("{b:?}")),
                    "features": parts(&c.features, &judgement.candidate),
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({"read_as": reading.query.text, "language": format!("{:?}", reading.language), "cells": shown})
}

/// Each feature that is not zero, with its weight: [value, weight, product].
fn parts<F: FeatureSet>(features: &F, model: &Linear) -> Value {
    let round = |x: f32| (f64::from(x) * 1e3).round() / 1e3;
    let map: Map<String, Value> = F::NAMES
        .iter()
        .zip(features.values())
        .filter(|(_, f)| **f != 0.0)
        .map(|(name, f)| {
            let weight = model.get(*name).copied().unwrap_or(0.0);
            ((*name).to_string(), json!([round(*f), round(weight), round(f * weight)]))
        })
        .collect();
    Value::Object(map)
}
