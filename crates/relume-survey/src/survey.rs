//! What a survey knows so far, and the file it is kept in.

use std::path::{Component, Path};

use relume::graph::ReceptiveField;
use relume::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use crate::Shard;

/// The version of the format that is written, and the only one that is read.
const FORMAT: u32 = 1;
/// The most pictures that are kept for a channel.
pub const MOST: usize = 1000;

/// For every channel of some layers, its top-activating images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    format: u32,
    /// What was asked.
    pub about: About,
    /// Which part of the pictures it is of; absent if of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// How many of the pictures have been looked at.
    pub done: usize,
    /// Those that could not be read.
    pub skipped: Vec<String>,
    /// The pictures that are named below: their paths within the folder.
    pub pictures: Vec<String>,
    /// The layers it is of.
    pub layers: Vec<Layer>,
}

/// What must be the same for a survey to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The model's name.
    pub model: String,
    /// CRC-32 of the model file.
    pub checksum: u32,
    /// How many pictures there are.
    pub count: usize,
    /// CRC-32 of their names.
    pub names: u32,
    /// How many pictures are kept for a channel.
    pub most: usize,
}

/// The channels of one layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// Which pixels its units see.
    pub field: ReceptiveField,
    /// Of each channel, the strongest first.
    pub channels: Vec<Vec<Excited>>,
}

/// The strongest unit of a channel in one picture: index into the pictures, row, column, value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "(usize, usize, usize, f32)", from = "(usize, usize, usize, f32)")]
pub struct Excited {
    /// Its place in [`Survey::pictures`].
    pub picture: usize,
    /// Row and column.
    pub at: (usize, usize),
    /// The activation.
    pub value: f32,
}

impl From<Excited> for (usize, usize, usize, f32) {
    fn from(Excited { picture, at, value }: Excited) -> Self {
        (picture, at.0, at.1, value)
    }
}

impl From<(usize, usize, usize, f32)> for Excited {
    fn from((picture, y, x, value): (usize, usize, usize, f32)) -> Self {
        Self {
            picture,
            at: (y, x),
            value,
        }
    }
}

impl Layer {
    /// Takes in a picture: its activation of this layer, `[C, H, W]`, has rows of `width`.
    pub fn look(&mut self, picture: usize, activation: &[f32], width: usize, most: usize) {
        let plane = activation.len() / self.channels.len();
        for (found, values) in self.channels.iter_mut().zip(activation.chunks(plane)) {
            // The first of equals, as everywhere.
            let (at, value) = (values.iter().enumerate()).fold((0, f32::NEG_INFINITY), |best, (at, &value)| {
                if value > best.1 { (at, value) } else { best }
            });
            // A channel that is silent on this picture is not excited by it.
            if value <= 0.0 {
                continue;
            }
            let place = found.partition_point(|other| other.value >= value);
            if place < most {
                found.truncate(most - 1);
                let at = (at / width, at % width);
                found.insert(place, Excited { picture, at, value });
            }
        }
    }
}

impl Survey {
    /// A survey that has looked at nothing yet.
    #[must_use]
    pub const fn new(about: About, layers: Vec<Layer>, shard: Option<Shard>) -> Self {
        Self {
            format: FORMAT,
            about,
            shard,
            done: 0,
            skipped: Vec::new(),
            pictures: Vec::new(),
            layers,
        }
    }

    /// Reads a survey that [`to_bytes`](Self::to_bytes) wrote, whole or not yet.
    ///
    /// # Errors
    /// `invalid-option` for bytes that are not a survey.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let fault = |what: String| Error::new(ErrorKind::InvalidOption, what);
        let survey: Self = serde_json::from_slice(bytes)
            .map_err(|error| fault(format!("is not a survey by `relume survey`: {error}")))?;
        if survey.format != FORMAT {
            return Err(fault(format!("is a survey of format {}, not {FORMAT}", survey.format)));
        }
        survey.check().map_err(|what| fault(what.to_owned()))?;
        Ok(survey)
    }

    /// How many pictures it is of: all, or those of its part.
    #[must_use]
    pub fn expected(&self) -> usize {
        let count = self.about.count;
        self.shard.map_or(count, |shard| shard.range(count).len())
    }

    /// Refuses what a file could say but a survey never would.
    fn check(&self) -> Result<(), &'static str> {
        let most = self.about.most;
        if !(1..=MOST).contains(&most) || self.skipped.len() > self.done || self.done > self.expected() {
            return Err("has impossible counts");
        }
        let channels = || self.layers.iter().flat_map(|layer| &layer.channels);
        if channels().any(|channel| channel.len() > most) || self.layers.iter().any(|layer| layer.channels.is_empty()) {
            return Err("has a layer without channels, or a channel with too many pictures");
        }
        let known = |excited: &Excited| excited.picture < self.pictures.len() && excited.value.is_finite();
        if !channels().flatten().all(known) {
            return Err("names a picture it does not list");
        }
        // Nothing outside of the folder that was surveyed.
        let within = |name: &String| {
            Path::new(name)
                .components()
                .all(|part| matches!(part, Component::Normal(_)))
        };
        if !self.pictures.iter().all(within) {
            return Err("names a picture that is not in the folder");
        }
        Ok(())
    }

    /// The bytes of its file.
    ///
    /// # Errors
    /// `internal`, if they cannot be put together.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self)
            .map_err(|error| Error::new(ErrorKind::Internal, format!("the survey cannot be written: {error}")))
    }

    /// Takes in what a later part of the pictures has, of the same layers.
    pub fn append(&mut self, later: Self) {
        self.done += later.done;
        self.skipped.extend(later.skipped);
        let offset = self.pictures.len();
        self.pictures.extend(later.pictures);
        for (layer, more) in self.layers.iter_mut().zip(later.layers) {
            for (channel, found) in layer.channels.iter_mut().zip(more.channels) {
                channel.extend(found.into_iter().map(|excited| Excited {
                    picture: excited.picture + offset,
                    ..excited
                }));
                // Stable, so that of equals the earlier picture comes first, as in one run.
                channel.sort_by(|a, b| b.value.total_cmp(&a.value));
                channel.truncate(self.about.most);
            }
        }
        self.tidy();
    }

    /// Lists only the pictures that are named, so that the list stays short however many were looked at.
    pub fn tidy(&mut self) {
        let mut places = vec![None; self.pictures.len()];
        let mut kept = Vec::new();
        for excited in self
            .layers
            .iter_mut()
            .flat_map(|layer| layer.channels.iter_mut().flatten())
        {
            let place = *places[excited.picture].get_or_insert_with(|| {
                kept.push(self.pictures[excited.picture].clone());
                kept.len() - 1
            });
            excited.picture = place;
        }
        self.pictures = kept;
    }
}

#[cfg(test)]
mod tests {
    use relume::graph::Extent;

    use super::*;

    fn survey(most: usize) -> Survey {
        let extent = Extent {
            start: 0,
            size: 1,
            step: 1,
        };
        let layer = Layer {
            name: "relu".into(),
            field: ReceptiveField { y: extent, x: extent },
            channels: vec![Vec::new(); 2],
        };
        let about = About {
            model: "m".into(),
            checksum: 1,
            count: 9,
            names: 2,
            most,
        };
        Survey::new(about, vec![layer], None)
    }

    fn found(survey: &Survey, channel: usize) -> Vec<(usize, usize, usize, f32)> {
        survey.layers[0].channels[channel]
            .iter()
            .map(|&excited| excited.into())
            .collect()
    }

    #[test]
    fn the_strongest_stay_and_equals_keep_their_order() {
        let mut survey = survey(2);
        // Two channels of 2×2 each.
        for (picture, activation) in [
            [0.0, 3.0, 3.0, 1.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 5.0, 0.0, -1.0, -2.0, -1.0, -1.0],
            [3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5],
        ]
        .iter()
        .enumerate()
        {
            survey.layers[0].look(picture, activation, 2, 2);
        }
        assert_eq!(found(&survey, 0), [(1, 1, 0, 5.0), (0, 0, 1, 3.0)]);
        assert_eq!(found(&survey, 1), [(2, 1, 1, 0.5)]);
    }

    #[test]
    fn only_named_pictures_are_listed() {
        let mut survey = survey(1);
        survey.pictures = ["a", "b", "c"].map(str::to_owned).to_vec();
        survey.layers[0].look(2, &[1.0, 2.0], 1, 1);
        survey.layers[0].look(0, &[0.5, 3.0], 1, 1);
        survey.tidy();
        assert_eq!(survey.pictures, ["c", "a"]);
        assert_eq!(
            (found(&survey, 0), found(&survey, 1)),
            (vec![(0, 0, 0, 1.0)], vec![(1, 0, 0, 3.0)])
        );
    }

    #[test]
    fn a_file_that_is_not_a_survey_is_refused() {
        let refused = |bytes: &[u8]| Survey::parse(bytes).expect_err("not a survey").message().to_owned();
        let written = |survey: &Survey| survey.to_bytes().expect("written");
        assert!(refused(b"{}").contains("is not a survey"));
        assert!(refused(b"").contains("is not a survey"));
        let mut survey = survey(1);
        survey.pictures = vec!["a".into()];
        survey.layers[0].look(1, &[1.0, 2.0], 1, 1);
        assert!(refused(&written(&survey)).contains("does not list"));
        survey.pictures.push("b".into());
        (survey.about.count, survey.done) = (2, 2);
        assert_eq!(Survey::parse(&written(&survey)).as_ref(), Ok(&survey));

        type Spoil = fn(&mut Survey);
        let spoils: [(&str, Spoil); 8] = [
            ("counts", |survey| survey.about.most = 0),
            ("counts", |survey| survey.about.most = usize::MAX),
            ("counts", |survey| survey.done = 3),
            ("counts", |survey| survey.shard = "1/2".parse().ok()),
            ("counts", |survey| survey.skipped = vec![String::new(); 3]),
            ("channel", |survey| survey.layers[0].channels.clear()),
            ("channel", |survey| {
                survey.layers[0].channels[0] = vec![survey.layers[0].channels[0][0]; 2];
            }),
            ("not in the folder", |survey| survey.pictures[1] = "../b".into()),
        ];
        for (said, spoil) in spoils {
            let mut spoilt = survey.clone();
            spoil(&mut spoilt);
            assert!(refused(&written(&spoilt)).contains(said), "{spoilt:?}");
        }
    }
}
