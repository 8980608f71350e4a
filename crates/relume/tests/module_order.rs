//! Inside the library the arrows point one way: a module uses those before it in the list, and none after it.

use std::fs;
use std::path::{Path, PathBuf};

/// The top-level modules, and which of them each may use.
const ALLOWED: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("finite", &[]),
    ("splitmix64", &[]),
    ("backend", &["error"]),
    ("relu", &["error"]),
    ("picture", &["error", "finite"]),
    ("safetensors", &["error"]),
    ("graph", &["error", "safetensors"]),
    ("model", &["error", "graph", "picture", "safetensors", "splitmix64"]),
    (
        "network",
        &["backend", "error", "finite", "graph", "model", "relu", "safetensors"],
    ),
    (
        "attribution",
        &[
            "backend",
            "error",
            "finite",
            "graph",
            "network",
            "picture",
            "relu",
            "splitmix64",
        ],
    ),
    (
        "zoo",
        &["error", "graph", "model", "picture", "safetensors", "splitmix64"],
    ),
];

fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).expect("a folder of the library");
    entries
        .flat_map(|entry| sources(&entry.expect("an entry").path()))
        .collect()
}

/// What a file uses of the library outside its tests: the words after `crate::`.
fn used(path: &Path) -> Vec<String> {
    if path.to_string_lossy().ends_with("_tests.rs") {
        return Vec::new();
    }
    let text = fs::read_to_string(path).expect("a source file");
    // A module of tests is the last thing in its file.
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code = code.split("#[cfg(all(test").next().unwrap_or_default();
    let words = code.split("crate::").skip(1);
    words
        .map(|rest| {
            rest.chars()
                .take_while(|each| each.is_alphanumeric() || *each == '_')
                .collect()
        })
        .collect()
}

#[test]
fn no_module_uses_one_that_comes_after_it() {
    for (at, (module, allowed)) in ALLOWED.iter().enumerate() {
        let before = &ALLOWED[..at];
        let unknown = allowed
            .iter()
            .find(|used| !before.iter().any(|(name, _)| name == *used));
        assert_eq!(unknown, None, "`{module}` may only use what stands before it");
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for entry in fs::read_dir(&src).expect("the library's sources") {
        let path = entry.expect("an entry").path();
        let module = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if module == "lib" || path.extension().is_some_and(|extension| extension == "txt") {
            continue;
        }
        let (_, allowed) = ALLOWED
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("module `{module}` has no place in the order"));
        for file in sources(&path)
            .iter()
            .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        {
            for word in used(file) {
                seen += 1;
                assert!(
                    word == module || allowed.contains(&word.as_str()),
                    "{} uses `crate::{word}`; `{module}` may use {allowed:?}",
                    file.display()
                );
            }
        }
    }
    assert!(seen > 80, "{seen} uses: is this the library?");
}
