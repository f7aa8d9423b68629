//! Which documents are listed, and how far: one home for `GET /api/v1/documents` and the tool `documents` of assistants.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wenbao_report::DocumentKind;

use crate::view::DocumentView;

/// Which documents; every field that is given must agree.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only those about this region, or about a place in it.
    region: Option<String>,
    /// Only those whose own year is this one.
    year: Option<i32>,
    /// Only those of this kind: "work_report", "communique", "measure" and so on.
    #[param(value_type = Option<crate::schemas::DocumentKind>)]
    doc_type: Option<DocumentKind>,
    /// Only those whose title or path holds this, upper and lower case alike.
    q: Option<String>,
}

impl Which {
    fn fits(&self, document: &DocumentView) -> bool {
        let holds = |words: &str| {
            let words = words.to_lowercase();
            let title = document.title.as_deref().unwrap_or_default();
            [title, &document.path].iter().any(|text| text.to_lowercase().contains(&words))
        };
        self.region.as_ref().is_none_or(|region| document.is_about(region))
            && self.year.is_none_or(|year| document.year == Some(year))
            && self.doc_type.is_none_or(|kind| document.doc_type == kind)
            && self.q.as_deref().is_none_or(holds)
    }
}

/// A page of documents, by path.
#[derive(Serialize, ToSchema)]
#[schema(as = DocumentList)]
pub(crate) struct Listing {
    pub documents: Vec<DocumentView>,
    /// How many fit, on all pages together.
    total: usize,
    /// Where the next page begins; null on the last.
    next_offset: Option<usize>,
}

impl Listing {
    /// At most `limit` of those that fit, without the first `offset`.
    pub fn of(mut documents: Vec<DocumentView>, which: &Which, offset: usize, limit: usize) -> Self {
        documents.retain(|document| which.fits(document));
        let total = documents.len();
        let documents: Vec<_> = documents.into_iter().skip(offset).take(limit).collect();
        let end = offset.saturating_add(documents.len());
        Self { documents, total, next_offset: (end < total).then_some(end) }
    }
}
