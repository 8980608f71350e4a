//! Printing. A reader that has gone away (`relume info … | head -1`) is not an error.

use std::io::{ErrorKind as Io, Write, stderr, stdout};

use relume::{Error, ErrorKind, Result};

/// Prints `text` and a line's end to standard output.
pub(crate) fn print(text: &str) -> Result<()> {
    print_if_read(text).map(|_| ())
}

/// Prints as [`print()`] does, and says whether there is still a reader.
pub(crate) fn print_if_read(text: &str) -> Result<bool> {
    let mut out = stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == Io::BrokenPipe => Ok(false),
        Err(error) => Err(Error::new(
            ErrorKind::Unreadable,
            format!("standard output cannot be written: {error}"),
        )),
    }
}

/// Reports on the run, on standard error, beside any progress bar.
pub(crate) fn note(text: &str) {
    // An error is ignored: there is nowhere to report it.
    let _ = writeln!(stderr(), "{text}");
}
