//! Networks drawn by chance: branches that meet again in sums and concatenations, and modules of several convolutions.

use proptest::prelude::*;

use super::*;

/// A layer that is drawn: its kind, how far before it the layers are that feed it, and which ReLUs of a module are clipped.
type Drawn = (usize, [usize; 4], usize);

/// After a convolution that makes the picture small, the drawn layers; then one that reads everything that no other layer reads.
fn network(drawn: &[Drawn]) -> Model {
    let mut layers = vec![LayerSpec::new("stem", conv(8, 5, 4, 1), &["input"])];
    let mut channels = vec![8];
    let mut is_read = vec![false];
    for (number, &(kind, sources, clipped)) in drawn.iter().enumerate() {
        // Neighbours are likelier, so that a convolution, its ReLU and a concatenation do follow each other.
        let sources = sources.map(|source| (layers.len() - 1).saturating_sub(source));
        let first = sources[0];
        let alike = |other: &usize| channels[*other] == channels[first];
        let (kind, sources) = match kind {
            0 | 1 => (conv(4 + 4 * (number % 3), 1, 1, 1), vec![first]),
            2 | 3 => (conv(4 * (1 + number % 2), 3, 1, 1), vec![first]),
            4 => (conv(channels[first], 3, 1, channels[first]), vec![first]),
            5 | 6 => (relu(None), vec![first]),
            7 => (relu(Some(0.2)), vec![first]),
            8 => (max_pool(3, 1), vec![first]),
            9 => {
                let others = sources.into_iter().filter(alike).collect();
                (LayerKind::Add(AddSpec {}), others)
            }
            _ => (LayerKind::Concat(ConcatSpec {}), sources[..2 + number % 3].to_vec()),
        };
        if sources.len() < 2 && matches!(kind, LayerKind::Add(_)) {
            continue;
        }
        // A module: convolutions and ReLUs of the same layer, side by side.
        let mut sources = sources;
        if number % 2 == 0 && matches!(kind, LayerKind::Concat(_)) {
            sources = (0..2 + number % 3)
                .map(|branch| {
                    let is_clipped = clipped >> branch & 1 == 1;
                    let kinds = [
                        conv(4 + 4 * branch, 1 + (number + branch) % 2 * 2, 1, 1),
                        relu(is_clipped.then_some(0.2)),
                    ];
                    let mut before = first;
                    for (part, kind) in kinds.into_iter().enumerate() {
                        let name = format!("layer{number}_{branch}_{part}");
                        layers.push(LayerSpec::new(&name, kind, &[&layers[before].name.clone()]));
                        is_read[before] = true;
                        is_read.push(false);
                        channels.push(4 + 4 * branch);
                        before = layers.len() - 1;
                    }
                    before
                })
                .collect();
        }
        let width = match &kind {
            LayerKind::Conv2d(spec) => spec.out_channels,
            LayerKind::Concat(_) => sources.iter().map(|&source| channels[source]).sum(),
            _ => channels[first],
        };
        if width > 64 {
            continue;
        }
        let names: Vec<String> = sources.iter().map(|&source| layers[source].name.clone()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        layers.push(LayerSpec::new(format!("layer{number}"), kind, &names));
        sources.iter().for_each(|&source| is_read[source] = true);
        channels.push(width);
        is_read.push(false);
    }
    let ends = layers.iter().zip(&is_read).filter(|(_, is_read)| !**is_read);
    let ends: Vec<String> = ends.map(|(layer, _)| layer.name.clone()).collect();
    let mut ends: Vec<&str> = ends.iter().map(String::as_str).collect();
    if let [end] = *ends {
        ends.push(end);
    }
    layers.push(LayerSpec::new("all", LayerKind::Concat(ConcatSpec {}), &ends));
    layers.push(LayerSpec::new("classes", conv(10, 1, 1, 1), &["all"]));
    layers.push(LayerSpec::new(
        "mean",
        LayerKind::GlobalAvgPool(GlobalAvgPoolSpec {}),
        &["classes"],
    ));
    seeded(&layers)
}

/// Mostly the layer just before, so that layers are often read once.
fn source() -> impl Strategy<Value = usize> {
    prop_oneof![4 => Just(0), 1 => 1usize..4]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn networks_drawn_by_chance_give_what_their_layers_give(
        drawn in proptest::collection::vec((0usize..16, [source(), source(), source(), source()], prop_oneof![Just(0), Just(15), 0usize..16]), 1..16),
    ) {
        check(network(&drawn), 1);
    }
}
