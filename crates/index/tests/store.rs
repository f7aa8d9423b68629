//! The store as its users see it: ingest, search, replace, remove, filters, other models.

mod common;

use std::sync::Arc;

use common::{Fake, SHAANXI, SHANXI, Setup, ingest, open, read, vector, write};
use wenbao_index::terms::terms;
use wenbao_index::{DocumentId, Error, Filter, Generation, Grain, Index, ModelStamp, New, Source};
use wenbao_report::{DocumentKind, Region, Status};

impl Setup {
    fn ingested(&self) -> Index {
        let index = open(self.home.path());
        ingest(&index, &[self.files.path().to_path_buf()]).unwrap();
        index
    }
}

fn weighted(text: &str) -> Vec<(String, f32)> {
    terms(text).into_iter().map(|term| (term, 1.0)).collect()
}

#[test]
fn both_grains_are_found_by_words_and_by_vectors() {
    let setup = Setup::new();
    let snapshot = setup.ingested().snapshot().unwrap();
    assert_eq!(snapshot.len(), 5);
    let all = Filter::default();
    for grain in [Grain::Passage, Grain::Sentence] {
        for hits in [
            snapshot.search_text(grain, &weighted("新建智能化煤矿"), 3, &all).unwrap(),
            snapshot.search_vectors(grain, &vector("今年计划新建智能化煤矿130座。"), 3, &all).unwrap(),
        ] {
            let best = snapshot.passage(hits[0].row).unwrap();
            assert!(best.passage.text.contains("130座"), "{grain:?} {}", best.passage.text);
            assert_eq!(hits[0].sentence, (grain == Grain::Sentence).then_some(0));
            assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
        }
    }
    assert!(snapshot.search_text(Grain::Passage, &weighted("火星移民"), 3, &all).unwrap().is_empty());
    assert!(snapshot.idf("智能化") < snapshot.idf("苹果"));
}

#[test]
fn stored_vectors_come_back_exactly() {
    let setup = Setup::new();
    let snapshot = setup.ingested().snapshot().unwrap();
    let hit = snapshot.search_text(Grain::Sentence, &weighted("清洁能源装机"), 1, &Filter::default()).unwrap()[0];
    let record = snapshot.passage(hit.row).unwrap();
    let document = read(std::path::Path::new("shanxi.txt"), SHANXI.as_bytes()).unwrap();
    let range = wenbao_index::grain::sentence_ranges(&document, &record.passage).swap_remove(1);
    let text = wenbao_index::grain::passage_text(&document, &record.passage);
    let text: String = text.chars().skip(range.start).take(range.len()).collect();
    assert_eq!(snapshot.vector(Grain::Sentence, hit.row, 1).unwrap(), vector(&text));
    assert_eq!(snapshot.vector(Grain::Sentence, hit.row, 9), None);
}

#[test]
fn filters_let_only_their_own_pass() {
    let setup = Setup::new();
    let snapshot = setup.ingested().snapshot().unwrap();
    let shanxi = snapshot.documents().iter().find(|d| d.path.ends_with("shanxi.txt")).unwrap();
    let shanxi_rows: Vec<u32> = shanxi.rows().collect();
    let cases = [
        (Filter { regions: vec![Region("陕西".into())], ..Filter::default() }, 2),
        (Filter { regions: vec![Region("广东".into())], ..Filter::default() }, 0),
        (Filter { years: Some((2025, 2025)), ..Filter::default() }, 2),
        (Filter { years: Some((2020, 2024)), ..Filter::default() }, 3),
        (Filter { years: Some((1990, 1999)), undated: true, ..Filter::default() }, 0),
        (Filter { statuses: vec![Status::Target], ..Filter::default() }, 2),
        (Filter { documents: Some(vec![shanxi.id.clone()]), ..Filter::default() }, 3),
        (Filter { rows: Some(shanxi_rows[..1].to_vec()), ..Filter::default() }, 1),
        (Filter { rows: Some(vec![]), ..Filter::default() }, 0),
    ];
    for (filter, want) in cases {
        let found = snapshot.search_vectors(Grain::Passage, &vector("计划"), 10, &filter).unwrap();
        assert_eq!(found.len(), want, "{filter:?}");
        let words = [("计划".to_owned(), 1.0), ("去年".to_owned(), 1.0), ("完善".to_owned(), 1.0)];
        let found = snapshot.search_text(Grain::Passage, &words, 10, &filter).unwrap();
        assert_eq!(found.len(), want, "by words: {filter:?}");
    }
}

#[test]
fn a_filter_on_kinds_holds_before_the_best_are_counted() {
    let setup = Setup::new();
    // A notice that says more of plans than all reports do.
    let notice = "2025年山西通知\n计划计划计划计划计划。\n计划计划计划计划。\n";
    write(setup.files.path(), "notice.txt", notice);
    let snapshot = setup.ingested().snapshot().unwrap();
    let words = [("计划".to_owned(), 1.0)];
    let kind_of = |row| snapshot.passage(row).unwrap().document.meta.doc_type;
    let cases = [
        (vec![DocumentKind::WorkReport], DocumentKind::WorkReport, 2),
        (vec![DocumentKind::Other, DocumentKind::Guide], DocumentKind::Other, 2),
        (vec![DocumentKind::Guide], DocumentKind::Guide, 0),
    ];
    for (kinds, kind, want) in cases {
        let filter = Filter { kinds, ..Filter::default() };
        for grain in [Grain::Passage, Grain::Sentence] {
            for hits in [
                snapshot.search_text(grain, &words, 2, &filter).unwrap(),
                snapshot.search_vectors(grain, &vector("计划计划计划"), 2, &filter).unwrap(),
            ] {
                assert_eq!(hits.len(), want, "{grain:?} {filter:?}");
                assert!(hits.iter().all(|hit| kind_of(hit.row) == kind), "{grain:?} {filter:?}");
            }
        }
    }
    let of_shaanxi =
        Filter { kinds: vec![DocumentKind::Other], regions: vec![Region("陕西".into())], ..Filter::default() };
    assert!(snapshot.search_vectors(Grain::Passage, &vector("计划"), 9, &of_shaanxi).unwrap().is_empty());
}

#[test]
fn a_new_content_takes_the_place_of_the_old_and_an_old_snapshot_keeps_what_it_saw() {
    let setup = Setup::new();
    let index = setup.ingested();
    let before = index.snapshot().unwrap();
    write(setup.files.path(), "shanxi.txt", &SHANXI.replace("130座", "131座"));
    ingest(&index, &[setup.files.path().to_path_buf()]).unwrap();
    let after = index.snapshot().unwrap();
    assert_eq!((before.len(), after.len()), (5, 5));
    let find = |snapshot: &wenbao_index::Snapshot| {
        let hits = snapshot.search_text(Grain::Passage, &weighted("新建智能化煤矿"), 1, &Filter::default()).unwrap();
        snapshot.passage(hits[0].row).unwrap().passage.text.clone()
    };
    assert!(find(&after).contains("131座"));
    assert!(find(&before).contains("130座"));
}

#[test]
fn several_documents_are_stored_together_or_not_at_all() {
    let setup = Setup::new();
    let index = open(setup.home.path());
    let mut writer = index.writer().unwrap();
    let made: Vec<_> = [("a.txt", SHANXI), ("b.txt", SHAANXI)]
        .into_iter()
        .map(|(name, text)| {
            let document = read(std::path::Path::new(name), text.as_bytes()).unwrap();
            let count = document.passages.iter().map(|p| p.sentences.len()).sum();
            let rows = |count: usize| Fake.encode(&vec!["x".to_owned(); count]);
            let source = Source { path: name.into(), sha256: common::sum(text.as_bytes()), bytes: 1 };
            (source, rows(document.passages.len()), rows(count), document)
        })
        .collect();
    let new = |at: usize, short: bool| {
        let (source, passages, sentences, document) = &made[at];
        New { source, document, passages, sentences: if short { passages } else { sentences }, made: None }
    };
    // The second lacks vectors.
    assert!(matches!(writer.put_all(&[new(1, false), new(0, true)]), Err(Error::Shape { .. })));
    assert_eq!(index.snapshot().unwrap().documents().len(), 0);
    assert_eq!(writer.put_all(&[new(1, false), new(0, false)]).unwrap().len(), 2);
    assert_eq!(index.snapshot().unwrap().generation(), 1);
    writer.finish().unwrap();
    assert_eq!(index.snapshot().unwrap().documents().len(), 2);
    assert_eq!(index.verify().unwrap().differences, Vec::<String>::new());
}

#[test]
fn removed_documents_are_gone_and_names_resolve() {
    let setup = Setup::new();
    let index = setup.ingested();
    let snapshot = index.snapshot().unwrap();
    let id = snapshot.documents()[0].id.clone();
    let passage = snapshot.passage(snapshot.documents()[0].first_row).unwrap();
    assert_eq!(snapshot.passage_by_id(&passage.id.0).unwrap().unwrap().row, passage.row);
    assert_eq!(snapshot.passage_by_id("nonsense").unwrap(), None);
    assert_eq!(snapshot.passage_by_id(&format!("{id}-9999")).unwrap(), None);
    let mut writer = index.writer().unwrap();
    assert!(matches!(index.writer(), Err(Error::Locked(_))));
    assert!(writer.remove(&id).unwrap());
    assert!(!writer.remove(&DocumentId("000000000000".into())).unwrap());
    writer.finish().unwrap();
    let after = index.snapshot().unwrap();
    assert_eq!(after.documents().len(), 1);
    assert_eq!(after.passage_by_id(&passage.id.0).unwrap(), None);
    assert!(
        after.search_vectors(Grain::Passage, &vector("苹果"), 10, &Filter::default()).unwrap().len() == after.len()
    );
}

#[test]
fn documents_of_a_generation_are_those_read_afresh() {
    let setup = Setup::new();
    let index = open(setup.home.path());
    let report = |number: usize| format!("2025年山西报告{number}\n今年计划新建智能化煤矿{number}30座。\n");
    for number in 1..5 {
        write(setup.files.path(), &format!("{number}.txt"), &report(number));
    }
    ingest(&index, &[setup.files.path().to_path_buf()]).unwrap();
    let first = index.snapshot().unwrap();
    // One is replaced, one removed, one moved, one new, two stay.
    write(setup.files.path(), "1.txt", &report(7));
    write(setup.files.path(), "9.txt", &report(9));
    ingest(&index, &[setup.files.path().to_path_buf()]).unwrap();
    let id = |path: &str| {
        let all = first.documents();
        all.iter().find(|document| document.path.ends_with(path)).unwrap().id.clone()
    };
    let mut writer = index.writer().unwrap();
    assert!(writer.remove(&id("2.txt")).unwrap());
    writer.moved(&id("3.txt"), &setup.files.path().join("moved.txt")).unwrap();
    writer.finish().unwrap();
    let second = index.snapshot().unwrap();
    assert_eq!(second.documents(), open(setup.home.path()).snapshot().unwrap().documents());
    assert!(second.documents().iter().any(|document| document.path.ends_with("moved.txt")));
    let kept = |document: &&Arc<_>| first.documents().iter().any(|old| Arc::ptr_eq(old, document));
    assert_eq!(second.documents().iter().filter(kept).count(), first.documents().len() - 3);
}

#[test]
fn copies_of_a_fact_know_each_other() {
    let setup = Setup::new();
    let digest = "2025年山西报告摘要\n今年计划新建智能化煤矿130座。计划新增清洁能源装机1000万千瓦！\n\
                  今年计划新建智能化煤矿150座。计划新增清洁能源装机1000万千瓦！\n";
    write(setup.files.path(), "digest.txt", digest);
    let index = open(setup.home.path());
    ingest(&index, &[setup.files.path().to_path_buf()]).unwrap();
    let snapshot = index.snapshot().unwrap();
    let records: Vec<_> = snapshot.rows().map(|row| snapshot.passage(row).unwrap()).collect();
    let also_in = |row| snapshot.also_in(row).unwrap();
    let with: Vec<_> = records.iter().filter(|r| !also_in(r.row).is_empty()).collect();
    assert_eq!(with.len(), 2);
    assert!(with.iter().all(|r| r.passage.text.contains("130座")));
    assert_eq!(also_in(with[0].row), [with[1].row]);
    assert_eq!(also_in(with[1].row), [with[0].row]);
}

#[test]
fn an_index_of_another_model_is_refused_with_advice() {
    let setup = Setup::new();
    drop(setup.ingested());
    let other = ModelStamp { name: "other".into(), fingerprint: "beef".into(), dimensions: 8 };
    let error = Index::open(setup.home.path(), &other).err().unwrap().to_string();
    assert!(error.contains("fake") && error.contains("other") && error.contains("--index"), "{error}");
    assert!(Index::open_existing(setup.home.path()).is_ok());
    let none = tempfile::tempdir().unwrap();
    let error = Index::open_existing(none.path()).err().unwrap().to_string();
    assert!(error.contains("wenbao ingest"), "{error}");
    assert_eq!(Fake.stamp(), *open(setup.home.path()).model());
}

#[test]
fn another_process_commits_are_seen() {
    let setup = Setup::new();
    let (reader, writer) = (setup.ingested(), open(setup.home.path()));
    assert_eq!(reader.snapshot().unwrap().documents().len(), 2);
    write(setup.files.path(), "third.txt", "2024年山西报告\n去年一切顺利，人民生活持续改善。\n");
    ingest(&writer, &[setup.files.path().to_path_buf()]).unwrap();
    assert_eq!(reader.snapshot().unwrap().documents().len(), 3);
}
