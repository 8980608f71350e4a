//! Printing. A reader that has gone away (`relume info … | head -1`) is not an error.

use std::io::{ErrorKind as Io, Write, stdout};

use relume::{Error, ErrorKind, Result};

/// Prints `text` and a line's end to standard output.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != Io::BrokenPipe => Err(Error::new(
            ErrorKind::Unreadable,
            format!("standard output cannot be written: {error}"),
        )),
        _ => Ok(()),
    }
}
