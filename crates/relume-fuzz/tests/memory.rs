//! What reading takes, of files so large that it shows: of each format one of the kind that takes most for its size, within the memory
//! that `SECURITY.md` promises. The only test of its program, because it measures the memory of all.

mod support;

use peak_alloc::PeakAlloc;
use relume::graph::{FlattenSpec, LayerKind, LayerSpec, LinearSpec};
use relume::model::ModelInfo;
use relume::picture::InputSpec;
use relume::safetensors::{Array, Dtype};
use relume::{ErrorKind, Model};
use relume_fuzz::corpus;
use relume_survey::Survey;
use support::{alexnet_of_halves, float_tiff, int8_onnx};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MB: usize = 1 << 20;
/// What any file may take besides.
const FREE: usize = 64 * MB;

/// The most memory at once, with that of the file itself, while `read` reads it.
fn taken<T>(what: &str, file: &[u8], read: impl FnOnce(&[u8]) -> relume::Result<T>) -> (usize, relume::Result<T>) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let outcome = read(file);
    let taken = MEMORY.peak_usage() - before + file.len();
    eprintln!(
        "{what}: {} MB, {} MB of memory, {:.1} times",
        file.len() / MB,
        taken / MB,
        taken as f64 / file.len() as f64
    );
    (taken, outcome)
}

/// A file that is read in at most `times` its size, and 64 MB.
fn reads<T>(what: &str, times: usize, file: &[u8], read: impl FnOnce(&[u8]) -> relume::Result<T>) {
    let (taken, outcome) = taken(what, file, read);
    assert!(outcome.is_ok(), "{what}: {:?}", outcome.err());
    assert!(
        taken > 2 * FREE,
        "{what}: only {taken} bytes, which says nothing of {times} times its size"
    );
    assert!(
        taken <= times * file.len() + FREE,
        "{what}: {taken} bytes for {}",
        file.len()
    );
}

#[test]
fn reading_takes_no_more_memory_than_is_promised() {
    let text = include_str!("../../../SECURITY.md")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for promise in [
        "at most four times the size of the file plus 64 MB",
        "An ONNX file takes up to 32 times its size plus 64 MB",
        "A survey takes up to 25 times its size plus 64 MB",
        "A picture takes up to 32 bytes for each of its pixels",
    ] {
        assert!(text.contains(promise), "{promise}");
    }
    model_file();
    reads("checkpoint", 4, &alexnet_of_halves(), |bytes| {
        relume_checkpoint::read(bytes, &relume_checkpoint::Options::default())
    });
    reads("onnx", 32, &int8_onnx(0), onnx);
    // Weights that are brought to 32 bits again and again, up to where a file of this size may hold no more.
    for copies in 2..=3 {
        let file = int8_onnx(copies);
        let (taken, outcome) = taken(&format!("onnx, {copies} times more"), &file, onnx);
        assert!(outcome.is_err_and(|error| error.kind() == ErrorKind::InvalidModel));
        assert!(taken <= 32 * file.len() + FREE, "{taken} bytes for {}", file.len());
        assert!(taken > 16 * file.len() + FREE, "16 times would do");
    }
    surveys();
    pictures();
}

fn onnx(bytes: &[u8]) -> relume::Result<relume_onnx::Import> {
    relume_onnx::read(bytes, &relume_onnx::Options::default())
}

/// Weights of 16 bits become numbers of 32.
fn model_file() {
    let (features, outputs) = (3 * 64 * 64, 3000);
    let layers = vec![
        LayerSpec::new("flatten", LayerKind::Flatten(FlattenSpec {}), &["input"]),
        LayerSpec::new(
            "logits",
            LayerKind::Linear(LinearSpec {
                out_features: outputs,
                bias: false,
            }),
            &["flatten"],
        ),
    ];
    let info = ModelInfo {
        name: "large".to_owned(),
        title: "Large".to_owned(),
        licence: "CC0-1.0".to_owned(),
        source: "made up".to_owned(),
        input: InputSpec {
            shape: [3, 64, 64],
            range: [0.0, 1.0],
            mean: vec![0.0; 3],
            std: vec![1.0; 3],
            crop: 1.0,
        },
        classes: (0..outputs).map(|index| format!("class {index}")).collect(),
    };
    let weight = Array {
        shape: vec![outputs, features],
        data: vec![0.5; outputs * features],
    };
    let arrays = [("logits.weight".to_owned(), weight)].into();
    let file = Model::new(info, layers, arrays)
        .and_then(|model| model.write(Dtype::F16))
        .expect("a model file");
    reads("model", 4, &file, Model::read);
}

/// Empty lists, or empty texts, of three bytes each; one more of them than the place that a list has made for them.
fn surveys() {
    let seed = corpus::seeds("survey")
        .expect("the corpus")
        .into_iter()
        .find(|seed| Survey::parse(seed).is_ok())
        .expect("a sound one");
    let text = String::from_utf8(seed).expect("JSON");
    for (key, item) in [("\"pictures\": [", "\"\","), ("\"channels\": [", "[],")] {
        let large = text.replacen(key, &format!("{key}{}", item.repeat((1 << 22) + 1)), 1);
        assert!(large.len() > text.len(), "{key} is not in {text}");
        let (taken, outcome) = taken(&format!("survey, {key}"), large.as_bytes(), Survey::parse);
        assert!(
            taken <= 25 * large.len() + FREE,
            "{key}: {taken} bytes for {}",
            large.len()
        );
        assert!(taken > 16 * large.len(), "{key}: 16 times would do");
        // Where it is refused, that was after it was read.
        assert!(
            outcome.is_ok()
                || outcome
                    .is_err_and(|error| error.kind() == ErrorKind::InvalidOption
                        && !error.message().contains("is not a survey"))
        );
    }
}

/// Pixels of 16 bytes in a file that hardly has a bit for each, upright and turned.
fn pictures() {
    for orientation in [1, 6] {
        let side = 4096;
        let file = float_tiff(side, orientation);
        let what = format!("picture, orientation {orientation}");
        let (taken, outcome) = taken(&what, &file, relume_pictures::decode);
        let pixels = usize::from(side) * usize::from(side);
        assert!(
            taken <= 32 * pixels + 4 * file.len() + FREE,
            "{what}: {taken} bytes for {pixels} pixels: {:?}",
            outcome.err()
        );
        assert!(taken > 24 * pixels, "{what}: 24 bytes for each would do");
    }
}
