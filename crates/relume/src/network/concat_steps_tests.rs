//! Concatenations whose parts are written in place, and whose ReLUs are passed as one.

use super::super::{ConcatSlot, ReluBefore};
use super::*;

fn concat() -> LayerKind {
    LayerKind::Concat(ConcatSpec {})
}

/// Modules of several branches, as GoogLeNet and SqueezeNet have them. In `a` and `d` all parts are ReLUs that are clipped at the same limit; if so wanted, `d` has a
/// normalisation. In `b` and `c` they are not: there is a pooling, a convolution without a ReLU, a depthwise convolution, one of two channels, a part that another
/// layer reads too, another concatenation.
fn modules(normalised: bool) -> Model {
    let layer = LayerSpec::new;
    // A pooling by windows of one pixel changes nothing.
    let norm = if normalised {
        LayerKind::BatchNorm(BatchNormSpec { epsilon: 1e-3 })
    } else {
        max_pool(1, 1)
    };
    seeded(&[
        layer("stem", conv(16, 3, 1, 1), &["input"]),
        layer("stem_relu", relu(None), &["stem"]),
        layer("a1", conv(20, 1, 1, 1), &["stem_relu"]),
        layer("a1_relu", relu(Some(0.5)), &["a1"]),
        layer("a2", conv(32, 3, 1, 1), &["stem_relu"]),
        layer("a2_relu", relu(Some(0.5)), &["a2"]),
        layer("a3", conv(12, 5, 1, 1), &["stem_relu"]),
        layer("a3_relu", relu(Some(0.5)), &["a3"]),
        // Not in the order in which they are computed.
        layer("a", concat(), &["a3_relu", "a1_relu", "a2_relu"]),
        layer("pool", max_pool(3, 2), &["a"]),
        layer("b1", conv(16, 1, 1, 1), &["pool"]),
        layer("b1_relu", relu(None), &["b1"]),
        layer("b2", conv(16, 3, 1, 1), &["pool"]),
        layer("b3", max_pool(3, 1), &["pool"]),
        layer("b4", conv(64, 3, 1, 64), &["pool"]),
        layer("b4_relu", relu(None), &["b4"]),
        layer("b5", conv(2, 3, 1, 1), &["pool"]),
        layer("b5_relu", relu(None), &["b5"]),
        layer("b6", conv(16, 3, 1, 1), &["pool"]),
        layer("b6_relu", relu(None), &["b6"]),
        layer("b", concat(), &["b1_relu", "b2", "b3", "b4_relu", "b5_relu", "b6_relu"]),
        layer("c1", conv(16, 3, 1, 1), &["b6_relu"]),
        layer("c1_relu", relu(None), &["c1"]),
        layer("c2", conv(16, 3, 1, 1), &["b"]),
        layer("c2_relu", relu(Some(6.0)), &["c2"]),
        layer("c", concat(), &["c1_relu", "c2_relu", "b"]),
        layer("d1", conv(16, 1, 1, 1), &["c"]),
        layer("d1_relu", relu(None), &["d1"]),
        layer("d2", conv(32, 3, 1, 1), &["c"]),
        layer("d2_norm", norm, &["d2"]),
        layer("d2_relu", relu(None), &["d2_norm"]),
        layer("d", concat(), &["d1_relu", "d2_relu"]),
        layer("last", conv(10, 1, 1, 1), &["d"]),
        layer("mean", LayerKind::GlobalAvgPool(GlobalAvgPoolSpec {}), &["last"]),
    ])
}

#[test]
fn concatenations_without_copies_give_what_their_layers_give() {
    check(modules(true), 1);
    let model = modules(false);
    let names: Vec<String> = model.layers.iter().map(|layer| layer.name.clone()).collect();
    let index = |name: &str| names.iter().position(|other| other == name).expect("a layer");
    let steps = check(model, 1);
    let slot = |name: &str| {
        let output = steps.forward.iter().position(|step| step.end - 1 == index(name));
        steps.slots[output.expect("a step")]
    };
    let at = |concat: &str, first| {
        let concat = index(concat);
        Some(ConcatSlot { concat, first })
    };
    assert_eq!(slot("a3_relu"), at("a", 0));
    assert_eq!(slot("a1_relu"), at("a", 12));
    assert_eq!(slot("a2_relu"), at("a", 32));
    assert_eq!(slot("b2"), at("b", 16));
    assert_eq!(slot("c2_relu"), at("c", 16));
    // Another layer reads `b6_relu`, `b3` is not a convolution, no concatenation reads `last`.
    for name in ["b6_relu", "b3", "last"] {
        assert_eq!(slot(name), None, "{name}");
    }
    let relu = |name: &str| match &steps.backward[index(name)] {
        BackwardStep::Fused { relu, .. } => relu.clone(),
        _ => None,
    };
    let whole = |concat: &str, relus: &[&str]| {
        Some(ReluBefore::Concat {
            concat: index(concat),
            relus: relus.iter().map(|relu| index(relu)).collect(),
        })
    };
    assert_eq!(relu("pool"), whole("a", &["a3_relu", "a1_relu", "a2_relu"]));
    assert_eq!(relu("last"), whole("d", &["d1_relu", "d2_relu"]));
    for name in ["c2", "d1"] {
        assert_eq!(relu(name), None, "{name}");
    }
}
