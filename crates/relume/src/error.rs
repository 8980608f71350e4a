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
            message: printable(message.into()),
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

/// Names out of a file end up in messages, and messages on terminals, where a control character is a command.
fn printable(message: String) -> String {
    if !message.contains(char::is_control) {
        return message;
    }
    let mut text = String::with_capacity(message.len());
    for character in message.chars() {
        if character.is_control() {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.message, self.code())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorKind};

    #[test]
    fn control_characters_are_written_out() {
        let error = Error::new(ErrorKind::InvalidModel, "layer `g\u{1b}[31m\n` – ü");
        assert_eq!(error.message(), "layer `g\\u{1b}[31m\\n` – ü");
    }
}
