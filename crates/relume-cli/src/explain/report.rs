//! What is printed about one picture.

use std::time::Duration;

use relume::model::ModelInfo;
use relume::picture::DrawOptions;
use relume::{AttributionMap, Completeness, ExplainedUnit};
use serde_json::json;

use super::Explain;
use super::answer::{Answer, likeliest};
use super::bounding_box::FoundBox;

/// How many classes are listed.
const LISTED: usize = 5;

pub(super) struct Report<'a> {
    pub(super) info: &'a ModelInfo,
    pub(super) map: &'a AttributionMap,
    /// Of integrated gradients.
    pub(super) completeness: Option<Completeness>,
    /// With `--box`.
    pub(super) located: Option<FoundBox>,
    /// Of the drawing, where there is one.
    pub(super) scale: Option<f32>,
    pub(super) logits: &'a [f32],
    pub(super) forward: Duration,
    pub(super) backward: Duration,
}

impl Report<'_> {
    fn top(&self) -> Vec<Answer<'_>> {
        likeliest(self.logits, &self.info.classes, LISTED)
    }

    pub(super) fn json(&self) -> serde_json::Value {
        let map = self.map;
        let top: Vec<_> = self
            .top()
            .into_iter()
            .map(
                |Answer {
                     index,
                     label,
                     logit,
                     probability,
                 }| {
                    json!({ "index": index, "label": label, "logit": logit, "probability": probability })
                },
            )
            .collect();
        let mut report = json!(map);
        if let Some(completeness) = self.completeness {
            let Completeness { sum, difference } = completeness;
            report["completeness"] = json!({ "sum": sum, "difference": difference, "error": completeness.error() });
        }
        if let Some(located) = &self.located {
            report["box"] = located.json();
        }
        if let Some(scale) = self.scale {
            report["scale"] = json!(scale);
        }
        report["model"] = json!(self.info.name);
        report["top"] = json!(top);
        report["milliseconds"] =
            json!({ "forward": self.forward.as_secs_f64() * 1e3, "backward": self.backward.as_secs_f64() * 1e3 });
        report
    }

    pub(super) fn text(&self, command: &Explain) -> String {
        let mut lines: Vec<String> = self
            .top()
            .into_iter()
            .map(
                |Answer {
                     index,
                     label,
                     logit,
                     probability,
                 }| {
                    format!(
                        "{:6.2} %  {label}  (class {index}, logit {logit:.3})",
                        probability * 100.0
                    )
                },
            )
            .collect();
        let AttributionMap {
            target, method, relus, ..
        } = self.map;
        let ExplainedUnit {
            layer,
            channel,
            at: (y, x),
            value,
        } = target;
        let plural = if *relus == 1 { "" } else { "s" };
        lines.push(format!(
            "\n{method}, {relus} ReLU{plural}, from channel {channel} of {layer} at row {y}, column {x}, value {value}"
        ));
        lines.push(format!(
            "forward {:.1} ms, backward {:.1} ms ({})",
            self.forward.as_secs_f64() * 1e3,
            self.backward.as_secs_f64() * 1e3,
            command.backend
        ));
        lines.extend(self.completeness.map(|completeness| {
            let Completeness { sum, difference } = completeness;
            let apart = completeness
                .error()
                .map(|error| format!(": {:.2} % apart", error * 100.0));
            format!(
                "the map's sum is {sum:.4}; the target's value minus its value at the baseline is {difference:.4}{}",
                apart.unwrap_or_default()
            )
        }));
        lines.extend(self.located.as_ref().map(FoundBox::text));
        lines.extend(
            self.map
                .warning
                .as_ref()
                .map(|warning| format!("note: {}", warning.message)),
        );
        lines.extend(command.out.as_ref().zip(self.scale).map(|(path, scale)| {
            let DrawOptions { fold, sign, colors, .. } = command.draw_options(self.map);
            let from = match command.scale {
                Some(_) => "as told".to_owned(),
                None => format!("by clip {} %", command.clip * 100.0),
            };
            format!(
                "{}: fold {fold}, sign {sign}, {colors} colours, scale {scale} ({from})",
                path.display()
            )
        }));
        lines.extend(
            command
                .raw
                .as_ref()
                .map(|path| format!("{}: the numbers", path.display())),
        );
        if command.out.is_none() && command.raw.is_none() {
            lines.push("nothing was written; --out MAP.png draws the map".to_owned());
        }
        lines.join("\n")
    }
}
