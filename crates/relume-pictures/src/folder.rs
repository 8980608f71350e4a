//! Which entries of a folder are pictures: one answer for every command that reads a folder.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

/// The endings of picture files, whatever their case. The ending only says that a file is meant as a picture; its format
/// is read from its content.
pub const ENDINGS: [&str; 8] = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff"];
/// What Windows and macOS leave in folders and archives, in lower case.
const SYSTEM: [&str; 3] = ["__macosx", "thumbs.db", "desktop.ini"];

/// What an entry of a folder is to a reader of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A file that is meant as a picture.
    Picture,
    /// A folder that may hold pictures.
    Folder,
    /// Any other file; also a pipe or a socket, which must not be opened, as reading it might never end.
    Other,
    /// Not to be read.
    Skipped(Reason),
}

/// Why an entry is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its name begins with a dot.
    Hidden,
    /// The operating system made it: `__MACOSX`, `Thumbs.db` or `desktop.ini`, whatever their case.
    System,
    /// A picture file without a byte.
    Empty,
}

impl Entry {
    /// What the entry at `path` is. A link is what it leads to.
    ///
    /// # Errors
    /// Those of [`fs::metadata`]: a link that leads nowhere, for example.
    pub fn of(path: &Path) -> io::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            return Ok(Self::Skipped(Reason::Hidden));
        }
        if SYSTEM.contains(&name.to_ascii_lowercase().as_str()) {
            return Ok(Self::Skipped(Reason::System));
        }
        let found = fs::metadata(path)?;
        Ok(if found.is_dir() {
            Self::Folder
        } else if !(found.is_file() && named_as_picture(path)) {
            Self::Other
        } else if found.len() == 0 {
            Self::Skipped(Reason::Empty)
        } else {
            Self::Picture
        })
    }
}

/// Whether the name ends as a picture's does.
#[must_use]
pub fn named_as_picture(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    ENDINGS.iter().any(|one| ending == *one)
}

/// What was skipped, counted. It prints as a part of a sentence: `skipped 3 files: 2 of the system (Thumbs.db, …), 1
/// empty (a.png)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skipped {
    files: usize,
    folders: usize,
    hidden: Group,
    system: Group,
    empty: Group,
}

/// How many were skipped for one reason, and the first of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Group {
    count: usize,
    first: String,
}

impl Skipped {
    /// Counts the entry at `path`; a folder counts once, whatever is in it.
    pub fn add(&mut self, path: &Path, reason: Reason) {
        if path.is_dir() {
            self.folders += 1;
        } else {
            self.files += 1;
        }
        let group = match reason {
            Reason::Hidden => &mut self.hidden,
            Reason::System => &mut self.system,
            Reason::Empty => &mut self.empty,
        };
        // A name is printed to a terminal, which must not take it for a command.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
        group.join(&Group { count: 1, first: name });
    }

    /// Counts what was skipped elsewhere too.
    pub fn join(&mut self, other: &Self) {
        self.files += other.files;
        self.folders += other.folders;
        self.hidden.join(&other.hidden);
        self.system.join(&other.system);
        self.empty.join(&other.empty);
    }

    /// Whether nothing was skipped.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.files + self.folders == 0
    }
}

impl Group {
    fn join(&mut self, other: &Self) {
        // The first by name: the order in which a folder is read differs between machines.
        if other.count > 0 && (self.count == 0 || other.first < self.first) {
            self.first.clone_from(&other.first);
        }
        self.count += other.count;
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |count: usize, one: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{count} {one}s")),
        };
        let what: Vec<_> = [counted(self.files, "file"), counted(self.folders, "folder")]
            .into_iter()
            .flatten()
            .collect();
        let groups = [
            (&self.hidden, "hidden"),
            (&self.system, "of the system"),
            (&self.empty, "empty"),
        ];
        let why: Vec<_> = groups
            .into_iter()
            .filter(|(group, _)| group.count > 0)
            .map(|(Group { count, first }, reason)| {
                let more = if *count > 1 { ", …" } else { "" };
                format!("{count} {reason} ({first}{more})")
            })
            .collect();
        write!(f, "skipped {}: {}", what.join(" and "), why.join(", "))
    }
}
