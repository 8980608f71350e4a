//! Errors: what is wrong, where, and what to do.

use std::fmt::Display;

use relume::{Error, ErrorKind};

/// What to do with a file that holds more than weights.
pub(crate) const SAVE_WEIGHTS: &str = "save the weights alone, with torch.save(model.state_dict(), PATH)";

/// The file is damaged, contradicts itself, or holds no weights.
pub(crate) fn invalid(message: impl Display) -> Error {
    Error::new(ErrorKind::InvalidModel, message.to_string())
}

/// The file ends too early, or its parts do not lead to each other.
pub(crate) fn damaged(what: impl Display) -> Error {
    invalid(format!(
        "the PyTorch weights are cut off or damaged: {what}; download or copy the file again"
    ))
}

/// Something has to be chosen by an option.
pub(crate) fn option(message: impl Display) -> Error {
    Error::new(ErrorKind::InvalidOption, message.to_string())
}

/// A name of a stranger's file may be as long as the file.
pub(crate) fn shortened(name: &str) -> String {
    const SHOWN: usize = 80;
    match name.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", name.get(..at).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// [`shortened`], in backquotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", shortened(name))
}

/// Some of `names`, for a sentence: "`a`, `b` and 7 more".
pub(crate) fn some_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const LISTED: usize = 5;
    let mut names = names.into_iter();
    let shown: Vec<String> = names.by_ref().take(LISTED).map(quoted).collect();
    match (shown.is_empty(), names.count()) {
        (true, _) => "none".to_owned(),
        (false, 0) => shown.join(", "),
        (false, more) => format!("{} and {more} more", shown.join(", ")),
    }
}
