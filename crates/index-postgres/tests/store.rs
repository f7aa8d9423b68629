//! The store in databases beside that in a folder. Needs servers: `make test-postgres` starts them and names them in
//! WENBAO_TEST_POSTGRES (addresses with spaces between them, the first alone and the others together); without it these tests
//! say so and pass. Each test empties the databases.
#![allow(missing_docs)]

#[path = "../../index/tests/common/mod.rs"]
mod common;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use common::{Fake, read, sum};
use wenbao_embed::Vectors;
use wenbao_index::grain::{passage_text, sentence_ranges};
use wenbao_index::store::Whole;
use wenbao_index::{DocumentId, Filter, Generation, Grain, Hit, Index, New, Search, Source, Store, terms};
use wenbao_index_postgres::{Options, Postgres, addresses};
use wenbao_report::{Document, DocumentKind, Region, Status};

static ALONE: Mutex<()> = Mutex::new(());

/// The databases, emptied: one, and several that share. None where no servers are named.
fn databases() -> Option<(MutexGuard<'static, ()>, [Vec<String>; 2])> {
    let Ok(named) = std::env::var("WENBAO_TEST_POSTGRES") else {
        eprintln!("not tested: WENBAO_TEST_POSTGRES names no servers (`make test-postgres` starts some)");
        return None;
    };
    let guard = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let all = addresses(&named);
    all.iter().for_each(|address| sql(address, "DROP SCHEMA IF EXISTS wenbao CASCADE"));
    let (one, others) = all.split_at(1);
    Some((guard, [one.to_vec(), others.to_vec()]))
}

/// Runs statements in a database.
fn sql(address: &str, statements: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(address, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(statements).await.unwrap();
    });
}

fn open(addresses: &[String]) -> Postgres {
    Postgres::open(addresses, Options::default(), &Fake.stamp()).unwrap()
}

/// A document as an ingest would store it.
struct Read {
    source: Source,
    document: Document,
    passages: Vectors,
    sentences: Vectors,
}

impl Read {
    fn new(name: &str, text: &str) -> Self {
        let path = PathBuf::from(name);
        let document = read(&path, text.as_bytes()).unwrap();
        let passages: Vec<String> = document.passages.iter().map(|p| passage_text(&document, p)).collect();
        let cut = |text: &String, r: std::ops::Range<usize>| text.chars().skip(r.start).take(r.len()).collect();
        let sentences: Vec<String> = document
            .passages
            .iter()
            .zip(&passages)
            .flat_map(|(p, text)| sentence_ranges(&document, p).into_iter().map(move |r| cut(text, r)))
            .collect();
        let source = Source { path, sha256: sum(text.as_bytes()), bytes: text.len() as u64 };
        Self { source, passages: Fake.encode(&passages), sentences: Fake.encode(&sentences), document }
    }

    fn id(&self) -> DocumentId {
        DocumentId::of_sha256(&self.source.sha256)
    }

    fn put(&self, store: &dyn Store) {
        let mut writer = store.writing().unwrap();
        let Self { source, document, passages, sentences } = self;
        writer.put_all(&[New { source, document, passages, sentences, made: None }]).unwrap();
        writer.finish().unwrap();
    }
}

/// Reports of some years and provinces that say much the same.
fn reports() -> Vec<Read> {
    let things = ["智能化煤矿", "充电桩", "口袋公园", "海外仓", "城镇新增就业", "粮食播种面积"];
    let report = |number: usize| {
        let (year, region) = (2020 + number % 4, ["山西", "陕西"][number / 4 % 2]);
        let kind = if number.is_multiple_of(3) { "通知" } else { "政府工作报告" };
        let mut text = format!("{year}年{region}{kind}第{number}篇\n");
        for line in 0..6 {
            let (a, b) = (things[(number + line) % 6], things[(number * line + 2) % 6]);
            text.push_str(&format!("去年建成{a}{}座。{b}稳步提高。\n", number * 7 + line));
            text.push_str(&format!("今年计划新建{b}{}个。计划改造{a}和{}。\n", line * 31 + number, things[line]));
        }
        // The same fact in every one of them.
        text.push_str("全省上下认真学习贯彻会议精神，扎实推进高质量发展，经济总量突破2万亿元，增长百分之五点六。\n");
        Read::new(&format!("{number:02}.txt"), &text)
    };
    (0..11).map(report).collect()
}

fn filters() -> Vec<Filter> {
    let reports = reports();
    vec![
        Filter::default(),
        Filter { years: Some((2021, 2022)), ..Filter::default() },
        Filter { years: Some((2021, 2021)), undated: true, statuses: vec![Status::Target], ..Filter::default() },
        Filter { regions: vec![Region("陕西".into())], ..Filter::default() },
        Filter { documents: Some(vec![reports[1].id(), reports[5].id()]), ..Filter::default() },
        Filter { documents: Some(Vec::new()), ..Filter::default() },
        Filter { kinds: vec![DocumentKind::WorkReport], ..Filter::default() },
        Filter {
            kinds: vec![DocumentKind::Other],
            documents: Some(vec![reports[1].id(), reports[6].id()]),
            ..Filter::default()
        },
        Filter { kinds: vec![DocumentKind::Guide], ..Filter::default() },
        Filter { rows: Some((3..40).collect()), statuses: vec![Status::Actual], ..Filter::default() },
    ]
}

/// What a generation finds in many ways.
fn found(generation: &dyn Generation) -> Vec<(String, Vec<Hit>)> {
    let mut all = Vec::new();
    for text in ["新建智能化煤矿多少座", "粮食播种面积", "经济总量突破2万亿元", "无此一说"]
    {
        let vector = common::vector(text);
        let weighed: Vec<(String, f32)> =
            terms::terms(text).into_iter().enumerate().map(|(at, term)| (term, 1.0 + at as f32 / 8.0)).collect();
        for (number, filter) in filters().iter().enumerate() {
            for grain in [Grain::Passage, Grain::Sentence] {
                let searches = [
                    Search::Vectors { grain, query: &vector, k: 9, filter },
                    Search::Text { grain, terms: &weighed, k: 9, filter },
                ];
                for (hits, what) in generation.search(&searches).unwrap().into_iter().zip(["vectors", "words"]) {
                    let rows = if filter.rows.is_some() { BY_ROWS } else { "" };
                    all.push((format!("{text} by {what} in {grain:?}s, filter {number}{rows}"), hits));
                }
            }
        }
    }
    all
}

/// Ends the name of what was asked for by rows, which are of one place and not of another.
const BY_ROWS: &str = " by rows";

/// The same scores, whatever the rows are.
fn assert_close(what: &str, wanted: &[Hit], given: &[Hit]) {
    assert_eq!(wanted.len(), given.len(), "{what}: {wanted:?} {given:?}");
    for (a, b) in wanted.iter().zip(given) {
        assert!((a.score - b.score).abs() < 1e-4, "{what}: {a:?} {b:?}");
    }
}

/// The same places with scores that are close; equals may change places, as sums of the same numbers do.
fn assert_same(folder: &dyn Generation, databases: &dyn Generation) {
    for ((what, wanted), (_, given)) in found(folder).into_iter().zip(found(databases)) {
        assert_close(&what, &wanted, &given);
        // The last may be one of several equals, of which either side has room for some.
        let last = wanted.last().map_or(0.0, |hit| hit.score);
        for hit in wanted.iter().filter(|hit| hit.score > last + 1e-4) {
            assert!(given.iter().any(|g| (g.row, g.sentence) == (hit.row, hit.sentence)), "{what}: {hit:?} {given:?}");
        }
    }
    assert_eq!(folder.documents(), databases.documents());
    assert_eq!(folder.rows(), databases.rows());
    // A row may be asked for twice at once; nothing of them is kept yet.
    let twice = [folder.rows()[1], folder.rows()[0], folder.rows()[1]];
    databases.expect(&twice).unwrap();
    assert_eq!(folder.read_passages(&twice).unwrap(), databases.read_passages(&twice).unwrap());
    for row in folder.rows() {
        assert_eq!(folder.passage(row).unwrap(), databases.passage(row).unwrap());
        assert_eq!(folder.also_in(row).unwrap(), databases.also_in(row).unwrap(), "{row}");
        for (grain, sentence) in [(Grain::Passage, 0), (Grain::Sentence, 0), (Grain::Sentence, 1), (Grain::Sentence, 9)]
        {
            assert_eq!(folder.vector(grain, row, sentence).unwrap(), databases.vector(grain, row, sentence).unwrap());
        }
    }
    for document in folder.documents() {
        assert_eq!(folder.document_text(&document.id).unwrap(), databases.document_text(&document.id).unwrap());
        assert_eq!(folder.outline(&document.id).unwrap(), databases.outline(&document.id).unwrap());
    }
}

/// Puts all documents of one store into another, as `wenbao copy` does.
fn copy(from: &dyn Store, to: &dyn Store) {
    let generation = from.newest().unwrap();
    let mut documents: Vec<_> = generation.documents().to_vec();
    documents.sort_by_key(|document| document.first_row);
    let whole: Vec<Whole> = documents.iter().map(|d| generation.whole(&d.id).unwrap().unwrap()).collect();
    let mut writer = to.writing().unwrap();
    writer.put_all(&whole.iter().map(Whole::as_new).collect::<Vec<_>>()).unwrap();
    writer.finish().unwrap();
}

#[test]
fn databases_find_what_a_folder_finds_and_documents_come_back_as_they_were() {
    let Some((_alone, all)) = databases() else { return };
    let (home, back) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let index = common::open(home.path());
    reports().iter().for_each(|report| report.put(&index));
    for addresses in &all {
        let store = open(addresses);
        copy(&index, &store);
        let again = open(addresses);
        assert_same(&*index.newest().unwrap(), &*again.newest().unwrap());
        assert_eq!(again.verify().unwrap().differences, [""; 0]);
        again.rebuild().unwrap();
        assert_same(&*index.newest().unwrap(), &*again.newest().unwrap());
        let folder = back.path().join(addresses.len().to_string());
        let returned = Index::open(&folder, &Fake.stamp()).unwrap();
        copy(&again, &returned);
        assert_same(&*index.newest().unwrap(), &*returned.newest().unwrap());
        let status = again.status().unwrap();
        assert_eq!((status.documents, status.segments.len()), (11, addresses.len()));
        assert!(status.segments.iter().all(|segment| segment.passages > 0), "{status:?}");
    }
}

#[test]
fn what_is_replaced_moved_or_removed_is_so_at_once_and_readers_keep_their_generation() {
    let Some((_alone, all)) = databases() else { return };
    for addresses in &all {
        let store = open(addresses);
        // Another program before the same databases, which was there first.
        let beside = open(addresses);
        assert_eq!(beside.newest().unwrap().documents().len(), 0);
        let reports = reports();
        reports.iter().take(4).for_each(|report| report.put(&store));
        let before = store.newest().unwrap();
        assert_eq!(before.documents().len(), 4);
        let unchanged = found(&*before);
        // New content from the same path, in another database perhaps.
        let new = Read::new("01.txt", "2025年山西政府工作报告\n今年计划新建海外仓30个。\n");
        new.put(&store);
        let mut writer = store.writing().unwrap();
        assert!(writer.remove(&reports[2].id()).unwrap());
        assert!(!writer.remove(&reports[2].id()).unwrap());
        writer.moved(&reports[3].id(), Path::new("elsewhere.txt")).unwrap();
        assert_eq!(writer.stored().unwrap().len(), 3);
        writer.finish().unwrap();
        let after = beside.newest().unwrap();
        for after in [&after, &open(addresses).newest().unwrap()] {
            let paths: Vec<&str> = after.documents().iter().map(|document| document.path.as_str()).collect();
            assert_eq!(paths, ["00.txt", "01.txt", "elsewhere.txt"]);
        }
        assert!(after.generation() > before.generation());
        assert!(after.document(&reports[1].id()).is_none() && after.document(&new.id()).is_some());
        let gone = before.document(&reports[2].id()).unwrap().rows();
        assert!(after.passage(gone.start).is_err() && after.vector(Grain::Passage, gone.start, 0).unwrap().is_none());
        for (what, hits) in found(&*after) {
            assert!(hits.iter().all(|hit| after.passage(hit.row).is_ok()), "{what}");
        }
        assert_eq!(found(&*before), unchanged);
        assert_eq!(before.passage(gone.start).unwrap().row, gone.start);
        assert_eq!(store.verify().unwrap().differences, [""; 0]);
        // As if they had never been there.
        let fresh = tempfile::tempdir().unwrap();
        let index = common::open(fresh.path());
        copy(&store, &index);
        for ((what, a), (_, b)) in found(&*index.newest().unwrap()).into_iter().zip(found(&*after)) {
            // A filter on rows means other passages: rows are given anew where documents are copied.
            if !what.ends_with(BY_ROWS) {
                assert_close(&what, &a, &b);
            }
        }
    }
}

#[test]
fn a_graph_that_is_asked_finds_the_same_of_few() {
    let Some((_alone, all)) = databases() else { return };
    let home = tempfile::tempdir().unwrap();
    let index = common::open(home.path());
    reports().iter().for_each(|report| report.put(&index));
    for addresses in &all {
        // Of so few PostgreSQL itself would compare all.
        let no_other = "&options=-cenable_seqscan%3Doff%20-cenable_sort%3Doff%20-cenable_bitmapscan%3Doff";
        let forced: Vec<String> = addresses.iter().map(|address| format!("{address}{no_other}")).collect();
        let options = Options { approximate: true, ..Options::default() };
        let store = Postgres::open(&forced, options, &Fake.stamp()).unwrap();
        copy(&index, &store);
        assert_same(&*index.newest().unwrap(), &*store.newest().unwrap());
        assert!(store.status().unwrap().segments.iter().all(|segment| segment.graphs == (true, true)));
        // When a connection ends its counts are told.
        drop(store);
        let asked = "(SELECT min(idx_scan) FROM pg_stat_user_indexes WHERE indexrelname ~ 'graph')";
        for address in addresses {
            sql(
                address,
                &format!(
                    "DO $$ BEGIN FOR i IN 1..100 LOOP PERFORM pg_stat_clear_snapshot(); EXIT WHEN {asked} > 0; PERFORM pg_sleep(0.1); END LOOP; ASSERT {asked} > 0; END $$"
                ),
            );
        }
    }
}

#[test]
fn without_a_database_there_is_an_error_or_the_documents_of_the_others_where_they_are_asked_for() {
    let Some((_alone, [_, several])) = databases() else { return };
    let store = open(&several);
    reports().iter().for_each(|report| report.put(&store));
    let all = store.reachable().unwrap();
    assert_eq!((all.unreachable(), all.documents().len()), (&[][..], 11));
    let mut broken = several.clone();
    broken[1] = "postgres://w:geheim@127.0.0.1:1/wenbao?sslmode=disable".to_owned();
    assert!(matches!(Postgres::existing(&broken, Options::default()), Err(wenbao_index::Error::Unreachable { .. })));
    let store = Postgres::existing(&broken, Options { partial: true, ..Options::default() }).unwrap();
    let filter = Filter::default();
    let terms = [("煤矿".to_owned(), 1.0)];
    let search = Search::Text { grain: Grain::Passage, terms: &terms, k: 9, filter: &filter };
    assert!(matches!(store.newest().unwrap().search(&[search]), Err(wenbao_index::Error::Unreachable { .. })));
    let part = store.reachable().unwrap();
    assert_eq!(part.unreachable(), ["postgres://w@127.0.0.1:1/wenbao?sslmode=disable"]);
    let lacking = 11 - part.documents().len();
    assert!((1..10).contains(&lacking), "{lacking}");
    // The same value as long as it is the same part.
    assert!(std::sync::Arc::ptr_eq(&part, &store.reachable().unwrap()));
    // As if the others had never been there.
    let home = tempfile::tempdir().unwrap();
    let index = common::open(home.path());
    let here: Vec<_> = reports().into_iter().filter(|report| part.document(&report.id()).is_some()).collect();
    here.iter().for_each(|report| report.put(&index));
    for ((what, a), (_, b)) in found(&*index.newest().unwrap()).into_iter().zip(found(&*part)) {
        if !what.ends_with(BY_ROWS) {
            assert_close(&what, &a, &b);
        }
    }
    for row in part.rows() {
        part.passage(row).unwrap();
        part.also_in(row).unwrap().iter().for_each(|&other| drop(part.passage(other).unwrap()));
    }
    // The first says which documents there are.
    let mut headless = several;
    headless[0].clone_from(&broken[1]);
    assert!(Postgres::existing(&headless, Options { partial: true, ..Options::default() }).is_err());
}

#[test]
fn writers_side_by_side_store_all_and_no_document_twice() {
    let Some((_alone, all)) = databases() else { return };
    for addresses in &all {
        let store = open(addresses);
        std::thread::scope(|scope| {
            for worker in 0..3 {
                let store = &store;
                // Each report comes to two of them.
                scope.spawn(move || {
                    let reports = reports();
                    let own = reports.iter().enumerate().filter(|(at, _)| at % 3 == worker || (at + 1) % 3 == worker);
                    own.for_each(|(_, report)| report.put(store));
                });
            }
        });
        let generation = store.newest().unwrap();
        assert_eq!(generation.documents().len(), 11);
        let rows = generation.rows();
        assert!(rows.windows(2).all(|pair| pair[0] < pair[1]), "{rows:?}");
        assert_eq!(store.verify().unwrap().differences, [""; 0]);
        let fact = *rows.iter().find(|&&row| generation.passage(row).unwrap().passage.text.contains("2万亿")).unwrap();
        assert_eq!(generation.also_in(fact).unwrap().len(), 10);
    }
}

#[test]
fn parts_of_a_writer_that_died_are_seen_by_nobody_and_put_away_by_the_next() {
    let Some((_alone, [one, _])) = databases() else { return };
    let store = open(&one);
    let reports = reports();
    reports[0].put(&store);
    // As a writer leaves it that ends between storing a document's parts and making them seen.
    sql(
        &one[0],
        "UPDATE wenbao.state SET next_row = next_row + 1000;
         INSERT INTO wenbao.unsettled SELECT next_row - 1000, next_row, 0, false FROM wenbao.state;
         INSERT INTO wenbao.bodies SELECT next_row - 1000, 'dead', '[]', '' FROM wenbao.state;
         INSERT INTO wenbao.passage_entries SELECT (s.next_row - 1000) * 65536, s.next_row - 1000, NULL, NULL, 0, NULL, e.v
             FROM wenbao.state s, wenbao.passage_entries e ORDER BY e.place LIMIT 1;",
    );
    reports[1].put(&store);
    sql(&one[0], "DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM wenbao.bodies WHERE id = 'dead'); END $$");
    let generation = store.newest().unwrap();
    let hits = found(&*generation);
    assert!(hits.iter().flat_map(|(_, hits)| hits).all(|hit| generation.passage(hit.row).is_ok()));
    assert_eq!(store.verify().unwrap().differences, [""; 0]);
}

#[test]
fn verify_tells_words_and_passages_that_are_not_there() {
    let Some((_alone, [_, several])) = databases() else { return };
    let store = open(&several);
    reports().iter().for_each(|report| report.put(&store));
    assert_eq!(store.verify().unwrap().differences, [""; 0]);
    for address in &several {
        sql(address, "DELETE FROM wenbao.sentence_postings WHERE term = '计划'");
    }
    let found = store.verify().unwrap().differences;
    assert!(found.len() == 11 && found.iter().all(|line| line.contains("words of its sentences")), "{found:?}");
    store.rebuild().unwrap();
    assert_eq!(store.verify().unwrap().differences, [""; 0]);
}

#[test]
fn more_databases_take_their_share_and_answers_stay_the_same() {
    let Some((_alone, [_, several])) = databases() else { return };
    let two = open(&several[..2]);
    reports().iter().for_each(|report| report.put(&two));
    // Enough to be moved in several steps.
    (0..50).for_each(|n| {
        Read::new(&format!("s{n}.txt"), &format!("2024年山西第{n}县公报\n去年建成公园{n}座。\n")).put(&two)
    });
    let before = two.newest().unwrap();
    // Interrupted at once, and after the second.
    let three = Postgres::with_more(&several, Options::default()).unwrap();
    assert_eq!(three.spread(&|_, _| {}, &AtomicBool::new(true)).unwrap(), 0);
    let stop = AtomicBool::new(false);
    let tell = |_: usize, _: usize| stop.store(true, Ordering::Relaxed);
    let moved = three.spread(&tell, &stop).unwrap();
    assert!((1..40).contains(&moved), "{moved}");
    let same = |after: &dyn Generation| {
        let ids =
            |of: &dyn Generation| of.documents().iter().map(|d| (d.id.clone(), d.path.clone())).collect::<Vec<_>>();
        assert_eq!(ids(&*before), ids(after));
        // Who began before finds in the old places what others find in the new ones.
        for ((what, a), (_, b)) in found(&*before).into_iter().zip(found(after)) {
            if !what.ends_with(BY_ROWS) {
                assert_close(&what, &a, &b);
            }
        }
    };
    same(&*Postgres::existing(&several, Options::default()).unwrap().newest().unwrap());
    assert!(three.spread(&|_, _| {}, &AtomicBool::new(false)).unwrap() > 0);
    assert_eq!(three.spread(&|_, _| {}, &AtomicBool::new(false)).unwrap(), 0);
    let after = three.newest().unwrap();
    same(&*after);
    assert_eq!(three.verify().unwrap().differences, [""; 0]);
    assert!(three.status().unwrap().segments.iter().all(|segment| segment.passages > 0));
    // A server that was told of two only does not answer from a part.
    assert!(two.newest().is_err_and(|error| error.to_string().contains("more databases")));
}

#[test]
fn what_is_removed_or_replaced_while_documents_move_does_not_come_back() {
    let Some((_alone, [_, several])) = databases() else { return };
    let two = open(&several[..2]);
    let county = |n: usize, built: usize| {
        Read::new(&format!("s{n}.txt"), &format!("2024年山西第{n}县公报\n去年建成公园{built}座。\n"))
    };
    (0..50).for_each(|n| county(n, n).put(&two));
    let three = Postgres::with_more(&several, Options::default()).unwrap();
    let beside = Postgres::existing(&several, Options::default()).unwrap();
    let first = AtomicBool::new(true);
    // After the first step, of several: some of these have moved, others have not.
    let tell = |done: usize, all: usize| {
        if first.swap(false, Ordering::Relaxed) {
            assert!(done + 8 < all, "{done} of {all}");
            (0..25).for_each(|n| assert!(beside.writing().unwrap().remove(&county(n, n).id()).unwrap(), "{n}"));
            (25..50).for_each(|n| county(n, n + 100).put(&beside));
        }
    };
    three.spread(&tell, &AtomicBool::new(false)).unwrap();
    let generation = three.newest().unwrap();
    let there: std::collections::HashSet<_> = generation.documents().iter().map(|d| d.id.clone()).collect();
    assert_eq!(there, (25..50).map(|n| county(n, n + 100).id()).collect());
    assert_eq!(three.verify().unwrap().differences, [""; 0]);
}

#[test]
fn connections_that_are_cut_and_servers_that_are_stuck_are_told_and_come_back() {
    let Some((_alone, [_, several])) = databases() else { return };
    open(&several);
    let deadline = std::time::Duration::from_secs(1);
    let store = Postgres::existing(&several, Options { deadline, connections: 4, ..Options::default() }).unwrap();
    reports().iter().take(4).for_each(|report| report.put(&store));
    let filter = Filter::default();
    let terms = [("煤矿".to_owned(), 1.0)];
    let search = Search::Text { grain: Grain::Passage, terms: &terms, k: 9, filter: &filter };
    let ask = || store.newest()?.search(&[search]);
    let wanted = ask().unwrap();
    assert!(!wanted[0].is_empty());
    // All connections of all pools at once.
    for address in &several {
        sql(address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wenbao'");
    }
    let began = std::time::Instant::now();
    let found = loop {
        match ask() {
            Ok(found) => break found,
            // That a connection was cut may be noticed while it is used.
            Err(wenbao_index::Error::Unreachable { .. }) => assert!(began.elapsed().as_secs() < 5, "it stays cut"),
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(found, wanted);
    // One server is stuck for longer than a question may take: more questions at once than there are connections.
    std::thread::scope(|scope| {
        let stuck = scope.spawn(|| sql(&several[1], "BEGIN; LOCK TABLE wenbao.passage_postings; SELECT pg_sleep(7)"));
        std::thread::sleep(std::time::Duration::from_millis(500));
        let began = std::time::Instant::now();
        let asking: Vec<_> = (0..12).map(|_| scope.spawn(ask)).collect();
        for asked in asking {
            match asked.join().unwrap() {
                Err(wenbao_index::Error::Unreachable { store, .. }) => assert_eq!(store, several[1]),
                other => panic!("{other:?}"),
            }
        }
        assert!(began.elapsed().as_secs() < 6 && !stuck.is_finished(), "{:?}", began.elapsed());
    });
    assert_eq!(ask().unwrap(), wanted);
}

#[test]
fn files_of_the_queue_are_one_workers_each_and_come_back_when_it_dies() {
    let Some((_alone, [one, _])) = databases() else { return };
    let store = open(&one);
    let files: Vec<PathBuf> = (0..4).map(|n| PathBuf::from(format!("{n}.txt"))).collect();
    assert_eq!(store.enqueue(&files).unwrap(), 4);
    assert_eq!(store.enqueue(&files[..2]).unwrap(), 0);
    let first = store.claim().unwrap().unwrap();
    let second = store.claim().unwrap().unwrap();
    assert_eq!((first.path(), second.path()), (files[0].as_path(), files[1].as_path()));
    first.end(None).unwrap();
    // It dies.
    drop(second);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
    let again = loop {
        match store.claim().unwrap() {
            Some(next) if next.path() == files[1] => break next,
            _ => assert!(std::time::Instant::now() < deadline, "it never came back"),
        }
    };

    again.end(Some("not a text".to_owned())).unwrap();
    let waiting = store.waiting().unwrap();
    assert_eq!((waiting.files, waiting.failed), (2, 1));
    // Put in anew it is tried anew.
    assert_eq!(store.enqueue(&files[1..2]).unwrap(), 1);
    assert_eq!(store.waiting().unwrap().failed, 0);
}

#[test]
fn databases_in_another_order_of_another_model_or_of_nobody_are_refused() {
    let Some((_alone, [one, several])) = databases() else { return };
    let refused = |addresses: &[String]| match Postgres::existing(addresses, Options::default()) {
        Ok(_) => panic!("{addresses:?} was opened"),
        Err(error) => error.to_string(),
    };
    assert!(refused(&one).contains("no documents"), "{}", refused(&one));
    open(&several);
    let mut turned = several.clone();
    turned.swap(1, 2);
    assert!(refused(&turned).contains("in their order"));
    assert!(refused(&several[..1]).contains("3 databases"));
    let other = wenbao_index::ModelStamp { fingerprint: "0ther".into(), ..Fake.stamp() };
    let error = Postgres::open(&several, Options::default(), &other).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(error.contains("use that model"), "{error}");
    // A backup is the servers' work: it says whose.
    let backup = Postgres::existing(&several, Options::default()).unwrap().backup(Path::new("backup"));
    assert!(backup.is_err_and(|error| error.to_string().contains("pg_basebackup")));
    sql(&several[0], "UPDATE wenbao.meta SET value = '99' WHERE key = 'format'");
    assert!(refused(&several).contains("newer version"), "{}", refused(&several));
    let nobody = ["postgres://wenbao@127.0.0.1:1/wenbao?sslmode=disable".to_owned()];
    assert!(refused(&nobody).contains("does not answer"), "{}", refused(&nobody));
}
