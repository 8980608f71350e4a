//! What the rules mean, and what is said, where activations are not ReLUs.

use relume::{AttributionMap, Backend, Model, Network, ReluRule};

const RULED: [ReluRule; 2] = [ReluRule::Deconvnet, ReluRule::Guided];

fn map(target: &str, rule: ReluRule) -> AttributionMap {
    let bytes: &[u8] = include_bytes!("../../../tests/goldens/activations.model.safetensors");
    let device = Backend::Flex.device().expect("a device");
    let network = Network::new(Model::read(bytes).expect("a sound model"), &device).expect("sound");
    let count = network.info().input.shape.iter().product();
    let numbers = (0..count).map(|at| ((at * 7919) % 1009) as f32 / 504.5 - 1.0).collect();
    let trace = network
        .forward(network.input(numbers, &device).expect("an input"))
        .expect("a run");
    let target = target.parse().expect("a target");
    trace
        .backward(&target, rule)
        .expect("a backward pass")
        .read()
        .expect("a map")
}

fn said(target: &str, rule: ReluRule) -> Option<(&'static str, String)> {
    map(target, rule).warning.map(|warning| (warning.code, warning.message))
}

#[test]
fn a_map_says_how_many_activations_its_method_does_not_change() {
    for rule in RULED {
        let (code, message) = said("class:0", rule).expect("a warning");
        assert_eq!(code, "plain-gradient");
        // Five, six, one alone, three and tanh4; relu_alone and relu.
        assert!(message.starts_with("16 of the 18 activations on the way"), "{message}");
        assert!(
            message.contains("(elu, gelu, hard_sigmoid, hard_swish, leaky_relu, mish,"),
            "{message}"
        );
        assert!(message.contains(&format!("{rule} changes nothing there")), "{message}");
        assert_eq!(map("class:0", rule).relus, 2);
    }
    assert_eq!(said("class:0", ReluRule::Backprop), None);
}

#[test]
fn without_a_relu_on_the_way_the_three_maps_are_the_same_and_it_is_said() {
    let plain = map("add2:3", ReluRule::Backprop);
    assert_eq!((plain.relus, plain.warning), (0, None));
    for rule in RULED {
        let ruled = map("add2:3", rule);
        assert_eq!(ruled.data, plain.data, "{rule}");
        let warning = ruled.warning.expect("a warning");
        assert_eq!(warning.code, "plain-gradient");
        assert!(warning.message.contains("give the same map"), "{}", warning.message);
    }
}

#[test]
fn without_an_activation_on_the_way_nothing_is_said() {
    for rule in RULED {
        assert_eq!(said("conv1:0", rule), None, "{rule}");
    }
}
