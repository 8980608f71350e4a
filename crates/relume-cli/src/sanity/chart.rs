//! The chart of `relume sanity`: a panel for each measure, a line for each method, against the layers that lost their weights.

use relume::{Method, ReluRule};
use relume_plot::{Card, END, GRID, INK, MARGIN, MIDDLE, PALE, SOFT, STRONG, escape, fit, ticks};

use super::row::{Row, Spread};

const WIDTH: f64 = 700.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = WIDTH - MARGIN;
/// From the plot of one panel to that of the next.
const BETWEEN: f64 = 48.0;
/// Methods and what the dashes are, in lines of this height below the title.
const LEGEND_TOP: f64 = 82.0;
const LEGEND_LINE: f64 = 20.0;
/// Between two lines at one stage, so that their error bars do not hide each other.
const ASIDE: f64 = 3.0;
const DASHES: &str = "stroke-dasharray='5 4'";

/// A measure: its panel's name, and what of a row is drawn.
struct Panel {
    name: &'static str,
    /// Height of the plot.
    height: f64,
    /// From one line of the grid to the next.
    step: f64,
    value: fn(&Row) -> Option<Spread>,
    /// Drawn dashed.
    reference: Option<fn(&Row) -> Option<Spread>>,
}

const PANELS: [Panel; 4] = [
    Panel {
        name: "Rank correlation with the original map",
        height: 150.0,
        step: 0.2,
        value: |row| row.rank_correlation,
        reference: None,
    },
    Panel {
        name: "Rank correlation of magnitudes",
        height: 150.0,
        step: 0.2,
        value: |row| row.rank_correlation_of_magnitudes,
        reference: Some(|row| row.edges),
    },
    Panel {
        name: "Structural similarity (SSIM) of magnitudes",
        height: 150.0,
        step: 0.2,
        value: |row| row.structural_similarity,
        reference: None,
    },
    Panel {
        name: "Share of pairs with a map that is zero everywhere, which are left out above",
        height: 60.0,
        step: 0.5,
        value: |row| {
            Some(Spread {
                mean: row.empty_share(),
                deviation: 0.0,
            })
        },
        reference: None,
    },
];

/// Draws `rows`, which hold for each stage, in order, one of each method.
pub(super) fn draw(title: &str, pictures: usize, seeds: u64, methods: &[Method], rows: &[Row]) -> String {
    let stages: Vec<&[Row]> = rows.chunks(methods.len().max(1)).collect();
    let names: Vec<String> = stages
        .iter()
        .filter_map(|rows| rows.first())
        .map(|row| {
            row.from
                .as_deref()
                .map_or_else(|| "none".to_owned(), |name| fit(name, 24))
        })
        .collect();
    let plural = |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let [pictures, seeds] = [plural(pictures as u64, "picture"), plural(seeds, "seed")];
    let below = format!("{pictures}, {seeds}; error bars: standard deviation of one picture and seed");

    let legend_lines = methods.len().div_ceil(3) as f64 + 1.0;
    let top = LEGEND_TOP + legend_lines * LEGEND_LINE + 34.0;
    let heights = PANELS.iter().map(|panel| panel.height + BETWEEN);
    let bottom = top + heights.sum::<f64>() - BETWEEN;
    let spacing = (RIGHT - LEFT) / stages.len().max(1) as f64;
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0) as f64;
    let upright = longest * 7.0 > spacing;
    let names_height = if upright { longest * 6.2 + 14.0 } else { 24.0 };
    let mut card = Card::new(title, &below, WIDTH, bottom + names_height + 44.0);
    card.push(&format!(
        "<title>{}</title><desc>{}</desc>",
        escape(&format!("{title}: how alike maps stay while layers lose their weights")),
        escape(&described(methods, &stages))
    ));
    draw_legend(&mut card, methods);
    let across = |stage: usize| LEFT + spacing * (stage as f64 + 0.5);
    let mut top = top;
    for panel in &PANELS {
        let up = draw_axis(&mut card, panel, top, rows);
        top += panel.height + BETWEEN;
        for (method, name) in methods.iter().enumerate() {
            let aside = ASIDE * (method as f64 - (methods.len() as f64 - 1.0) / 2.0);
            let line = Line {
                colour: colour(*name),
                marker: method,
                places: (0..stages.len()).map(|stage| across(stage) + aside).collect(),
            };
            let of = |value: fn(&Row) -> Option<Spread>| -> Vec<Option<Spread>> {
                stages.iter().map(|rows| rows.get(method).and_then(value)).collect()
            };
            if let Some(reference) = panel.reference {
                line.draw_dashed(&mut card, &of(reference), &up);
            }
            line.draw(&mut card, &of(panel.value), &up);
        }
    }
    for (stage, name) in names.iter().enumerate() {
        let (x, y) = (across(stage), bottom + 14.0);
        match upright {
            true => card.text((x, y), &format!("{END} {PALE} transform='rotate(-90 {x} {y})'"), name),
            false => card.text((x, y), &format!("{MIDDLE} {PALE}"), name),
        }
    }
    let place = (f64::midpoint(LEFT, RIGHT), bottom + names_height + 20.0);
    card.text(
        place,
        &format!("{MIDDLE} font-size='13'"),
        "First randomised layer: it and all after it have lost their weights",
    );
    card.finish()
}

/// The colour of a rule is the page's, in www/tokens.css; the others have colours that can be told from these.
fn colour(method: Method) -> &'static str {
    match method {
        Method::Rule(ReluRule::Backprop) => "#8f5f00",
        Method::Rule(ReluRule::Deconvnet) => "#a8457e",
        Method::Rule(ReluRule::Guided) => "#00735a",
        Method::InputXGradient => "#0066a1",
        Method::Lrp => "#b5006b",
        Method::IntegratedGradients => INK,
        Method::SmoothGrad => "#a8340a",
        Method::GradCam => "#2c7fb8",
        Method::GuidedGradCam => "#5b7a00",
        Method::Occlusion => SOFT,
        Method::Rise => "#6a4fa3",
    }
}

fn draw_legend(card: &mut Card, methods: &[Method]) {
    for (index, &method) in methods.iter().enumerate() {
        let (x, y) = (
            MARGIN + 215.0 * (index % 3) as f64,
            LEGEND_TOP + LEGEND_LINE * (index / 3) as f64,
        );
        let line = Line {
            colour: colour(method),
            marker: index,
            places: vec![],
        };
        card.curve([(x, y), (x + 30.0, y)].into_iter(), &line.stroke());
        line.mark(card, (x + 15.0, y));
        let style = format!("font-size='13' font-weight='600' fill='{}'", line.colour);
        card.text((x + 38.0, y), &style, method.name());
    }
    let y = LEGEND_TOP + LEGEND_LINE * methods.len().div_ceil(3) as f64;
    let style = format!("stroke='{SOFT}' stroke-width='1.4' {DASHES}");
    card.curve([(MARGIN, y), (MARGIN + 30.0, y)].into_iter(), &style);
    let text = "the same map’s rank correlation of magnitudes with the picture’s edges (Sobel)";
    card.text((MARGIN + 38.0, y), PALE, text);
}

/// Draws a panel's name, grid and numbers; returns the height of a value in it.
fn draw_axis(card: &mut Card, panel: &Panel, top: f64, rows: &[Row]) -> impl Fn(f64) -> f64 + use<> {
    card.text((MARGIN, top - 18.0), STRONG, panel.name);
    let least = |spread: Spread| spread.mean - spread.deviation;
    let values = rows.iter().filter_map(panel.value).map(least);
    let references = panel.reference.map(|value| rows.iter().filter_map(value));
    let means = references.into_iter().flatten().map(|spread| spread.mean);
    let low = values.chain(means).fold(0.0, f64::min);
    let (height, step) = (panel.height, panel.step);
    // No bar begins at a hair below a line of the grid.
    let low = ((low / step + 1e-6).floor() * step).max(-1.0);
    let up = move |value: f64| top + height * (1.0 - value.clamp(low, 1.0)) / (1.0 - low);
    for tick in ticks(low, 1.0, step) {
        // Zero, which a sum of steps may give a sign.
        let zero = tick.abs() < 1e-9;
        card.line((LEFT, up(tick)), (RIGHT, up(tick)), if zero { SOFT } else { GRID });
        let number = if zero { "0".to_owned() } else { format!("{tick:.1}") };
        card.text((LEFT - 8.0, up(tick)), &format!("{END} {PALE}"), &number);
    }
    up
}

/// A method's line.
struct Line {
    colour: &'static str,
    /// Which of the markers it has, for those who see no colours.
    marker: usize,
    /// Its place across at each stage.
    places: Vec<f64>,
}

impl Line {
    fn stroke(&self) -> String {
        format!("stroke='{}' stroke-width='1.8'", self.colour)
    }

    fn draw(&self, card: &mut Card, values: &[Option<Spread>], up: &impl Fn(f64) -> f64) {
        let bars = self.places.iter().zip(values);
        let known = bars.filter_map(|(x, value)| Some((x, (*value)?)));
        for (&x, Spread { mean, deviation }) in known.filter(|(_, spread)| spread.deviation > 0.0) {
            let ends = [mean - deviation, mean + deviation].map(up);
            card.push(&format!("<g opacity='0.55'><title>{mean:.3} ± {deviation:.3}</title>"));
            card.line((x, ends[0]), (x, ends[1]), self.colour);
            for y in ends {
                card.line((x - 2.5, y), (x + 2.5, y), self.colour);
            }
            card.push("</g>");
        }
        self.curve(card, values, up, &self.stroke());
        for (&x, value) in self.places.iter().zip(values) {
            if let Some(Spread { mean, .. }) = value {
                self.mark(card, (x, up(*mean)));
            }
        }
    }

    fn draw_dashed(&self, card: &mut Card, values: &[Option<Spread>], up: &impl Fn(f64) -> f64) {
        let style = format!("stroke='{}' stroke-width='1.4' {DASHES}", self.colour);
        self.curve(card, values, up, &style);
    }

    /// Where all maps are empty the line has a gap.
    fn curve(&self, card: &mut Card, values: &[Option<Spread>], up: &impl Fn(f64) -> f64, style: &str) {
        let points: Vec<_> = self.places.iter().zip(values).collect();
        for run in points.split(|(_, value)| value.is_none()) {
            let known = run
                .iter()
                .filter_map(|(x, value)| Some((**x, up(value.as_ref()?.mean))));
            card.curve(known, style);
        }
    }

    fn mark(&self, card: &mut Card, (x, y): (f64, f64)) {
        match self.marker % 3 {
            0 => card.dot((x, y), 3.2, self.colour),
            1 => card.rect([x - 3.0, y - 3.0, 6.0, 6.0], self.colour),
            _ => card.push(&format!(
                "<polygon points='{x:.1},{:.1} {:.1},{y:.1} {x:.1},{:.1} {:.1},{y:.1}' fill='{}'/>",
                y - 4.3,
                x + 4.3,
                y + 4.3,
                x - 4.3,
                self.colour
            )),
        }
    }
}

/// What the chart says, for those who do not see it: each method with one layer randomised and with all.
fn described(methods: &[Method], stages: &[&[Row]]) -> String {
    let number = |value: Option<Spread>| value.map_or("no value".to_owned(), |spread| format!("{:.2}", spread.mean));
    let mut sentences = vec![
        "Against the first randomised layer, from none over the last to all: the rank correlation of each map with the original network’s, \
         that of their magnitudes, the structural similarity of their magnitudes, and the share of empty maps."
            .to_owned(),
    ];
    for (method, name) in methods.iter().enumerate() {
        let told = |rows: &&[Row]| {
            let row = rows.get(method)?;
            Some(PANELS.map(|panel| number((panel.value)(row))).join(", "))
        };
        if let (Some(first), Some(last)) = (stages.get(1).and_then(told), stages.last().and_then(told)) {
            sentences.push(format!(
                "{name}: {first} with the last layer randomised, {last} with all."
            ));
        }
    }
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use relume_plot::assert_well_formed;

    use super::*;

    fn row(from: Option<&str>, method: Method, mean: Option<f64>) -> Row {
        let spread = mean.map(|mean| Spread { mean, deviation: 0.1 });
        Row {
            from: from.map(str::to_owned),
            method,
            rank_correlation: spread,
            rank_correlation_of_magnitudes: spread,
            structural_similarity: spread,
            edges: spread,
            picture: None,
            maps: 4,
            empty: if mean.is_none() { 4 } else { 1 },
        }
    }

    #[test]
    fn each_method_has_a_line_in_each_panel_and_a_gap_where_it_is_empty() {
        let methods = [ReluRule::Backprop.into(), ReluRule::Guided.into()];
        let stages = [None, Some("conv<2>"), Some("conv1")];
        let drawn = |empty: Option<usize>| {
            let rows: Vec<Row> = stages
                .iter()
                .enumerate()
                .flat_map(|(stage, from)| {
                    let mean = (empty != Some(stage)).then_some(1.0 - 0.6 * stage as f64);
                    methods.map(|method| row(*from, method, mean))
                })
                .collect();
            let svg = draw("A & B", 1, 3, &methods, &rows);
            assert_well_formed(&svg);
            svg
        };
        let svg = drawn(None);
        // Four panels and the dashes of one for each of two methods, and three lines of the legend.
        assert_eq!(svg.matches("<polyline").count(), 2 * 5 + 3);
        for text in [
            ">A &amp; B<",
            ">none<",
            ">conv&lt;2&gt;<",
            ">1 picture, 3 seeds; error bars",
            ">backprop<",
            "<desc>",
            "guided: 0.40, 0.40, 0.40, 0.25 with the last layer randomised, -0.20, -0.20, -0.20, 0.25 with all.",
            // The lowest bar ends at −0.3, and the axis at the next step below.
            ">-0.4<",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains(">-0.6<"));
        assert!(svg.contains(colour(methods[0])) && svg.contains(colour(methods[1])));
        // The middle stage has no value: lone points on both sides have no line. That it is empty is drawn.
        assert_eq!(drawn(Some(1)).matches("<polyline").count(), 2 + 3);
        assert_well_formed(&draw("", 0, 0, &methods, &[]));
        assert_well_formed(&draw("", 0, 0, &[], &[]));
    }

    #[test]
    fn long_names_of_many_layers_stand_upright() {
        let methods = [ReluRule::Guided.into()];
        let rows: Vec<Row> = (0..27)
            .map(|layer| row(Some(&format!("fire{layer}_expand3x3")), methods[0], Some(0.5)))
            .collect();
        let svg = draw("", 24, 3, &methods, &rows);
        assert_well_formed(&svg);
        assert_eq!(svg.matches("rotate(-90").count(), 27);
    }
}
