//! Documents, names, questions, messages and requests made to hurt: one table, on the real command.

use std::process::Command;

use wenbao_tests::{Ran, models, python, wenbao};

#[test]
fn nothing_hostile_takes_it_down() {
    let script = wenbao_tests::root().join("tests/e2e/hostile.py");
    let ran = Ran::of(Command::new(python()).arg(script).arg(wenbao()).arg(models()).env("NO_PROXY", "127.0.0.1"));
    ran.succeeds();
    assert_eq!(ran.stdout.trim(), "ok", "{ran:#?}");
}
