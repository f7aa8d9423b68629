//! The official openai Python client against the real server.

use std::process::Command;

use wenbao_tests::{Ran, Server, Wenbao, python, root};

#[test]
fn the_official_client_works() {
    let server = Server::start(&Wenbao::samples());
    let ran = Ran::of(
        Command::new(python())
            .arg(root().join("tests/e2e/openai_client.py"))
            .arg(format!("{}/v1", server.url))
            .env("NO_PROXY", "127.0.0.1"),
    );
    ran.succeeds();
    assert_eq!(ran.stdout.trim(), "ok", "{ran:#?}");
}
