//! The rows of a table: the places or years that a question over many reports is about.

use wenbao_lang::place::{self, PROVINCES};
use wenbao_report::Region;

use super::read::{Order, Rows};
use crate::view::View;

/// A place or a year that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// How people name it.
    pub label: String,
    /// The place.
    pub region: Option<Region>,
    /// The year, where rows are years.
    pub year: Option<i32>,
    /// Whether a report of the place is there at all.
    pub reported: bool,
}

/// No table has more rows: what a question may cost is bounded, and no one reads more.
pub(crate) const MOST: usize = 64;

/// The places that reports are about, as far as a table may have them: provinces in the official order, or where there are none
/// or only one, what other places there are, by name.
pub(crate) fn places(view: &View) -> Vec<Region> {
    let provinces = provinces(view);
    if provinces.len() > 1 {
        return provinces;
    }
    let mut all: Vec<Region> =
        view.snapshot.documents().iter().filter_map(|d| d.meta.region.clone()).filter(|r| !r.is_nation()).collect();
    all.sort();
    all.dedup();
    all.truncate(MOST);
    all
}

/// The provinces that reports are about, in the official order.
pub(crate) fn provinces(view: &View) -> Vec<Region> {
    let documents = view.snapshot.documents();
    let reported = |short: &str| documents.iter().any(|d| d.meta.region.as_ref().is_some_and(|r| r.0 == short));
    PROVINCES.iter().filter(|p| reported(p.short)).map(|p| Region(p.short.to_string())).collect()
}

/// Whether the reports are those of several provinces, and of nothing below them: then one that names no place is about each of them.
pub(crate) fn is_of_provinces(view: &View) -> bool {
    let provinces = provinces(view);
    let of_one = |region: &Region| region.is_nation() || provinces.contains(region);
    provinces.len() > 1 && view.snapshot.documents().iter().all(|d| d.meta.region.as_ref().is_some_and(of_one))
}

/// The rows of an order; `None` where the index has too few reports for it.
///
/// `named` are the places that the question names.
pub(crate) fn lines(view: &View, order: &Order, named: &[Region]) -> Option<Vec<Line>> {
    let known = places(view);
    let line = |region: Region| Line {
        label: region.0.clone(),
        reported: known.contains(&region) || has_report(view, &region, None),
        region: Some(region),
        year: None,
    };
    let of_kind = |kind: place::Kind| {
        PROVINCES.iter().filter(move |p| p.kind == kind).map(|p| Region(p.short.to_string())).collect::<Vec<_>>()
    };
    let regions = match &order.rows {
        Rows::Years(from, to) => return years(view, *from, *to, named),
        Rows::All => known.clone(),
        Rows::Listed => named.to_vec(),
        Rows::Kind(kind) => of_kind(*kind),
        Rows::Group(members) => {
            let reports = |short: &&&str| PROVINCES.iter().any(|p| p.short == **short && p.reports());
            members.iter().filter(reports).map(|short| Region((*short).to_string())).collect()
        }
    };
    if known.len() < 2 {
        return None;
    }
    let mut lines: Vec<Line> = regions.into_iter().map(line).collect();
    // "哪些省的2026年报告没提": a place without that report leaves nothing unsaid in it.
    if let Some(year) = order.report_year.filter(|_| order.rows == Rows::All) {
        let with: Vec<Line> = lines
            .iter()
            .filter(|l| l.region.as_ref().is_some_and(|r| has_report(view, r, Some(year))))
            .cloned()
            .collect();
        if !with.is_empty() {
            lines = with;
        }
    }
    lines.truncate(MOST);
    (lines.len() > 1).then_some(lines)
}

/// The rows of a table that is asked for by its parts: one place is enough.
pub(crate) fn requested(view: &View, order: &Order, regions: &[Region]) -> Vec<Line> {
    let line = |region: &Region| Line {
        label: region.0.clone(),
        reported: has_report(view, region, None),
        region: Some(region.clone()),
        year: None,
    };
    match &order.rows {
        Rows::Years(from, to) => years(view, *from, *to, regions).unwrap_or_default(),
        Rows::All => places(view).iter().map(line).collect(),
        _ => regions.iter().take(MOST).map(line).collect(),
    }
}

/// Whether there is a report of a place, of a year where one is given.
pub(crate) fn has_report(view: &View, region: &Region, year: Option<i32>) -> bool {
    view.snapshot
        .documents()
        .iter()
        .any(|d| d.meta.region.as_ref() == Some(region) && (year.is_none() || d.meta.year == year))
}

/// The years of one place: all of a span, or those of its reports.
fn years(view: &View, from: Option<i32>, to: Option<i32>, named: &[Region]) -> Option<Vec<Line>> {
    let documents = view.snapshot.documents();
    let mut all: Vec<Region> = documents.iter().filter_map(|d| d.meta.region.clone()).collect();
    all.sort();
    all.dedup();
    let region = match (named, all.as_slice()) {
        ([one], _) => one.clone(),
        ([], [one]) => one.clone(),
        _ => return None,
    };
    let mut reported: Vec<i32> =
        documents.iter().filter(|d| d.meta.region.as_ref() == Some(&region)).filter_map(|d| d.meta.year).collect();
    reported.sort_unstable();
    reported.dedup();
    let last = *reported.last()?;
    let years: Vec<i32> = match (from, to) {
        (Some(from), Some(to)) if from < to => (from..=to).collect(),
        (Some(from), _) => (from..=last).collect(),
        // 历年: those that have a report.
        _ => reported.clone(),
    };
    if years.len() < 2 || years.len() > MOST {
        return None;
    }
    let line =
        |year: i32| Line {
            label: format!("{year}年"), region: Some(region.clone()), year: Some(year), reported: true
        };
    Some(years.into_iter().map(line).collect())
}
