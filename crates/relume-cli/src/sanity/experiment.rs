//! Maps of a network and of the same network while its layers lose their weights, compared: on several cores, of a few networks at a time.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use burn::tensor::Device;
use relume::{
    AttributionMap, Error, ErrorKind, MapSimilarity, Method, Model, Network, Result, Target, compare_maps, importance,
    rank_correlation,
};

use super::row::{Comparison, Row};
use crate::explain::MethodArgs;
use crate::network_input;
use crate::progress::bar;

/// The most networks in memory at once. Cores beyond these help within the passes.
const NETWORKS: usize = 4;

/// What is compared: for each picture the maps of one unit by each method.
pub(super) struct Experiment<'a> {
    pub(super) model: &'a Model,
    pub(super) methods: &'a [Method],
    pub(super) device: &'a Device,
    pub(super) seeds: u64,
}

/// A picture, and what its maps are compared with.
pub(super) struct Reference {
    values: Vec<f32>,
    /// The unit that the original network explains, whatever the others answer.
    target: Target,
    /// The original network's maps, one by each method.
    maps: Vec<AttributionMap>,
    /// How strong the picture's edges are, `[H, W]`.
    edges: Vec<f32>,
    /// How far each pixel is from the mean of the training pictures, `[H, W]`.
    magnitudes: Vec<f32>,
}

/// A network with some layers randomised.
#[derive(Clone, Copy)]
struct Stage<'a> {
    /// The first layer without its weights; nothing for the original network.
    from: Option<&'a str>,
    seed: u64,
}

/// For each method the comparisons of all pictures.
type Found = Vec<Vec<Comparison>>;

impl Experiment<'_> {
    /// What the maps of `picture` are compared with.
    pub(super) fn reference(&self, network: &Network, picture: &Path, target: &Target) -> Result<Reference> {
        let (values, _) = network_input::of_picture(picture, network)?;
        let trace = network.forward(network.input(values.clone(), self.device)?)?;
        let unit = trace.explained_unit(target)?;
        let target = Target::unit(unit.layer, unit.channel).at(unit.at.0, unit.at.1);
        let edges = trace.edges()?;
        Ok(Reference {
            maps: self.maps(network, &values, &target)?,
            magnitudes: importance(&values, edges.len())?,
            edges,
            values,
            target,
        })
    }

    /// For the original network, then from the last layer to the first, and for each method, how alike the maps are.
    pub(super) fn rows(&self, references: &[Reference]) -> Result<Vec<Row>> {
        let layers = self.model.layers_with_weights();
        let mut stages = vec![Stage { from: None, seed: 0 }];
        for &layer in layers.iter().rev() {
            let from = Some(layer);
            stages.extend((1..=self.seeds).map(|seed| Stage { from, seed }));
        }
        let found = self.all(&stages, references)?;
        let mut rows = Vec::new();
        let mut done = stages.iter().zip(found).peekable();
        while let Some((stage, mut found)) = done.next() {
            while let Some((_, more)) = done.next_if(|(next, _)| next.from == stage.from) {
                for (found, more) in found.iter_mut().zip(more) {
                    found.extend(more);
                }
            }
            let of_method = self.methods.iter().zip(&found);
            rows.extend(of_method.map(|(&method, found)| Row::new(stage.from, method, found)));
        }
        Ok(rows)
    }

    /// What is found at each stage, in order.
    fn all(&self, stages: &[Stage], references: &[Reference]) -> Result<Vec<Found>> {
        let bar = bar(stages.len(), "networks");
        let next = AtomicUsize::new(0);
        let stopped = AtomicBool::new(false);
        let results: Vec<Mutex<Option<Result<Found>>>> = stages.iter().map(|_| Mutex::new(None)).collect();
        // Every thread takes the next network when it is done with one. Were the networks themselves tasks of rayon, a
        // thread that waits within a pass would begin another network meanwhile, and the memory of both be needed.
        rayon::broadcast(|thread| {
            while thread.index() < NETWORKS && !stopped.load(Ordering::Relaxed) {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let (Some(&stage), Some(place)) = (stages.get(index), results.get(index)) else {
                    break;
                };
                let found = self.stage(stage, references);
                if found.is_err() {
                    stopped.store(true, Ordering::Relaxed);
                }
                *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
                bar.inc(1);
            }
        });
        bar.finish_and_clear();
        // The stages were taken in order, so whatever stands before the first error is there.
        let found = results
            .into_iter()
            .map_while(|place| place.into_inner().unwrap_or_else(PoisonError::into_inner));
        found.collect()
    }

    fn stage(&self, Stage { from, seed }: Stage, references: &[Reference]) -> Result<Found> {
        let network = match from {
            Some(from) => Some(self.randomised(from, seed)?),
            None => None,
        };
        let mut found: Found = self.methods.iter().map(|_| Vec::new()).collect();
        for reference in references {
            let made = match &network {
                Some(network) => &self.maps(network, &reference.values, &reference.target)?,
                None => &reference.maps,
            };
            for ((found, original), map) in found.iter_mut().zip(&reference.maps).zip(made) {
                found.push(reference.compare(original, map)?);
            }
        }
        Ok(found)
    }

    fn randomised(&self, from: &str, seed: u64) -> Result<Network> {
        let model = self.model.clone().randomised(from, seed)?;
        Network::new(model, self.device).map_err(|error| {
            Error::new(
                ErrorKind::Internal,
                format!("with `{from}` and all later layers randomised: {}", error.message()),
            )
        })
    }

    fn maps(&self, network: &Network, values: &[f32], target: &Target) -> Result<Vec<AttributionMap>> {
        let trace = network.forward(network.input(values.to_vec(), self.device)?)?;
        let map = |&method: &Method| {
            Ok(MethodArgs::with_defaults(method)
                .make(&trace, target, &mut |_, _| ())?
                .map)
        };
        self.methods.iter().map(map).collect()
    }
}

impl Reference {
    fn compare(&self, original: &AttributionMap, map: &AttributionMap) -> Result<Comparison> {
        let magnitudes = importance(&map.data, self.edges.len())?;
        let correlation = |other| Some(rank_correlation(&magnitudes, other)).filter(|found| found.is_finite());
        let similarity: Option<MapSimilarity> = compare_maps(&original.data, &map.data, map.shape)?;
        Ok(Comparison {
            similarity,
            edges: correlation(&self.edges),
            picture: correlation(&self.magnitudes),
        })
    }
}
