//! The limits that SECURITY.md names, each at its last number that is taken and its first that is refused.

use relume::graph::{
    BUDGET_MEMORY, BUDGET_OPERATIONS, FlattenSpec, LayerKind, LayerSpec, LinearSpec, MAX_ACTIVATIONS, MAX_COST,
    MAX_PARAMETERS, MaxPool2dSpec, Plan, ReluSpec, RunCost, Shape,
};

fn chain(kinds: Vec<LayerKind>) -> Vec<LayerSpec> {
    let mut last = "input".to_owned();
    kinds
        .into_iter()
        .enumerate()
        .map(|(index, kind)| {
            let name = format!("layer{index}");
            let before = std::mem::replace(&mut last, name.clone());
            LayerSpec::new(&name, kind, &[before.as_str()])
        })
        .collect()
}

/// What such a network costs, or the message that refuses it.
fn cost(input: Shape, kinds: Vec<LayerKind>) -> Result<RunCost, String> {
    Plan::new(input, &chain(kinds))
        .map(|plan| plan.run_cost)
        .map_err(|error| {
            assert_eq!(error.code(), "invalid-model");
            error.message().to_owned()
        })
}

fn relu() -> LayerKind {
    LayerKind::Relu(ReluSpec::default())
}

#[test]
fn the_document_has_the_figures() {
    let text = include_str!("../../../SECURITY.md")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for figure in [
        format!(
            "more than {:.0} · 10⁹ operations or {} GiB of activations",
            BUDGET_OPERATIONS as f64 / 1e9,
            BUDGET_MEMORY >> 30
        ),
        format!(
            "more than {:.0} · 10⁹ operations, {} GiB of activations or {:.0} million weights",
            MAX_COST as f64 / 1e9,
            (MAX_ACTIVATIONS * 4) >> 30,
            MAX_PARAMETERS as f64 / 1e6
        ),
    ] {
        assert!(text.contains(&figure), "{figure}");
    }
}

#[test]
fn a_pass_is_run_up_to_the_budget() {
    let cost = |operations, memory| RunCost { operations, memory }.check().map_err(|error| error.code());
    assert_eq!(cost(BUDGET_OPERATIONS, BUDGET_MEMORY), Ok(()));
    assert_eq!(cost(BUDGET_OPERATIONS + 1, BUDGET_MEMORY), Err("too-large"));
    assert_eq!(cost(BUDGET_OPERATIONS, BUDGET_MEMORY + 1), Err("too-large"));
}

/// 2²⁰ windows of 2¹³ pixels, each of which takes as long as 2⁵ multiply-adds.
#[test]
fn operations_are_planned_up_to_the_limit() {
    let pool = || {
        LayerKind::MaxPool2d(MaxPool2dSpec {
            kernel: [32, 256],
            stride: [1; 2],
            padding: [0; 4],
            dilation: [1; 2],
            ceil_mode: false,
        })
    };
    let input = [1, 1024 + 31, 1024 + 255];
    assert_eq!(cost(input, vec![pool()]).map(|cost| cost.operations), Ok(MAX_COST));
    let refused = cost(input, vec![pool(), relu()]).expect_err("beyond the limit");
    assert!(refused.contains("operations"), "{refused}");
}

#[test]
fn activations_are_planned_up_to_the_limit() {
    let most = usize::try_from(MAX_ACTIVATIONS >> 20).expect("few");
    let relus = |count: usize| cost([1, 1024, 1024], (0..count).map(|_| relu()).collect());
    assert!(relus(most).is_ok_and(|cost| cost.memory >= 2 << 30));
    let refused = relus(most + 1).expect_err("beyond the limit");
    assert!(refused.contains("activations"), "{refused}");
}

#[test]
fn weights_are_planned_up_to_the_limit() {
    let outputs = usize::try_from(MAX_PARAMETERS >> 16).expect("few");
    let linear = |out_features| {
        let linear = LinearSpec {
            out_features,
            bias: false,
        };
        cost(
            [1, 256, 256],
            vec![LayerKind::Flatten(FlattenSpec {}), LayerKind::Linear(linear)],
        )
    };
    assert!(linear(outputs).is_ok());
    let refused = linear(outputs + 1).expect_err("beyond the limit");
    assert!(refused.contains("weights"), "{refused}");
}
