//! The store of documents, passages and vectors, with its lexical and vector indexes.
