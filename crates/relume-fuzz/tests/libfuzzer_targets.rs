//! The libFuzzer targets in `fuzz/`, which only nightly compilers build: each calls one function of [`targets`], and each function has one.

use std::path::Path;

use relume_fuzz::targets::{self, Outcome};

type Function = fn(&[u8]) -> Outcome;

/// The functions by their names, which the compiler knows to be there and of this type.
macro_rules! functions {
    ($($name:ident),* $(,)?) => {
        [$((stringify!($name), targets::$name as Function)),*]
    };
}

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_function_has_its_target_and_no_target_has_another() {
    let functions = functions![model_file, checkpoint, onnx, picture, draw_options, target, survey];
    assert_eq!(functions.len(), targets::ALL.len());
    for (name, function) in targets::ALL {
        let listed = functions
            .iter()
            .any(|&(_, other)| std::ptr::fn_addr_eq(function, other));
        assert!(listed, "{name} has no target in fuzz/");
    }

    for (name, _) in functions {
        let source = format!(
            "#![no_main]\n\nlibfuzzer_sys::fuzz_target!(|bytes: &[u8]| {{\n    // A refusal is an answer; only a panic is a finding.\n    \
             let _ = relume_fuzz::targets::{name}(bytes);\n}});\n"
        );
        assert_eq!(read(&format!("fuzz_targets/{name}.rs")), source, "{name}");
        assert!(
            read("README.md").contains(&format!("`{name}`")),
            "{name} is not in fuzz/README.md"
        );
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    assert_eq!(std::fs::read_dir(folder).expect("the folder").count(), functions.len());

    let programs = functions.map(|(name, _)| {
        format!(
            "[[bin]]\nname = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"\ntest = false\ndoc = false\nbench = false\n"
        )
    });
    let (before, listed) = {
        let manifest = read("Cargo.toml");
        let start = manifest.find("[[bin]]").expect("programs");
        (manifest[..start].to_owned(), manifest[start..].to_owned())
    };
    assert_eq!(listed, programs.join("\n"));
    for dependency in [
        "libfuzzer-sys = \"0.4\"",
        "relume-fuzz = { path = \"../crates/relume-fuzz\" }",
        "[workspace]",
    ] {
        assert!(before.contains(dependency), "{dependency}");
    }
}
