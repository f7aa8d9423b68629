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
    /// The index could not be read.
    #[error(transparent)]
    Index(#[from] wenbao_index::Error),
    /// The question could not be embedded.
    #[error(transparent)]
    Embed(#[from] wenbao_embed::Error),
}
