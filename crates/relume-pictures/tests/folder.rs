//! What is taken for a picture in a folder, what is skipped, and how that is said.

use std::fs;

use relume_pictures::folder::{Entry, Reason, Skipped};

#[test]
fn an_entry_is_a_picture_by_its_name_unless_it_is_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    for name in ["more", ".git", "__MACOSX", "__macosx2"] {
        fs::create_dir(path(name)).expect("a folder");
    }
    let mut skipped = Skipped::default();
    for (name, bytes, expected) in [
        ("a.jpg", "x", Entry::Picture),
        ("b.TIFF", "x", Entry::Picture),
        ("no ending", "x", Entry::Other),
        ("notes.txt", "", Entry::Other),
        ("jpg", "x", Entry::Other),
        ("z.png", "", Entry::Skipped(Reason::Empty)),
        (".a.jpg", "x", Entry::Skipped(Reason::Hidden)),
        (".DS_Store", "x", Entry::Skipped(Reason::Hidden)),
        ("Thumbs.db", "x", Entry::Skipped(Reason::System)),
        ("DESKTOP.INI", "", Entry::Skipped(Reason::System)),
        ("more", "", Entry::Folder),
        (".git", "", Entry::Skipped(Reason::Hidden)),
        ("__MACOSX", "", Entry::Skipped(Reason::System)),
        ("__macosx2", "", Entry::Folder),
    ] {
        if !path(name).is_dir() {
            fs::write(path(name), bytes).expect("a file");
        }
        let found = Entry::of(&path(name)).expect("an entry");
        assert_eq!(found, expected, "{name}");
        if let Entry::Skipped(reason) = found {
            skipped.add(&path(name), reason);
        }
    }
    assert!(Entry::of(&path("absent.png")).is_err());
    assert_eq!(
        skipped.to_string(),
        "skipped 5 files and 2 folders: 3 hidden (.DS_Store, …), 3 of the system (DESKTOP.INI, …), 1 empty (z.png)"
    );
    let mut joined = Skipped::default();
    assert!(joined.is_empty() && !skipped.is_empty());
    joined.add(&path(".\u{1b}[2J"), Reason::Hidden);
    assert_eq!(joined.to_string(), "skipped 1 file: 1 hidden (.[2J)");
    joined.join(&skipped);
    assert!(
        joined
            .to_string()
            .starts_with("skipped 6 files and 2 folders: 4 hidden (.DS_Store, …)")
    );
}
