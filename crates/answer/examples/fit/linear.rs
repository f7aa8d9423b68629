//! The two small models that are fitted, and their cross-validation.

/// Parts that cross-validation leaves out in turn; a document is wholly in one.
pub const FOLDS: usize = 5;
const ROUNDS: usize = 400;
const RATE: f32 = 0.03;

/// A question's candidates with what is right among them.
pub struct Group {
    pub fold: usize,
    pub features: Vec<Vec<f32>>,
    pub right: Vec<bool>,
    /// Candidates that belong together (rows of passages), to count a hit by passage.
    pub rows: Vec<u32>,
}

impl Group {
    fn scores(&self, weights: &[f32]) -> Vec<f32> {
        self.features.iter().map(|f| f.iter().zip(weights).map(|(x, w)| x * w).sum()).collect()
    }
}

/// A softmax over each group's candidates (the conditional logit of McFadden 1974, listwise in Cao et al. 2007), with an L2
/// penalty towards nothing, by Adam (Kingma and Ba 2015).
fn softmax(groups: &[&Group], start: &[f32], penalty: f32) -> Vec<f32> {
    let width = start.len();
    let mut weights = start.to_vec();
    let (mut first, mut second) = (vec![0.0_f32; width], vec![0.0_f32; width]);
    let usable: Vec<&&Group> =
        groups.iter().filter(|g| g.right.iter().any(|r| *r) && !g.right.iter().all(|r| *r)).collect();
    for round in 1..=ROUNDS {
        let mut gradient = vec![0.0_f32; width];
        for group in &usable {
            let scores = group.scores(&weights);
            let top = scores.iter().copied().fold(f32::MIN, f32::max);
            let all: Vec<f32> = scores.iter().map(|s| (s - top).exp()).collect();
            let total: f32 = all.iter().sum();
            let right: f32 = all.iter().zip(&group.right).filter(|(_, r)| **r).map(|(e, _)| e).sum::<f32>().max(1e-12);
            for ((f, e), r) in group.features.iter().zip(&all).zip(&group.right) {
                let pull = e / total - if *r { e / right } else { 0.0 };
                for (g, x) in gradient.iter_mut().zip(f) {
                    *g += pull * x;
                }
            }
        }
        for i in 0..width {
            let g = gradient[i] / usable.len().max(1) as f32 + penalty * weights[i];
            first[i] = 0.9 * first[i] + 0.1 * g;
            second[i] = 0.999 * second[i] + 0.001 * g * g;
            let m = first[i] / (1.0 - 0.9_f32.powi(round as i32));
            let v = second[i] / (1.0 - 0.999_f32.powi(round as i32));
            weights[i] -= RATE * m / (v.sqrt() + 1e-8);
        }
    }
    weights
}

/// Share of groups whose best candidate (or best `k` distinct rows) holds a right one.
fn hit(groups: &[&Group], weights: &[f32], k: usize) -> f32 {
    let mut hits = 0.0;
    for group in groups {
        let scores = group.scores(weights);
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        let mut rows = Vec::new();
        for i in order {
            if !rows.contains(&group.rows[i]) {
                rows.push(group.rows[i]);
            }
            if rows.len() > k {
                break;
            }
            if group.right[i] {
                hits += 1.0;
                break;
            }
        }
    }
    hits / groups.len().max(1) as f32
}

/// Fits on everything, and says what the same would be worth held out by document.
pub fn ranking(name: &str, groups: &[Group], start: &[f32]) -> Vec<f32> {
    const PENALTY: f32 = 0.002;
    let all: Vec<&Group> = groups.iter().collect();
    let fitted = softmax(&all, start, PENALTY);
    let mut held = [0.0_f32; 3];
    for fold in 0..FOLDS {
        let (test, train): (Vec<&Group>, Vec<&Group>) = groups.iter().partition(|g| g.fold == fold);
        let weights = softmax(&train, start, PENALTY);
        for (h, k) in held.iter_mut().zip([1, 3, 5]) {
            *h += hit(&test, &weights, k) * test.len() as f32 / groups.len().max(1) as f32;
        }
    }
    println!(
        "{name:12} {} questions, {} without a right candidate; hit@1 before {:.3}, fitted {:.3}, held out {:.3} (@3 {:.3}, @5 {:.3})",
        groups.len(),
        groups.iter().filter(|g| !g.right.iter().any(|r| *r)).count(),
        hit(&all, start, 1),
        hit(&all, &fitted, 1),
        held[0],
        held[1],
        held[2],
    );
    fitted
}

/// An answer that was taken, with what is known of it.
pub struct Judged {
    pub signals: Vec<f32>,
    pub right: bool,
    pub answerable: bool,
    pub fold: usize,
}

/// Answers to questions that have none are rare in the sets and weigh as much as a wrong answer costs.
const UNANSWERABLE_WEIGHT: f32 = 3.0;

/// Logistic regression of right against wrong, on standardised signals; the first of them is always 1.
fn logistic(rows: &[&Judged]) -> Vec<f32> {
    let n = rows.first().map_or(0, |r| r.signals.len());
    let count = rows.len().max(1) as f32;
    let (mut mean, mut deviation) = (vec![0.0_f32; n], vec![1.0_f32; n]);
    for i in 1..n {
        mean[i] = rows.iter().map(|r| r.signals[i]).sum::<f32>() / count;
        deviation[i] = (rows.iter().map(|r| (r.signals[i] - mean[i]).powi(2)).sum::<f32>() / count).sqrt().max(1e-3);
    }
    let scaled: Vec<Vec<f32>> = rows
        .iter()
        .map(|r| r.signals.iter().zip(&mean).zip(&deviation).map(|((x, m), d)| (x - m) / d).collect())
        .collect();
    let mut weights = vec![0.0_f32; n];
    for _ in 0..2000 {
        let mut gradient = vec![0.0_f32; n];
        for (row, x) in rows.iter().zip(&scaled) {
            let odds: f32 = x.iter().zip(&weights).map(|(x, w)| x * w).sum();
            let weight = if row.answerable { 1.0 } else { UNANSWERABLE_WEIGHT };
            let pull = weight * (1.0 / (1.0 + (-odds).exp()) - f32::from(u8::from(row.right)));
            for (g, x) in gradient.iter_mut().zip(x) {
                *g += pull * x;
            }
        }
        for (i, w) in weights.iter_mut().enumerate() {
            *w -= 0.1 * (gradient[i] / count + if i == 0 { 0.0 } else { 0.01 * *w });
        }
    }
    // Back to the signals as they come: the means go into the bias.
    let mut out: Vec<f32> = weights.iter().zip(&deviation).map(|(w, d)| w / d).collect();
    if n > 0 {
        out[0] = weights[0] - (1..n).map(|i| weights[i] * mean[i] / deviation[i]).sum::<f32>();
    }
    out
}

/// Fits the confidence, and prints what each threshold would do, held out: the figures to choose it by.
pub fn confidence(name: &str, judged: &[Judged]) -> Vec<f32> {
    let mut held: Vec<(f32, &Judged)> = Vec::new();
    for fold in 0..FOLDS {
        let (test, train): (Vec<&Judged>, Vec<&Judged>) = judged.iter().partition(|j| j.fold == fold);
        let weights = logistic(&train);
        for row in test {
            let odds: f32 = row.signals.iter().zip(&weights).map(|(x, w)| x * w).sum();
            held.push((1.0 / (1.0 + (-odds).exp()), row));
        }
    }
    let count = |f: &dyn Fn(&(f32, &Judged)) -> bool| held.iter().filter(|h| f(h)).count();
    println!(
        "{name}: threshold, right kept, right silenced, wrong kept, unanswerable answered (of {}, held out)",
        held.len()
    );
    for threshold in [0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8] {
        println!(
            "{threshold:9}  {:10}  {:14}  {:10}  {:21}",
            count(&|h| h.1.right && h.0 >= threshold),
            count(&|h| h.1.right && h.0 < threshold),
            count(&|h| !h.1.right && h.1.answerable && h.0 >= threshold),
            count(&|h| !h.1.answerable && h.0 >= threshold),
        );
    }
    logistic(&judged.iter().collect::<Vec<_>>())
}
