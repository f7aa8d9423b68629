//! What can go wrong while answering.

/// An answer that could not be given for a technical reason; "the reports do not know" is no error but an
/// [`Answer`](crate::Answer) that abstains.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing was asked.
    #[error("the question is empty: ask something, for instance “2025年新建智能化煤矿多少座”")]
    EmptyQuestion,
    /// More was said than a question can be.
    #[error("the question has {0} characters, more than {max}: shorten it", max = crate::Question::MAX_CHARS)]
    LongQuestion(usize),
    /// A table is asked for of a place that is none.
    #[error(
        "no place or group of places is called {0:?}: name a province, a city or a group, for instance 山西 or 长三角"
    )]
    NoPlace(String),
    /// A table would have too many years.
    #[error("a table of these places has at most {most} years, not {years}: name fewer years, or one place")]
    ManyYears {
        /// How many were asked for.
        years: usize,
        /// How many it can have.
        most: usize,
    },
    /// The index could not be read.
    #[error(transparent)]
    Index(#[from] wenbao_index::Error),
    /// The question could not be embedded.
    #[error(transparent)]
    Embed(#[from] wenbao_embed::Error),
}
