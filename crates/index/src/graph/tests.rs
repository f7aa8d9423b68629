use super::*;

const DIMENSIONS: usize = 48;

/// Unit vectors in clusters inside a narrow cone, like those of e5.
pub(super) fn clustered(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 40) as f32 / (1u64 << 24) as f32) - 0.5
    };
    let centres: Vec<f32> = (0..20 * DIMENSIONS).map(|_| 1.0 + next()).collect();
    let mut rows = Vec::new();
    for at in 0..count {
        let centre = &centres[at % 20 * DIMENSIONS..][..DIMENSIONS];
        let row: Vec<f32> = centre.iter().map(|c| c + 0.5 * next()).collect();
        let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
        rows.extend(row.iter().map(|v| v / norm));
    }
    rows
}

fn queries() -> Vec<Vec<f32>> {
    // Another stretch of the same generator: near the clusters, not among the vectors.
    clustered(3050, 5).chunks_exact(DIMENSIONS).skip(3000).map(<[f32]>::to_vec).collect()
}

fn recall(flat: &Flat, k: usize, effort: usize, mask: Option<&Mask>) -> f64 {
    let (mut found, mut wanted) = (0, 0);
    for query in queries() {
        let truth: Vec<u32> = flat.search_all(&query, k, mask).iter().map(|s| s.ordinal).collect();
        found += flat.search(&query, k, effort, mask).iter().filter(|s| truth.contains(&s.ordinal)).count();
        wanted += truth.len();
    }
    found as f64 / wanted as f64
}

#[test]
fn a_scan_finds_the_exact_nearest_in_order() {
    let flat = Flat::in_memory(DIMENSIONS, &clustered(2000, 5));
    let odd = Mask::new(2000, |o| o % 2 == 1);
    for query in queries() {
        for mask in [None, Some(&odd)] {
            assert_eq!(flat.search(&query, 10, 64, mask), flat.search_all(&query, 10, mask));
        }
    }
    let empty = Flat::in_memory(DIMENSIONS, &[]);
    assert!(empty.search(&[0.5; DIMENSIONS], 10, 64, None).is_empty());
    assert!(flat.search(&[0.0; DIMENSIONS], 0, 64, None).is_empty());
    assert!(flat.search(&[0.0; 3], 5, 64, None).is_empty(), "a query of other dimensions");
}

#[test]
fn a_walk_finds_nearly_all_and_reaches_everything() {
    let rows = clustered(3000, 5);
    let refined = vec![Refinement::default()];
    // Inserted by hnsw_rs alone, and grown from a sample.
    for (refinements, sample) in [(vec![], 3000), (refined.clone(), 3000), (refined.clone(), 700), (refined, 1)] {
        let options = Options { refinements, sample, ..Options::default() };
        let (flat, _) = build(DIMENSIONS, &rows, &options);
        assert!(flat.has_graph());
        // So short a list that the walk is the cheaper way.
        let found = recall(&flat, 10, 40, None);
        assert!(found > 0.95, "{found} with {options:?}");
        flat.verify().unwrap();
        // Every vector finds itself.
        let lost = (0..3000).filter(|&o| flat.search(flat.row(o).unwrap(), 1, 40, None)[0].ordinal != o).count();
        assert!(lost < 5, "{lost} with {options:?}");
    }
}

#[test]
fn a_build_that_is_told_to_stop_gives_nothing() {
    let stop = std::sync::atomic::AtomicBool::new(true);
    assert!(build_unless(DIMENSIONS, &clustered(300, 5), &Options::default(), &stop).is_none());
}

#[test]
fn filters_lose_nothing_however_few_pass() {
    let (flat, _) = build(DIMENSIONS, &clustered(3000, 5), &Options::default());
    for share in [2, 10, 100, 1000, 10_000] {
        let mask = Mask::new(3000, |o| o % share == 0);
        let found = recall(&flat, 10, 64, Some(&mask));
        assert!(found > 0.97, "one in {share}: {found}");
        for query in queries() {
            let hits = flat.search(&query, 10, 64, Some(&mask));
            assert!(hits.iter().all(|h| h.ordinal % share == 0));
            assert_eq!(hits.len(), mask.count().min(10));
        }
    }
}

#[test]
fn a_file_comes_back_as_it_was_and_damage_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors");
    let (flat, _) = build(DIMENSIONS, &clustered(700, 5), &Options::default());
    flat.write(&path).unwrap();
    let opened = Flat::open(&path).unwrap();
    opened.verify().unwrap();
    let query = &queries()[0];
    assert_eq!(opened.search(query, 10, 64, None), flat.search(query, 10, 64, None));
    assert_eq!(opened.rows(), flat.rows());
    let none = dir.path().join("none");
    Flat::in_memory(DIMENSIONS, &[]).write(&none).unwrap();
    Flat::open(&none).unwrap().verify().unwrap();
    let good = std::fs::read(&path).unwrap();
    for (at, what) in [(3, "not a vector file"), (20, "header"), (70_000, "block 1"), (good.len() - 1, "block")] {
        let mut bad = good.clone();
        bad[at] ^= 4;
        std::fs::write(&path, &bad).unwrap();
        let error = match Flat::open(&path) {
            Err(error) => error.to_string(),
            Ok(flat) => flat.verify().unwrap_err(),
        };
        assert!(error.contains(what), "byte {at}: {error}");
    }
    for length in [0, 100, good.len() - 1] {
        std::fs::write(&path, &good[..length]).unwrap();
        assert!(Flat::open(&path).is_err(), "{length} bytes");
    }
}

#[test]
fn masks_count_and_list_what_they_hold() {
    let mask = Mask::new(130, |o| o % 64 == 1);
    assert_eq!((mask.count(), mask.iter().collect::<Vec<_>>()), (3, vec![1, 65, 129]));
    let both = mask.and(&Mask::new(130, |o| o > 64));
    assert_eq!(both.iter().collect::<Vec<_>>(), [65, 129]);
    assert!(!both.contains(1) && both.contains(65) && !both.contains(4000));
    for ranges in [vec![], vec![0..100, 90..130], vec![3..4, 60..70, 64..128, 129..500], vec![0..64, 64..65, 7..7]] {
        let plain = Mask::new(130, |o| ranges.iter().any(|range| range.contains(&o)));
        assert_eq!(Mask::of_ranges(130, ranges.clone()), plain, "{ranges:?}");
    }
    let values: Vec<u32> = (0..130).map(|o| o % 7).collect();
    assert_eq!(Mask::of_values(&values, |v| v == 3), Mask::new(130, |o| o % 7 == 3));
}
