//! Printing. A reader that has gone away (`relume info … | head -1`) is not an error.

use std::borrow::Cow;
use std::io::{ErrorKind as Io, Write, stderr, stdout};

use relume::{Error, ErrorKind, Result, is_unprintable};

/// Prints `text`, of any lines, and a line's end to standard output.
pub(crate) fn print(text: &str) -> Result<()> {
    print_if_read(text).map(|_| ())
}

/// Prints as [`print()`] does, and says whether there is still a reader.
pub(crate) fn print_if_read(text: &str) -> Result<bool> {
    let mut out = stdout().lock();
    match writeln!(out, "{}", shown(text)).and_then(|()| out.flush()) {
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
    let _ = writeln!(stderr(), "{}", shown(text));
}

/// The text with what would command the terminal or turn the writing direction written out, as JSON writes it. Names of files and of
/// what is in them come from strangers.
fn shown(text: &str) -> Cow<'_, str> {
    let hidden = |character: char| is_unprintable(character) && !matches!(character, '\n' | '\t');
    if !text.contains(hidden) {
        return text.into();
    }
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        if hidden(character) {
            written.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            written.push(character);
        }
    }
    written.into()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_commands_a_terminal_is_written_out_as_json_has_it() {
        assert_eq!(shown("a\tb\nü"), "a\tb\nü");
        assert_eq!(shown("\u{1b}[2J\u{9b}1m\u{202e}gpj"), "\\u001b[2J\\u009b1m\\u202egpj");
        let text = shown("{\"name\": \"\u{202e}\u{2028}\"}").into_owned();
        let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read["name"], "\u{202e}\u{2028}");
    }
}
