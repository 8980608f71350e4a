//! What a stranger can send, read as relume reads it.
//!
//! Each function returns how the bytes were taken. It panics where a promise is broken: an error of a kind that the reader does not
//! name, a sentence without end, or one that could command a terminal.

use relume::picture::{DrawOptions, draw};
use relume::{
    Backend, Error, ErrorKind, GradCamOptions, IntegratedGradients, Lrp, Model, Network, Occlusion, ReluRule, Rise,
    SmoothGrad, Target,
};
use relume_survey::Survey;

/// What a reader made of the bytes.
pub type Outcome = Result<(), Error>;

/// A target: its name, which is that of its folder in the corpus, and its function.
pub type Named = (&'static str, fn(&[u8]) -> Outcome);

/// All targets.
pub const ALL: [Named; 7] = [
    ("model", model_file),
    ("checkpoint", checkpoint),
    ("onnx", onnx),
    ("picture", picture),
    ("draw-options", draw_options),
    ("target", target),
    ("survey", survey),
];

/// The longest sentence that an error may have, in bytes.
const LONGEST_MESSAGE: usize = 4096;
/// A network of at most so many operations is run, too.
const RUN_OPERATIONS: u64 = 2_000_000;

/// A model file; a network that is small enough also runs, forward and backward.
///
/// # Errors
/// Where the bytes are refused.
pub fn model_file(bytes: &[u8]) -> Outcome {
    checked(Model::read(bytes), &[ErrorKind::InvalidModel]).and_then(run)
}

/// PyTorch weights.
///
/// # Errors
/// Where the bytes are refused.
pub fn checkpoint(bytes: &[u8]) -> Outcome {
    // It may not fail, whatever the bytes are.
    let _ = relume_checkpoint::is_checkpoint(bytes);
    let kinds = [ErrorKind::InvalidModel, ErrorKind::InvalidOption];
    let import = checked(
        relume_checkpoint::read(bytes, &relume_checkpoint::Options::default()),
        &kinds,
    )?;
    check_texts(import.notes.iter());
    check_model(&import.model);
    Ok(())
}

/// An ONNX file.
///
/// # Errors
/// Where the bytes are refused.
pub fn onnx(bytes: &[u8]) -> Outcome {
    let _ = relume_onnx::is_onnx(bytes);
    let kinds = [
        ErrorKind::InvalidModel,
        ErrorKind::UnsupportedOperator,
        ErrorKind::InvalidOption,
    ];
    let _ = checked(relume_onnx::picture_size(bytes), &kinds);
    let import = checked(relume_onnx::read(bytes, &relume_onnx::Options::default()), &kinds)?;
    check_texts(import.notes.iter());
    run(import.model)
}

/// A picture.
///
/// # Errors
/// Where the bytes are refused.
pub fn picture(bytes: &[u8]) -> Outcome {
    let kinds = [ErrorKind::InvalidPicture];
    let size = checked(relume_pictures::size(bytes), &kinds);
    let decoded = checked(relume_pictures::decode(bytes), &kinds)?;
    // The header told it before anything was decoded.
    assert_eq!(size.ok(), Some(decoded.pixels.dimensions()), "two sizes of one picture");
    Ok(())
}

/// How a map is to be drawn, or the options of a method, as JSON.
///
/// # Errors
/// Where the bytes are refused.
pub fn draw_options(bytes: &[u8]) -> Outcome {
    let refused = |error: serde_json::Error| Error::new(ErrorKind::InvalidOption, error.to_string());
    match serde_json::from_slice::<DrawOptions>(bytes) {
        Ok(options) => {
            let map = [0.5, -1.0, 0.0, 2.0, 0.25, 1.0, -3.0, 0.0, 0.0, 0.0, 1.0, 4.0];
            checked(draw(&map, [3, 2, 2], &options, None), &[ErrorKind::InvalidOption]).map(|_| ())
        }
        Err(error) => {
            let is_of_a_method = serde_json::from_slice::<SmoothGrad>(bytes).is_ok()
                || serde_json::from_slice::<IntegratedGradients>(bytes).is_ok()
                || serde_json::from_slice::<Occlusion>(bytes).is_ok()
                || serde_json::from_slice::<Rise>(bytes).is_ok()
                || serde_json::from_slice::<GradCamOptions>(bytes).is_ok()
                || serde_json::from_slice::<Lrp>(bytes).is_ok();
            let error = if is_of_a_method { Ok(()) } else { Err(refused(error)) };
            checked(error, &[ErrorKind::InvalidOption])
        }
    }
}

/// A target in words, or as JSON.
///
/// # Errors
/// Where the bytes are refused.
pub fn target(bytes: &[u8]) -> Outcome {
    let json = serde_json::from_slice::<Target>(bytes);
    let text = String::from_utf8_lossy(bytes);
    let target = match json {
        Ok(target) => Ok(target),
        Err(_) => text.parse(),
    };
    checked(target, &[ErrorKind::InvalidTarget]).map(|_| ())
}

/// A survey.
///
/// # Errors
/// Where the bytes are refused.
pub fn survey(bytes: &[u8]) -> Outcome {
    let survey = checked(Survey::parse(bytes), &[ErrorKind::InvalidOption])?;
    let mut tidy = survey.clone();
    tidy.tidy();
    assert!(tidy.pictures.len() <= survey.pictures.len(), "tidying adds a picture");
    Ok(())
}

/// Runs a network that is small enough.
fn run(model: Model) -> Outcome {
    check_model(&model);
    let device = Backend::Flex.device()?;
    let network = Network::new(model, &device)?;
    let cost = network.plan().run_cost;
    checked(cost.check(), &[ErrorKind::TooLarge])?;
    if cost.operations > RUN_OPERATIONS {
        return Ok(());
    }
    let numbers = network.info().input.shape.iter().product();
    let kinds = [ErrorKind::NotFinite];
    let picture = network.input(vec![0.5; numbers], &device)?;
    let trace = network.forward(picture)?;
    for rule in [ReluRule::Guided, ReluRule::Backprop] {
        let map = checked(
            trace
                .backward(&Target::class(0), rule)
                .and_then(relume::Attribution::read),
            &kinds,
        )?;
        assert_eq!(map.data.len(), numbers, "a map of another size than its picture");
    }
    Ok(())
}

/// What a model says of itself is printed.
fn check_model(model: &Model) {
    let info = model.info();
    check_texts(
        [&info.name, &info.title, &info.licence, &info.source]
            .into_iter()
            .chain(&info.classes),
    );
}

/// Refuses to go on where an error breaks a promise.
fn checked<T>(result: relume::Result<T>, kinds: &[ErrorKind]) -> relume::Result<T> {
    if let Err(error) = &result {
        assert!(kinds.contains(&error.kind()), "an error of another kind: {error}");
        let length = error.message().len();
        assert!(length <= LONGEST_MESSAGE, "an error of {length} bytes");
        check_texts([error.message()]);
    }
    result
}

/// A control character commands a terminal, and an override of the direction lets a text read otherwise than it is.
fn check_texts(texts: impl IntoIterator<Item = impl AsRef<str>>) {
    for text in texts {
        let text = text.as_ref();
        assert!(
            !text.contains(relume::is_unprintable),
            "an unprintable character in {text:?}"
        );
    }
}
