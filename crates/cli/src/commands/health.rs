//! `wenbao health`: for who must know and has no other client, such as a container.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use anyhow::Context;

use crate::output;

/// A server that takes longer to say so is not ready.
const WAIT: Duration = Duration::from_secs(4);

/// The status line is all that is looked at.
const MAX_REPLY: u64 = 1024;

pub(super) fn run(addr: &str) -> anyhow::Result<()> {
    let way_out =
        || format!("no server answers on {addr}; start it with `wenbao serve`, or name its address with --addr");
    let address = addr.to_socket_addrs().with_context(way_out)?.next().with_context(way_out)?;
    let mut stream = TcpStream::connect_timeout(&reachable(address), WAIT).with_context(way_out)?;
    stream.set_read_timeout(Some(WAIT))?;
    stream.set_write_timeout(Some(WAIT))?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", reachable(address));
    stream.write_all(request.as_bytes()).with_context(way_out)?;
    let mut reply = Vec::new();
    stream.take(MAX_REPLY).read_to_end(&mut reply).with_context(way_out)?;
    let reply = String::from_utf8_lossy(&reply);
    // "HTTP/1.1 200 OK"
    let status = reply.split_whitespace().nth(1).unwrap_or("nothing");
    anyhow::ensure!(status == "200", "the server on {addr} is not ready: it says {status}; its log says why");
    output::line(&format!("the server on {addr} is ready"));
    Ok(())
}

/// Where a server that listens everywhere is to be found.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, address.port())
}
