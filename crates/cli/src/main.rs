//! The `wenbao` command.
fn main() {}
