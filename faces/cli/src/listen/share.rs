//! A way in for phones in the same network: a socket of its own, a secret in the address, and a code to point at.

use crate::failure::{Failure, Outcome, plain};
use crate::output::{line, say, warn};
use farfield_web::{Room, Share, Sharing};
use qrcode::QrCode;
use qrcode::render::{svg, unicode};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};

/// Bytes of the secret.
const SECRET: usize = 16;

pub(super) fn open(room: &Room, quiet: bool) -> Outcome<Share> {
    let address = address().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let failed = |error: &std::io::Error| {
        Failure::new(format!("nothing can be shared at {address}: {}; leave --share out", plain(error)))
    };
    let socket = TcpListener::bind((address, 0)).map_err(|error| failed(&error))?;
    let port = socket.local_addr().map_err(|error| failed(&error))?.port();
    let token = token()?;
    let host = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
    let url = format!("http://{host}:{port}/{token}/");
    let code = QrCode::new(&url).map_err(|error| Failure::new(error.to_string()))?;
    line(&url);
    if address.is_loopback() {
        warn("this machine is in no network, so that no phone can open this");
    } else if !quiet {
        say(&code
            .render::<unicode::Dense1x2>()
            .dark_color(unicode::Dense1x2::Light)
            .light_color(unicode::Dense1x2::Dark)
            .build());
        say("Whoever has this link can hear the mix and leave notes, as long as this runs.");
    }
    let code_svg = code.render::<svg::Color>().min_dimensions(240, 240).build();
    room.set_sharing(Sharing { url, code_svg });
    Ok(Share { socket, host, token })
}

/// This machine's address in its network: that from which it would reach others. Nothing is sent.
fn address() -> Option<IpAddr> {
    // TEST-NET-1 of RFC 5737: an address that is nobody's.
    const NOBODY: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(NOBODY).ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_unspecified())
}

fn token() -> Outcome<String> {
    let mut bytes = [0; SECRET];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::new(format!("the system gives no random numbers: {error}")))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
