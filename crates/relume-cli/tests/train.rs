//! Training and evaluation, run as a user runs them, on a set of coloured squares.
#![cfg(feature = "train")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use relume::zoo::CIFAR10;
use relume_train::Precision;
use serde_json::Value;

struct Place(tempfile::TempDir);

impl Place {
    /// A picture set: each class has its own colour, each picture its own noise.
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        for (split, count) in [("train", 4), ("test", 1)] {
            for (class, name) in CIFAR10.iter().enumerate() {
                let folder = place.0.path().join("data").join(split).join(name);
                std::fs::create_dir_all(&folder).expect("a folder");
                for index in 0..count {
                    let mut picture = RgbImage::new(32, 32);
                    for (x, y, pixel) in picture.enumerate_pixels_mut() {
                        let noise = (x * 37 + y * 101 + index * 53) % 41;
                        let part = |step: usize| (((class * step) % 10) as u32 * 20 + noise) as u8;
                        *pixel = Rgb([part(1), part(3), part(7)]);
                    }
                    picture.save(folder.join(format!("{index:04}.png"))).expect("a picture");
                }
            }
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `relume train` of the smallest network into `NAME.safetensors`.
    fn train(&self, name: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
        command
            .args(["train", "strided-cnn-c", "--dtype", "f32"])
            .arg("--data")
            .arg(self.path("data"))
            .arg("--out")
            .arg(self.path(&format!("{name}.safetensors")))
            .args(more);
        // Unless the caller has chosen.
        for (option, value) in [("--batch", "8"), ("--epochs", "4")] {
            if !more.contains(&option) {
                command.args([option, value]);
            }
        }
        command
    }

    /// What the table says of losses and accuracies.
    fn curve(&self, name: &str) -> Vec<Vec<f64>> {
        let table = std::fs::read_to_string(self.path(&format!("{name}.csv"))).expect("a table");
        table
            .lines()
            .skip(1)
            .map(|line| {
                line.split(',')
                    .take(6)
                    .map(|value| value.parse().expect("a number"))
                    .collect()
            })
            .collect()
    }
}

fn succeeds(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn fails(command: &mut Command) -> String {
    let output: Output = command.output().expect("the program starts");
    assert!(!output.status.success(), "it succeeded");
    let message = String::from_utf8(output.stderr).expect("text");
    assert!(!message.contains("panicked"), "{message}");
    message
}

fn wait_for(path: &Path) {
    let start = Instant::now();
    while !path.exists() {
        assert!(
            start.elapsed() < Duration::from_secs(300),
            "{} never came",
            path.display()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn assert_same_curve(ours: &[Vec<f64>], whole: &[Vec<f64>]) {
    assert_eq!(ours.len(), whole.len());
    for (ours, whole) in ours.iter().zip(whole) {
        for (a, b) in ours.iter().zip(whole) {
            assert!((a - b).abs() <= 1e-5, "{ours:?} is not {whole:?}");
        }
    }
}

#[test]
fn bfloat16_trains_where_the_processor_has_it_and_is_refused_elsewhere() {
    let place = Place::new();
    let bf16 = ["--precision", "bf16", "--epochs", "2"];
    if !Precision::Bf16.is_available() {
        let message = fails(&mut place.train("half", &bf16));
        assert!(message.contains("bfloat16") && message.contains("f32"), "{message}");
        assert!(!place.path("half.safetensors").exists());
        return;
    }
    succeeds(&mut place.train("half", &bf16));
    succeeds(&mut place.train("whole", &["--epochs", "2"]));
    let (half, whole) = (place.curve("half"), place.curve("whole"));
    // The first epoch's loss: near, but not the same.
    let apart = (half[0][2] - whole[0][2]).abs();
    assert!(apart > 0.0 && apart < 0.2, "{half:?} {whole:?}");
    // Another arithmetic is another run.
    let message = fails(&mut place.train("half", &["--epochs", "2", "--resume"]));
    assert!(message.contains("Bf16") && message.contains("F32"), "{message}");
}

#[test]
fn a_killed_run_goes_on_as_if_nothing_had_happened() {
    let place = Place::new();
    succeeds(&mut place.train("whole", &[]));
    let whole = place.curve("whole");
    assert_eq!(whole.len(), 4);
    assert!(whole[3][2] < whole[0][2], "the loss did not fall: {whole:?}");

    let mut child = place.train("killed", &[]).spawn().expect("the program starts");
    wait_for(&place.path("killed.safetensors.checkpoint/0002"));
    // Into the third epoch: an epoch of five steps takes tenths of a second at least.
    std::thread::sleep(Duration::from_millis(60));
    child.kill().expect("killed");
    child.wait().expect("gone");
    assert!(place.curve("killed").len() < 4, "it had ended before it was killed");
    assert!(fails(&mut place.train("killed", &[])).contains("--resume"));
    succeeds(&mut place.train("killed", &["--resume"]));
    assert_same_curve(&place.curve("killed"), &whole);
    let weights = |name: &str| std::fs::read(place.path(&format!("{name}.safetensors"))).expect("a model");
    assert!(weights("killed") == weights("whole"), "the weights differ");
}

#[test]
fn it_learns_and_evaluate_says_so() {
    let place = Place::new();
    succeeds(&mut place.train("model", &["--epochs", "12", "--learning-rate", "0.05"]));
    let model = place.path("model.safetensors");
    let evaluate = |model: &Path, more: &[&str]| {
        succeeds(
            Command::new(env!("CARGO_BIN_EXE_relume"))
                .arg("evaluate")
                .arg(model)
                .arg(place.path("data"))
                .args(more),
        )
    };
    let drawn = place.path("confusion.svg");
    let report: Value = serde_json::from_str(&evaluate(
        &model,
        &["--json", "--confusion", drawn.to_str().expect("text")],
    ))
    .expect("JSON");
    assert_eq!(report["pictures"], 10);
    let accuracy = report["accuracy"].as_f64().expect("a number");
    // Ten colours apart by more than their noise; one in ten would be chance.
    assert!(accuracy >= 0.7, "{report:#}");
    assert_eq!(report["answers"][0]["picture"], "test/airplane/0000.png");
    let last = place.curve("model");
    assert!(
        (last[11][5] - accuracy).abs() < 1e-6,
        "the folded model answers as the trained network did"
    );
    assert!(std::fs::read_to_string(&drawn).expect("a drawing").starts_with("<svg"));
    assert!(evaluate(&model, &[]).contains("airplane"));

    // Half the digits, the same answers.
    let half = place.path("half.safetensors");
    succeeds(
        Command::new(env!("CARGO_BIN_EXE_relume"))
            .arg("convert")
            .args([&model, &half])
            .args(["--dtype", "f16"]),
    );
    let again: Value = serde_json::from_str(&evaluate(&half, &["--json"])).expect("JSON");
    assert_eq!(again["answers"], report["answers"]);
}

#[test]
fn damaged_and_foreign_checkpoints_are_refused_and_kept() {
    let place = Place::new();
    succeeds(&mut place.train("run", &["--pause-after", "2"]));
    let newest = place.path("run.safetensors.checkpoint/0002");
    let older = place.path("run.safetensors.checkpoint/0001");
    assert!(newest.is_dir() && older.is_dir());

    // Another run: other settings, another architecture, other pictures.
    let message = fails(&mut place.train("run", &["--resume", "--learning-rate", "0.01"]));
    assert!(
        message.contains("another run") && message.contains("learning_rate"),
        "{message}"
    );
    let mut other = place.train("run", &["--resume"]);
    let arguments: Vec<_> = other.get_args().map(ToOwned::to_owned).collect();
    other = Command::new(env!("CARGO_BIN_EXE_relume"));
    other.args(arguments.iter().map(|argument| {
        if argument == "strided-cnn-c" {
            "model-c".into()
        } else {
            argument.clone()
        }
    }));
    let message = fails(&mut other);
    assert!(message.contains("model-c now"), "{message}");

    // Cut off, as a dying disk leaves it.
    let record = newest.join("network.burnpack");
    let bytes = std::fs::read(&record).expect("a record");
    std::fs::write(&record, &bytes[..bytes.len() / 2]).expect("written");
    let message = fails(&mut place.train("run", &["--resume"]));
    assert!(
        message.contains("damaged or cut off") && message.contains("0002"),
        "{message}"
    );
    std::fs::write(newest.join("state.json"), "{").expect("written");
    assert!(fails(&mut place.train("run", &["--resume"])).contains("state.json"));
    // What it advises works.
    std::fs::remove_dir_all(&newest).expect("removed");
    succeeds(&mut place.train("run", &["--resume"]));
    assert_eq!(place.curve("run").len(), 4);
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_the_last_checkpoint() {
    let place = Place::new();
    succeeds(&mut place.train("run", &["--pause-after", "1"]));
    // Files may grow to 50 kB only; the signal that would end the program becomes an error of the write.
    let command = place.train("run", &["--resume"]);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args());
    let message = fails(&mut limited);
    assert!(
        message.contains("[unreadable]") && message.contains("still there"),
        "{message}"
    );
    let mut left: Vec<_> = std::fs::read_dir(place.path("run.safetensors.checkpoint"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["0001", "lock"], "and nothing half written");
    succeeds(&mut place.train("run", &["--resume"]));
    assert_eq!(place.curve("run").len(), 4);
}

#[test]
fn what_cannot_be_trained_is_said_before_time_is_spent() {
    let place = Place::new();
    let refused = |more: &[&str], part: &str| {
        let message = fails(&mut place.train("refused", more));
        assert!(message.contains(part), "{more:?}: {message}");
    };
    refused(&["--epochs", "0"], "--epochs 0");
    refused(&["--batch", "1"], "--batch 1");
    refused(&["--batch", "64"], "do not fill one batch");
    refused(&["--learning-rate", "NaN"], "--learning-rate NaN");
    refused(&["--pause-after", "0"], "--pause-after");
    refused(&["--source", "x\ny"], "control character");
    for (out, part) in [("data", "is a folder"), ("model.csv", "end it in .safetensors")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
        command
            .args(["train", "model-c", "--data", "x", "--out"])
            .arg(place.path(out));
        let message = fails(&mut command);
        assert!(message.contains(part), "{out}: {message}");
    }
    // A learning rate at which nothing can be learnt ends in a clear message, not in a model of NaNs.
    let message = fails(&mut place.train("diverged", &["--learning-rate", "100", "--epochs", "40"]));
    assert!(
        message.contains("diverged") && message.contains("[not-finite]"),
        "{message}"
    );

    let nowhere = place.path("no/such/folder/model.safetensors");
    let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
    command.args(["train", "resnet", "--data", "x", "--out"]).arg(&nowhere);
    assert!(fails(&mut command).contains("no architecture `resnet`"));

    std::fs::remove_dir_all(place.path("data/train/cat")).expect("removed");
    refused(&[], "cat");
    let empty = place.path("empty");
    std::fs::create_dir(&empty).expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
    command.arg("evaluate").arg(place.path("none.safetensors")).arg(&empty);
    assert!(fails(&mut command).contains("[unreadable]"));
}

#[test]
fn a_finished_run_mends_its_model_and_is_not_overwritten() {
    let place = Place::new();
    // A learning rate whose shortest decimal form must be read back to the same bits.
    let learning_rate = ["--epochs", "1", "--learning-rate", "0.012345678901234567"];
    succeeds(&mut place.train("run", &learning_rate));
    let model = place.path("run.safetensors");
    let bytes = std::fs::read(&model).expect("a model");
    // As if it had been killed between its last checkpoint and its model.
    std::fs::remove_file(&model).expect("removed");
    succeeds(&mut place.train("run", &[&learning_rate[..], &["--resume"]].concat()));
    assert!(std::fs::read(&model).expect("a model") == bytes, "another model");

    // Without its checkpoints it is somebody's model, and stays.
    std::fs::remove_dir_all(place.path("run.safetensors.checkpoint")).expect("removed");
    assert!(fails(&mut place.train("run", &learning_rate)).contains("--overwrite"));
    assert!(std::fs::read(&model).expect("a model") == bytes, "another model");
    succeeds(&mut place.train("run", &[&learning_rate[..], &["--overwrite"]].concat()));
}

#[test]
fn two_runs_never_share_a_place_and_a_history_must_fit() {
    let place = Place::new();
    succeeds(&mut place.train("run", &["--pause-after", "1"]));
    let checkpoints = place.path("run.safetensors.checkpoint");
    let lock = std::fs::File::create(checkpoints.join("lock")).expect("the lock");
    lock.lock().expect("locked");
    assert!(fails(&mut place.train("run", &["--resume"])).contains("another run is writing"));
    drop(lock);
    // Not what this program calls a checkpoint.
    std::fs::write(checkpoints.join("9999"), "x").expect("a file");
    std::fs::create_dir(checkpoints.join("+7")).expect("a folder");
    std::fs::rename(checkpoints.join("0001"), checkpoints.join("0003")).expect("renamed");
    assert!(fails(&mut place.train("run", &["--resume"])).contains("not 1 to 3"));
    std::fs::rename(checkpoints.join("0003"), checkpoints.join("0001")).expect("renamed");
    succeeds(&mut place.train("run", &["--resume"]));
}
