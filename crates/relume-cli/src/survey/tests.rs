//! Surveys of a small folder: what is found, stopped and gone on with, refused.

use std::fs;
use std::path::Path;

use relume::{Backend, Network};
use relume_pictures::folder::Skipped;
use relume_survey::{Excited, Survey};

use super::look::*;
use super::*;
use crate::folder::list;
use crate::{files, pictures};

fn paint(path: &Path, colour: u8) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let pixels = image::RgbaImage::from_fn(40, 36, |x, y| image::Rgba([colour, (x * 6) as u8, (y * 7) as u8, 255]));
    pictures::save_pixels(path, &pixels).expect("a picture");
}

struct Place {
    _folder: tempfile::TempDir,
    command: Look,
}

fn place() -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    let set = folder.path().join("set");
    for (index, name) in ["b/one.png", "a.png", "b/two.PNG", "c.png"].iter().enumerate() {
        paint(&set.join(name), 60 * index as u8);
    }
    fs::write(set.join("bad.jpg"), b"no picture").expect("a file");
    fs::write(set.join("notes.txt"), b"no picture, and not called one").expect("a file");
    let model = folder.path().join("m.safetensors");
    let bytes = relume::zoo::seeded("all-cnn-c", 3)
        .expect("a model")
        .write(relume::safetensors::Dtype::F32);
    fs::write(&model, bytes.expect("bytes")).expect("a file");
    let command = Look {
        model,
        folder: set,
        out: folder.path().join("survey.json"),
        layers: vec!["relu4".into(), "conv9".into()],
        most: 3,
        shard: None,
        allow_large: false,
    };
    Place {
        _folder: folder,
        command,
    }
}

#[test]
fn a_survey_finds_what_the_network_itself_says() {
    let Place { _folder, command } = place();
    command.run().expect("a survey");
    let survey = file::read(&command.out).expect("a survey");
    assert!(!part(&command.out).exists());
    assert_eq!((survey.done, survey.skipped.len()), (5, 1));
    assert!(survey.skipped[0].starts_with("bad.jpg: cannot be decoded as a picture"));
    let names: Vec<_> = survey
        .layers
        .iter()
        .map(|layer| (layer.name.as_str(), layer.channels.len()))
        .collect();
    assert_eq!(names, [("relu4", 192), ("conv9", 10)]);

    let device = Backend::Flex.device().expect("a device");
    let network = Network::load(&files::read(&command.model).expect("bytes"), &device).expect("a model");
    for (layer, channel) in [(0, 7), (0, 130), (1, 2)] {
        let found = &survey.layers[layer].channels[channel];
        assert!(found.windows(2).all(|pair| pair[0].value >= pair[1].value));
        for &Excited { picture, at, value } in found {
            let tensor = command.input(&survey.pictures[picture], &network).expect("a picture");
            let trace = network
                .forward(network.input(tensor, &device).expect("numbers"))
                .expect("a trace");
            let target = relume::Target::unit(&survey.layers[layer].name, channel);
            let backward = trace
                .backward(&target, relume::ReluRule::Guided)
                .expect("a backward pass");
            let map = backward.read().expect("a map");
            assert_eq!((map.target.at, map.target.value), (at, value));
        }
    }
}

#[test]
fn a_stopped_survey_goes_on_where_it_was() {
    let Place { _folder, command } = place();
    command.run().expect("a survey");
    let whole = file::read(&command.out).expect("a survey");

    // As if stopped after two pictures.
    let bytes = files::read(&command.model).expect("bytes");
    let device = Backend::Flex.device().expect("a device");
    let network = Network::load(&bytes, &device).expect("a model");
    let names = list(&command.folder, &mut Skipped::default()).expect("names");
    let layers = command.layers(&network, 3).expect("layers");
    let mut half = Survey::new(whole.about.clone(), layers, None);
    command
        .look(&mut half, &names[..2], &network, &device, &part(&command.out))
        .expect("two pictures");
    half.tidy();
    file::write(&half, &part(&command.out)).expect("written");
    fs::remove_file(&command.out).expect("removed");
    // Pictures that were looked at are not read again, even if they have changed.
    paint(&command.folder.join(&names[0]), 200);
    command.run().expect("a survey");
    assert_eq!(file::read(&command.out), Ok(whole));
}

#[test]
fn bad_arguments_are_refused_before_time_is_spent() {
    let Place { _folder, mut command } = place();
    let refusal = |command: &Look| command.run().expect_err("a refusal").message().to_owned();
    command.layers = vec!["relu99".into()];
    assert!(refusal(&command).contains("no layer `relu99`"));
    command.layers = vec!["relu4".into(), "relu4".into()];
    assert!(refusal(&command).contains("named twice"));
    command.layers = vec!["relu4".into()];
    let out = std::mem::replace(&mut command.out, command.folder.clone());
    assert!(refusal(&command).contains("it is a folder"));
    command.out = out;
    fs::write(part(&command.out), b"{}").expect("a file");
    assert!(refusal(&command).contains("is not a survey"));
    fs::remove_file(part(&command.out)).expect("removed");
    command.folder = command.folder.join("absent");
    assert!(refusal(&command).contains("cannot be read"));
    fs::create_dir(&command.folder).expect("a folder");
    assert!(refusal(&command).contains("holds no pictures"));
    command.out = command.folder.join("absent").join("survey.json");
    paint(&command.folder.join("a.png"), 1);
    assert!(refusal(&command).contains("cannot be written"));
}
