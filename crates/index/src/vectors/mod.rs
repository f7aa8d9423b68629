//! Vector search inside one segment.

pub(crate) mod block;
pub(crate) mod simd;
pub(crate) mod top;
