//! What there is to know about a map before it is read: that it is empty and why, or that its method has changed little.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{AttributionMap, ExplainedUnit, Method};
use crate::graph::ReluSpec;
use crate::relu::ReluRule;

/// What there is to know about a sound map before it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The code, as stable as an error's: `zero-gradient` for a map that is zero everywhere, `plain-gradient` for one by
    /// deconvnet or guided where some activations on the way are not ReLUs.
    pub code: &'static str,
    /// What is the matter, for a person.
    pub message: String,
}

/// The activations that a signal met.
#[derive(Debug, Clone)]
pub(super) struct Met {
    /// At how many ReLUs the rule was applied.
    pub(super) relus: usize,
    /// The kind of each other one.
    pub(super) others: Vec<&'static str>,
    /// The ReLU whose output was explained, if it was one.
    pub(super) own_relu: Option<ReluSpec>,
}

impl Warning {
    /// What to say of `map`.
    pub(super) fn about(map: &AttributionMap, met: &Met) -> Option<Self> {
        if map.data.iter().all(|&value| value == 0.0) {
            Some(zero_gradient(map, met))
        } else if map.method != Method::Rule(ReluRule::Backprop) && !met.others.is_empty() {
            Some(plain_gradient(map.method, met))
        } else {
            None
        }
    }
}

impl Warning {
    /// Of a map that several passes, or a pass and more, left zero everywhere.
    pub(super) fn empty(target: &ExplainedUnit, method: Method) -> Self {
        let reason = match method {
            Method::GradCam | Method::GuidedGradCam => {
                "the weighted sum of this layer's activations is nowhere positive; a rectified map keeps only positive values"
            }
            Method::InputXGradient => {
                "everywhere the gradient or the normalised picture is zero, and the map is their product"
            }
            Method::Lrp => {
                "there is no relevance to share out, because the unit's value is zero, or every path from it to the picture has a zero on it; or epsilon is so large that it takes all of the relevance"
            }
            Method::IntegratedGradients => {
                "between the baseline and this picture its value does not change, or the two are the same"
            }
            Method::Occlusion => "whatever is covered, its value stays the same",
            Method::Rise => "no mask kept a pixel, or under every mask its value, or its class's probability, is zero",
            Method::SmoothGrad | Method::Rule(_) => {
                "no signal reached the picture; another unit, or more noise, may show one"
            }
        };
        let ExplainedUnit { layer, channel, .. } = target;
        Self {
            code: "zero-gradient",
            message: format!("the map of channel {channel} of `{layer}` by {method} is zero everywhere: {reason}"),
        }
    }
}

/// How much of the way the method had no say in.
fn plain_gradient(method: Method, met: &Met) -> Warning {
    let others = met.others.len();
    let kinds: Vec<_> = met
        .others
        .iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let kinds = kinds.join(", ");
    let message = if met.relus == 0 {
        format!(
            "there is no ReLU on the way to the picture, only other activations ({kinds}): backprop, deconvnet and guided give the same map"
        )
    } else {
        let verbs = if others == 1 { "is not a ReLU" } else { "are not ReLUs" };
        format!(
            "{others} of the {} activations on the way to the picture {verbs} ({kinds}): {method} changes nothing there, it sends the plain gradient",
            met.relus + others
        )
    };
    Warning {
        code: "plain-gradient",
        message,
    }
}

/// Why a map may be zero everywhere.
fn zero_gradient(map: &AttributionMap, met: &Met) -> Warning {
    let AttributionMap { target, method, .. } = map;
    let ExplainedUnit {
        layer, channel, value, ..
    } = target;
    // The deconvnet does not ask what went forward.
    let asked = met
        .own_relu
        .as_ref()
        .filter(|_| *method != Method::Rule(ReluRule::Deconvnet));
    let reason = if asked.is_some() && *value <= 0.0 {
        format!(
            "the unit does not fire on this picture (its value is {value}), so {method} sends nothing back through its ReLU"
        )
    } else if asked.is_some_and(|relu| relu.max.is_some_and(|max| *value >= max)) {
        format!(
            "the unit is clipped at {value}: a little more or less below changes nothing, so {method} sends nothing back"
        )
    } else if *method != Method::Rule(ReluRule::Backprop) && met.relus > 0 {
        format!("no path from it to the picture carries a signal that {method} lets pass; backprop may still show one")
    } else if met.others.is_empty() {
        "every path from it to the picture is blocked by a ReLU that does not fire or is clipped".to_owned()
    } else {
        "every path from it to the picture is blocked by an activation that is flat there: a ReLU that does not fire, or another one that is saturated".to_owned()
    };
    Warning {
        code: "zero-gradient",
        message: format!("the map of channel {channel} of `{layer}` is zero everywhere: {reason}"),
    }
}
