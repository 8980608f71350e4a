//! `relume convert` for a network of one's own: fine-tuned to other classes, with its own normalisation, or of another
//! architecture than was said.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use relume::safetensors::{Array, Dtype, write};
use relume::{Backend, Model, Network, zoo};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A plain safetensors file.
    fn weights(&self, name: &str, arrays: &BTreeMap<String, Array>) {
        let bytes = write(&BTreeMap::new(), arrays, Dtype::F32).expect("bytes");
        fs::write(self.path(name), bytes).expect("written");
    }

    fn convert(&self, input: &str, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_relume"))
            .args(["convert", input, "out.safetensors", "--dtype", "f32"])
            .args(more)
            .current_dir(self.0.path())
            .output()
            .expect("the program starts")
    }

    fn model(&self, input: &str, more: &[&str]) -> Model {
        let done = self.convert(input, more);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Model::read(&fs::read(self.path("out.safetensors")).expect("a file")).expect("a model")
    }

    fn refusal(&self, input: &str, more: &[&str]) -> String {
        let done = self.convert(input, more);
        assert!(!done.status.success(), "{more:?} became a model");
        assert!(!self.path("out.safetensors").exists());
        String::from_utf8(done.stderr).expect("text")
    }
}

fn seeded(architecture: &str) -> BTreeMap<String, Array> {
    zoo::seeded(architecture, 1).expect("a network").into_parts().2
}

/// The weights of a network that was fine-tuned: its last layer, `head`, has `classes` outputs, each the first output of the
/// published one and its number more.
fn fine_tuned(architecture: &str, head: &str, classes: u8) -> BTreeMap<String, Array> {
    let mut arrays = seeded(architecture);
    for part in ["weight", "bias"] {
        let array = arrays.get_mut(&format!("{head}.{part}")).expect("a head");
        let row = array.data.len() / array.shape[0];
        let first = array.data[..row].to_vec();
        array.data = (0..classes)
            .flat_map(|class| first.iter().map(move |value| value + f32::from(class)))
            .collect();
        array.shape[0] = classes.into();
    }
    arrays
}

/// torchvision's names for SqueezeNet's weights.
fn as_torchvision(arrays: BTreeMap<String, Array>) -> BTreeMap<String, Array> {
    let features = [3, 4, 6, 7, 9, 10, 11, 12];
    let renamed = |name: String| {
        let (layer, part) = name.rsplit_once('.').expect("a part");
        let layer = match layer.split_once('_') {
            Some((fire, convolution)) => {
                let number: usize = fire.trim_start_matches("fire").parse().expect("a number");
                format!("features.{}.{convolution}", features[number - 2])
            }
            None if layer == "conv1" => "features.0".to_owned(),
            None => "classifier.1".to_owned(),
        };
        format!("{layer}.{part}")
    };
    arrays.into_iter().map(|(name, array)| (renamed(name), array)).collect()
}

#[test]
fn normalisation_and_classes_are_set() {
    let place = Place::new();
    place.weights("weights", &seeded("strided-cnn-c"));
    fs::write(
        place.path("names"),
        "\u{feff}Kuh\r\n b c \n3\n4\n5\n6\n7\n8\n9\nzehn\n\n",
    )
    .expect("written");
    let options = ["--architecture", "strided-cnn-c", "--classes", "names"];
    let more = ["--mean", "0.485,0.456,0.406", "--std", "0.25", "--range", "-1,1"];
    let model = place.model("weights", &[&options[..], &more].concat());
    let info = model.info();
    assert_eq!(info.input.mean, [0.485, 0.456, 0.406]);
    assert_eq!(info.input.std, [0.25; 3]);
    assert_eq!(info.input.range, [-1.0, 1.0]);
    assert_eq!(info.classes, ["Kuh", "b c", "3", "4", "5", "6", "7", "8", "9", "zehn"]);

    // A model file is described anew in the same way, and keeps what is not mentioned.
    fs::rename(place.path("out.safetensors"), place.path("model")).expect("renamed");
    let again = place.model("model", &["--std", "0.5", "--source", "a herd"]);
    assert_eq!(again.info().input.std, [0.5; 3]);
    assert_eq!(again.info().source, "a herd");
    assert_eq!(again.info().classes, info.classes);
    assert_eq!(again.array("conv1.weight"), model.array("conv1.weight"));
}

#[test]
fn a_description_that_cannot_be_meant_is_refused() {
    let place = Place::new();
    place.weights("weights", &seeded("strided-cnn-c"));
    place.weights("squeezenet", &seeded("squeezenet-1.1"));
    fs::write(place.path("nine"), "1\n2\n3\n4\n5\n6\n7\n8\n9\n").expect("written");
    fs::write(place.path("gap"), "1\n\n3\n").expect("written");
    fs::write(place.path("binary"), [0xff, 0xfe, 0x31]).expect("written");
    for (input, architecture, option, value, words) in [
        (
            "weights",
            "strided-cnn-c",
            "--classes",
            "nine",
            "there are names for 9 classes, and the network has 10",
        ),
        ("weights", "strided-cnn-c", "--classes", "gap", "line 2 is empty"),
        ("weights", "strided-cnn-c", "--classes", "binary", "not a text file"),
        (
            "weights",
            "strided-cnn-c",
            "--mean",
            "0.5,0.5",
            "--mean takes 3 numbers",
        ),
        (
            "weights",
            "strided-cnn-c",
            "--range",
            "255",
            "--range takes two numbers",
        ),
        ("weights", "strided-cnn-c", "--std", "0", "std above 0"),
        ("weights", "strided-cnn-c", "--std", "nan", "std above 0"),
        // The network's other numbers are for pixels from 0 to 1.
        (
            "weights",
            "strided-cnn-c",
            "--mean",
            "123.7,116.3,103.5",
            "a mean of 123.7 does not fit pixels from 0 to 1",
        ),
        (
            "weights",
            "strided-cnn-c",
            "--range",
            "0,255",
            "give --mean, --std and --range together",
        ),
        // The authors' SqueezeNet takes pixels from 0 to 255, PyTorch's numbers are for 0 to 1.
        (
            "squeezenet",
            "squeezenet-1.1",
            "--mean",
            "0.485,0.456,0.406",
            "with --range 0,1 or --range 0,255",
        ),
    ] {
        let said = place.refusal(input, &["--architecture", architecture, option, value]);
        assert!(
            said.contains(words) && said.contains("[invalid-option]"),
            "{option} {value}: {said}"
        );
    }
    let said = place.refusal("weights", &["--architecture", "strided-cnn-c", "--classes", "nowhere"]);
    assert!(said.contains("[unreadable]"), "{said}");
}

#[test]
fn a_fine_tuned_head_has_as_many_classes_as_its_weights() {
    let place = Place::new();
    place.weights("ten", &as_torchvision(fine_tuned("squeezenet-1.1", "conv10", 10)));
    let model = place.model("ten", &["--architecture", "squeezenet-1.1"]);
    assert_eq!(model.info().classes.len(), 10);
    assert_eq!(model.info().classes[9], "class 9");
    assert_eq!(model.info().input.shape, [3, 224, 224]);
    let weights = model.array("conv10.weight").expect("the head");
    assert_eq!(weights.shape, [10, 512, 1, 1]);
    assert_eq!(weights, &fine_tuned("squeezenet-1.1", "conv10", 10)["conv10.weight"]);
    let device = Backend::Flex.device().expect("a device");
    let network = Network::new(model, &device).expect("a network");
    let input = network.input(vec![0.5; 3 * 224 * 224], &device).expect("an input");
    assert_eq!(
        network
            .forward(input)
            .and_then(|trace| trace.scores())
            .expect("scores")
            .len(),
        10
    );

    fs::write(place.path("names"), "hen\negg").expect("written");
    let names = ["--classes", "names", "--architecture"];
    for (architecture, head) in [("all-cnn-c", "conv9"), ("efficientnet-lite0", "classifier")] {
        place.weights("two", &fine_tuned(architecture, head, 2));
        let model = place.model("two", &[&names[..], &[architecture]].concat());
        assert_eq!(model.info().classes, ["hen", "egg"], "{architecture}");
        // The published source is not that of these weights.
        assert_eq!(model.info().source, "unknown", "{architecture}");
    }
}

#[test]
fn weights_of_another_architecture_are_told_by_its_name() {
    let place = Place::new();
    place.weights("all", &seeded("all-cnn-c"));
    let said = place.refusal("all", &["--architecture", "model-c"]);
    assert!(said.contains("not weights of model-c"), "{said}");
    // These two differ in their strides and poolings only.
    let both = "they fit all-cnn-c or convpool-cnn-c: name the right one with --architecture";
    assert!(said.contains(both), "{said}");

    place.weights("ten", &as_torchvision(fine_tuned("squeezenet-1.1", "conv10", 10)));
    let one = "fit squeezenet-1.1: use --architecture squeezenet-1.1";
    let said = place.refusal("ten", &["--architecture", "efficientnet-lite0"]);
    assert!(said.contains(one) && said.contains("[invalid-model]"), "{said}");

    let array = seeded("model-c")["conv1.weight"].clone();
    place.weights("other", &BTreeMap::from([("layer1.0.conv1.weight".to_owned(), array)]));
    for more in [&["--architecture", "squeezenet-1.1"][..], &[]] {
        let said = place.refusal("other", more);
        assert!(said.contains("docs/model-file.md"), "{said}");
    }
    let said = place.refusal("all", &[]);
    let both = "these fit all-cnn-c or convpool-cnn-c";
    assert!(said.contains(both) && said.contains("[invalid-option]"), "{said}");
    // torchvision's names tell the network.
    assert_eq!(place.model("ten", &[]).info().title, "SqueezeNet 1.1");
}
