//! A survey made in parts and merged is the one that a single call makes, byte for byte.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::RgbImage;
use serde_json::Value;

struct Place(tempfile::TempDir);

impl Place {
    /// Pictures of noise; every third is a copy of the first, so that equal activations meet in different parts; one
    /// that cannot be used.
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        assert!(
            place
                .relume(&["init", "strided-cnn-c", "m.safetensors"])
                .status
                .success()
        );
        place.paint("set", 10);
        fs::write(place.path("set/04-bad.png"), "not a picture").expect("a file");
        place
    }

    fn paint(&self, set: &str, count: u32) {
        fs::create_dir(self.path(set)).expect("a folder");
        for index in 0..count {
            let seed = if index % 3 == 0 { 0 } else { index };
            let picture = RgbImage::from_fn(32, 32, |x, y| {
                let noise = |step: u32| ((x * 37 + y * 101 + seed * 53) * step % 251) as u8;
                image::Rgb([noise(1), noise(3), noise(7)])
            });
            picture
                .save(self.path(&format!("{set}/{index:02}.png")))
                .expect("a picture");
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn relume(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
        command
            .args(arguments)
            .current_dir(&self.0)
            .output()
            .expect("the program starts")
    }

    fn survey(&self, out: &str, more: &[&str]) -> Output {
        let all = [
            "survey",
            "m.safetensors",
            "set",
            "--layers",
            "relu4,conv7",
            "--most",
            "4",
            "--out",
            out,
        ];
        self.relume(&[&all[..], more].concat())
    }

    /// The parts of a survey in `count` calls.
    fn parts(&self, count: usize) -> Vec<String> {
        (1..=count)
            .map(|index| {
                let out = format!("{index}-of-{count}.json");
                succeeds(&self.survey(&out, &["--shard", &format!("{index}/{count}")]));
                out
            })
            .collect()
    }

    fn merge(&self, parts: &[&str]) -> Output {
        self.relume(&[&["survey", "merge", "merged.json"], parts].concat())
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("a file")
    }
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn refused(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && !said.contains("panicked"), "{said}");
    said
}

#[test]
fn merged_parts_are_the_survey_of_one_call() {
    let place = Place::new();
    let whole = place.survey("whole.json", &[]);
    succeeds(&whole);
    // 1; parts of unequal length; more parts than pictures, so that some are empty.
    for count in [1, 3, 4, 13] {
        let parts = place.parts(count);
        let mut parts: Vec<_> = parts.iter().map(String::as_str).collect();
        // Their order does not matter.
        parts.reverse();
        let merged = place.merge(&parts);
        succeeds(&merged);
        assert!(place.bytes("merged.json") == place.bytes("whole.json"), "{count} parts");
        let said = |output: &Output| String::from_utf8_lossy(&output.stdout).replace("merged.json", "whole.json");
        assert_eq!(said(&merged), said(&whole));
    }
    let survey: Value = serde_json::from_slice(&place.bytes("whole.json")).expect("JSON");
    assert_eq!(survey["skipped"].as_array().map(Vec::len), Some(1));
    assert_eq!((&survey["done"], survey.get("shard")), (&Value::from(11), None));
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let place = Place::new();
    let parts = place.parts(3);
    let [one, two, three] = [&*parts[0], &*parts[1], &*parts[2]];
    let another = |name: &str, more: &[&str]| {
        let all = ["survey", "--shard", "3/3", "--out", name];
        succeeds(&place.relume(&[&all[..], more].concat()));
    };
    let usual = ["m.safetensors", "set", "--layers", "relu4,conv7", "--most"];
    another("most.json", &[&usual[..], &["5"]].concat());
    another(
        "layers.json",
        &["m.safetensors", "set", "--layers", "relu4", "--most", "4"],
    );
    place.paint("other", 11);
    another(
        "pictures.json",
        &["m.safetensors", "other", "--layers", "relu4,conv7", "--most", "4"],
    );
    succeeds(&place.relume(&["init", "strided-cnn-c", "n.safetensors", "--seed", "2"]));
    another(
        "model.json",
        &["n.safetensors", "set", "--layers", "relu4,conv7", "--most", "4"],
    );
    succeeds(&place.survey("quarter.json", &["--shard", "3/4"]));
    succeeds(&place.survey("whole.json", &[]));
    let mut half: Value = serde_json::from_slice(&place.bytes(three)).expect("JSON");
    half["done"] = Value::from(half["done"].as_u64().map(|done| done - 1));
    fs::write(place.path("half.json"), half.to_string()).expect("a file");

    let cases: [(&[&str], &str); 11] = [
        (&[one, three], "part 2/3 is missing"),
        (&[two], "parts 1/3, 3/3 are missing"),
        (&[one, two, three, two], "are both part 2 of 3"),
        (&[one, two, "most.json"], "another --most"),
        (&[one, two, "layers.json"], "other layers"),
        (&[one, two, "pictures.json"], "other pictures"),
        (&[one, two, "model.json"], "another model"),
        (&[one, two, "quarter.json"], "another number of calls"),
        (&[one, two, "whole.json"], "a survey of all pictures"),
        (&[one, two, "half.json"], "is not complete"),
        (&[one, "merged.json", two, three], "the survey to write comes first"),
    ];
    for (parts, said) in cases {
        let message = refused(&place.merge(parts));
        assert!(message.contains(said), "{parts:?}: {message}");
    }
    assert!(!place.path("merged.json").exists());
    // The part of another choice cannot be gone on with.
    fs::write(place.path("new.json.part"), place.bytes(two)).expect("a file");
    assert!(refused(&place.survey("new.json", &["--shard", "1/3"])).contains("--shard; delete it"));
}

#[test]
fn parts_that_are_not_there_are_refused() {
    let place = Place::new();
    for command in [
        &["survey", "m.safetensors", "set", "--out", "s.json"][..],
        &["explain", "m.safetensors", "set", "--out", "maps"],
    ] {
        for (shard, said) in [
            ("0/3", "1/3 to 3/3"),
            ("4/3", "1/3 to 3/3"),
            ("many", "I/N"),
            ("1/0", "as in 1/1"),
        ] {
            let message = refused(&place.relume(&[command, &["--shard", shard]].concat()));
            assert!(message.contains(said), "{command:?} {shard}: {message}");
        }
    }
    assert!(!Path::new(&place.path("maps")).exists() && !place.path("s.json.part").exists());
}
