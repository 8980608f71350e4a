//! What can go wrong, as values with stable codes.

use std::fmt;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong. [`ErrorKind::code`] is stable: programs may match on it.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The bytes are not a model file, or the model in it is not sound.
    InvalidModel,
    /// A network in another format uses an operator, or uses one in a way, that no kind of layer computes.
    UnsupportedOperator,
    /// The target names no unit of this network, or one that cannot be explained.
    InvalidTarget,
    /// The picture cannot be used: empty, too large, or not a picture.
    InvalidPicture,
    /// A named choice (rule, backend, fold, clip, …) is not one of those there are.
    InvalidOption,
    /// A tensor does not have the shape that is wanted here.
    ShapeMismatch,
    /// A tensor holds NaN or an infinity.
    NotFinite,
    /// This build has no such backend.
    UnsupportedBackend,
    /// One pass takes more operations or memory than is allowed unless it is asked for.
    TooLarge,
    /// A file or an address cannot be read or written.
    Unreadable,
    /// The engine broke one of its own promises; please report it.
    Internal,
}

impl ErrorKind {
    /// The code in kebab-case, the same in Rust, on the command line and in JavaScript.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidModel => "invalid-model",
            Self::UnsupportedOperator => "unsupported-operator",
            Self::InvalidTarget => "invalid-target",
            Self::InvalidPicture => "invalid-picture",
            Self::InvalidOption => "invalid-option",
            Self::ShapeMismatch => "shape-mismatch",
            Self::NotFinite => "not-finite",
            Self::UnsupportedBackend => "unsupported-backend",
            Self::TooLarge => "too-large",
            Self::Unreadable => "unreadable",
            Self::Internal => "internal",
        }
    }
}

/// An error: its kind, and a sentence that says what was wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

impl Error {
    /// An error of `kind`, explained by `message`.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: bounded(printable(message.into())),
        }
    }

    /// What kind of thing went wrong.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The same as `self.kind().code()`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The sentence for a person.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn model(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidModel, message)
    }

    /// A fault of layer `name`, in a model file.
    pub(crate) fn layer(name: &str, message: impl fmt::Display) -> Self {
        Self::model(format!("layer `{name}`: {message}"))
    }
}

/// Whether a character does something to the text around it instead of being shown: a control character, which is a command to a
/// terminal; an embedding, override or isolate of the writing direction, by which a text reads otherwise than it is; a separator of
/// lines or paragraphs.
///
/// ```
/// assert!(relume::is_unprintable('\u{202e}') && relume::is_unprintable('\u{1b}'));
/// assert!(!relume::is_unprintable('ü'));
/// ```
#[must_use]
pub fn is_unprintable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text with its [unprintable](is_unprintable) characters written out: `\u{202e}`. Names out of a file end up in messages, and messages
/// on terminals.
#[must_use]
pub fn printable(text: String) -> String {
    if !text.contains(is_unprintable) {
        return text;
    }
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unprintable(character) {
            written.extend(character.escape_default());
        } else {
            written.push(character);
        }
    }
    written
}

/// The longest message, in bytes.
const LONGEST: usize = 4000;
/// How much of the end is kept of one that is longer: what to do stands there.
const END: usize = 1000;

/// A name of a stranger's file may be as long as the file, and ends up in a message.
fn bounded(message: String) -> String {
    if message.len() <= LONGEST {
        return message;
    }
    let start = message.floor_char_boundary(LONGEST - END - '…'.len_utf8());
    let end = message.ceil_char_boundary(message.len() - END);
    let parts = [message.get(..start), Some("…"), message.get(end..)];
    parts.into_iter().flatten().collect()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.message, self.code())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorKind, printable};

    #[test]
    fn control_characters_are_written_out() {
        let error = Error::new(ErrorKind::InvalidModel, "layer `g\u{1b}[31m\n` – ü");
        assert_eq!(error.message(), "layer `g\\u{1b}[31m\\n` – ü");
    }

    #[test]
    fn a_message_is_cut_in_the_middle() {
        let error = Error::new(
            ErrorKind::InvalidModel,
            format!("tensor `{}`: do this", "é".repeat(100_000)),
        );
        let message = error.message();
        assert!(
            message.len() <= super::LONGEST && message.len() > super::LONGEST - 8,
            "{}",
            message.len()
        );
        assert!(message.starts_with("tensor `é") && message.contains('…') && message.ends_with("`: do this"));
    }

    #[test]
    fn a_text_does_not_change_the_direction_or_the_line() {
        let marks = ["\u{202a}", "\u{202e}", "\u{2066}", "\u{2069}", "\u{2028}", "\u{2029}"];
        for mark in marks {
            let written = printable(format!("tac{mark}gpj"));
            assert!(
                written.starts_with("tac\\u{20") && written.ends_with("}gpj"),
                "{written}"
            );
        }
        // Arabic and Hebrew are read from right to left without any of them.
        assert_eq!(printable("قطة חתול".to_owned()), "قطة חתול");
    }
}
