//! Printing. A reader that has gone away (`relume info … | head -1`) is not an error.

use std::io::{ErrorKind as Io, Write, stderr, stdout};

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

/// Reports on the run, on standard error, beside any progress bar.
pub(crate) fn note(text: &str) {
    // An error is ignored: there is nowhere to report it.
    let _ = writeln!(stderr(), "{text}");
}
