//! The examples of `docs/scale.md` for GNU parallel, run as they stand there.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::RgbImage;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        succeeds(&place.shell("relume init strided-cnn-c model.safetensors"));
        for index in 0..11u32 {
            let path = place.path(&format!("pictures/{}/{index:02}.png", index % 2));
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            let noise = |x: u32, y: u32, step: u32| ((x * 37 + y * 101 + index * 53) * step % 251) as u8;
            let picture = RgbImage::from_fn(32, 32, |x, y| image::Rgb([1, 3, 7].map(|step| noise(x, y, step))));
            picture.save(path).expect("a picture");
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a script with this build of `relume` and a home of its own, as GNU parallel keeps files there.
    fn shell(&self, script: &str) -> Output {
        let built = Path::new(env!("CARGO_BIN_EXE_relume")).parent().expect("a folder");
        let path = std::env::var("PATH").unwrap_or_default();
        Command::new("sh")
            .args(["-ec", script])
            .current_dir(&self.0)
            .env("PATH", format!("{}:{path}", built.display()))
            .env("HOME", self.0.path())
            .output()
            .expect("the shell starts")
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect(name)
    }
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The one example of the guide that has these words in it.
fn example(words: &str) -> String {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scale.md");
    let text = fs::read_to_string(guide).expect("the guide");
    let found = text
        .split("```")
        .find(|part| part.starts_with("sh\n") && part.contains(words));
    found.expect(words).trim_start_matches("sh\n").to_owned()
}

/// GNU parallel, not the program of the same name in moreutils.
fn has_parallel() -> bool {
    let version = Command::new("parallel").arg("--version").output();
    let found = version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).starts_with("GNU parallel"));
    if !found {
        eprintln!("skipped: GNU parallel is not installed (on Debian: apt install parallel)");
    }
    found
}

#[test]
fn gnu_parallel_explains_what_one_call_does() {
    if !has_parallel() {
        return;
    }
    let place = Place::new();
    succeeds(&place.shell("relume explain model.safetensors pictures --out whole"));
    succeeds(&place.shell(&example("parallel --joblog")));
    let rows = |name: &str| -> Vec<String> {
        let text = String::from_utf8(place.bytes(name)).expect("text");
        // Without the time, the seventh cell.
        let row = |line: &str| line.split(',').take(6).collect::<Vec<_>>().join(",");
        text.lines().map(row).collect()
    };
    assert_eq!(rows("maps/summary.csv"), rows("whole/summary.csv"));
    assert_eq!(rows("maps/summary.csv").len(), 12);
    for index in 0..11 {
        let map = format!("{}/{index:02}.png.png", index % 2);
        assert!(
            place.bytes(&format!("maps/{map}")) == place.bytes(&format!("whole/{map}")),
            "{map}"
        );
    }
    assert_eq!(String::from_utf8_lossy(&place.bytes("jobs.log")).lines().count(), 9);
}

#[test]
fn gnu_parallel_surveys_what_one_call_does() {
    if !has_parallel() {
        return;
    }
    let place = Place::new();
    succeeds(&place.shell("relume survey model.safetensors pictures --out whole.json"));
    succeeds(&place.shell(&example("survey merge")));
    assert!(place.bytes("survey.json") == place.bytes("whole.json"));
}
