//! A training run: accuracy, loss and learning rate over the epochs.

use relume_plot::{BLUE, Card, END, GRID, INK, MIDDLE, PALE, SOFT, STRONG, percent, round_step, ticks};

use crate::history::Epoch;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 640.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 648.0;
const BOTTOM: f64 = 582.0;
/// Top and height of the strip of the learning rate.
const LEARNING_RATE: [f64; 2] = [BOTTOM - 40.0, 40.0];
/// Keeps text readable on the grid.
const HALO: &str = "stroke='#fff' stroke-width='4' stroke-linejoin='round' paint-order='stroke'";

/// A panel with the two lines of one quantity.
struct Pair {
    name: &'static str,
    /// Top and height.
    place: [f64; 2],
    /// The axis spans at least this, or a wiggle would fill the panel.
    span: f64,
    train: fn(&Epoch) -> f64,
    test: fn(&Epoch) -> f64,
    tell: fn(f64) -> String,
}

const PAIRS: [Pair; 2] = [
    Pair {
        name: "Accuracy, %",
        place: [110.0, 200.0],
        span: 10.0,
        train: |epoch| 100.0 * epoch.train_accuracy,
        test: |epoch| 100.0 * epoch.test_accuracy,
        tell: |value| format!("{}\u{a0}%", percent(value)),
    },
    Pair {
        name: "Loss",
        place: [357.0, 137.0],
        span: 0.1,
        train: |epoch| epoch.train_loss,
        test: |epoch| epoch.test_loss,
        tell: three_digits,
    },
];

/// Draws a training run, its epochs in order. The axis covers the whole schedule, so that a run that was cut short
/// looks it; a value that is not finite leaves a gap.
#[must_use]
pub fn training_curve(title: &str, epochs: &[Epoch]) -> String {
    let done = epochs.iter().map(|epoch| epoch.epoch).max().unwrap_or(0);
    let planned = epochs.iter().map(|epoch| epoch.total).max().unwrap_or(0);
    let total = planned.max(done).max(1);
    let mut card = Card::new(title, &told(epochs, done, total), WIDTH, HEIGHT);
    // An epoch's numbers stand at its end; 0 is the network before its first step.
    let across = |epoch: usize| LEFT + (RIGHT - LEFT) * epoch as f64 / total as f64;
    let step = round_step(total as f64, 10.0).max(1.0);
    for tick in ticks(0.0, total as f64, step) {
        let x = across(tick as usize);
        card.text((x, BOTTOM + 16.0), &format!("{MIDDLE} {PALE}"), &tick.to_string());
        for [top, height] in PAIRS.iter().map(|pair| pair.place).chain([LEARNING_RATE]) {
            card.line((x, top), (x, top + height), GRID);
        }
    }
    let middle = f64::midpoint(LEFT, RIGHT);
    card.text((middle, BOTTOM + 35.0), &format!("{MIDDLE} font-size='13'"), "Epoch");
    for pair in &PAIRS {
        draw_pair(&mut card, pair, epochs, across);
    }
    draw_learning_rate(&mut card, epochs, across);
    card.finish()
}

fn draw_pair(card: &mut Card, pair: &Pair, epochs: &[Epoch], across: impl Fn(usize) -> f64) {
    let both = |epoch| [(pair.train)(epoch), (pair.test)(epoch)];
    let values: Vec<_> = epochs.iter().flat_map(both).collect();
    let up = draw_axis(card, pair.name, pair.place, &values, (pair.span, 5.0));
    let mut ends = Vec::new();
    for (name, value, colour, dashes, weight) in [
        ("train", pair.train, SOFT, "5 3", 400),
        ("test", pair.test, BLUE, "none", 600),
    ] {
        let point = |epoch: &Epoch| (across(epoch.epoch), up(value(epoch)));
        for run in epochs.split(|epoch| !drawable(value(epoch))) {
            let style = format!("stroke='{colour}' stroke-width='1.8' stroke-dasharray='{dashes}'");
            card.curve(run.iter().map(point), &style);
            // A lone value has no line to be seen by.
            if run.len() == 1 || epochs.len() <= 20 {
                run.iter().for_each(|epoch| card.dot(point(epoch), 2.4, colour));
            }
        }
        if let Some(last) = epochs.iter().rfind(|epoch| drawable(value(epoch))) {
            card.dot(point(last), 3.2, colour);
            let text = format!("{name} {}", (pair.tell)(value(last)));
            ends.push((point(last), colour, weight, text));
        }
    }
    // Lines that end together would have their labels on top of each other: the upper one moves up, the lower down.
    if let [((_, train), ..), ((_, test), ..)] = ends.as_mut_slice() {
        let short = (17.0 - (*train - *test).abs()).max(0.0) / 2.0;
        let (upper, lower) = if *train < *test { (train, test) } else { (test, train) };
        (*upper, *lower) = (*upper - short, *lower + short);
    }
    for ((x, y), colour, weight, text) in ends {
        let style = format!("font-size='13' font-weight='{weight}' fill='{colour}' {HALO}");
        card.text((x + 9.0, y), &style, &text);
    }
}

/// The learning rate holds for the whole of its epoch, so it is drawn in steps, each from the end of the epoch before.
fn draw_learning_rate(card: &mut Card, epochs: &[Epoch], across: impl Fn(usize) -> f64) {
    let values: Vec<_> = epochs.iter().map(|epoch| epoch.learning_rate).collect();
    let from_zero = f64::MAX;
    let up = draw_axis(card, "Learning rate", LEARNING_RATE, &values, (from_zero, 2.0));
    for run in epochs.split(|epoch| !drawable(epoch.learning_rate)) {
        let step = |epoch: &Epoch| {
            let ends = [epoch.epoch.saturating_sub(1), epoch.epoch];
            ends.map(|end| (across(end), up(epoch.learning_rate)))
        };
        let style = format!("stroke='{SOFT}' stroke-width='1.5'");
        card.curve(run.iter().flat_map(step), &style);
    }
}

/// Draws a panel's name, grid and numbers; returns the height of a value in it. The axis covers `span` or more, without
/// going below zero for it, in about `parts` steps.
fn draw_axis(
    card: &mut Card,
    name: &str,
    [top, height]: [f64; 2],
    values: &[f64],
    (span, parts): (f64, f64),
) -> impl Fn(f64) -> f64 + use<> {
    card.text((LEFT, top - 21.0), STRONG, name);
    let drawn = || values.iter().copied().filter(|value| drawable(*value));
    let mut low = drawn().fold(f64::INFINITY, f64::min);
    let mut high = drawn().fold(f64::NEG_INFINITY, f64::max);
    let empty = low > high;
    if empty {
        (low, high) = (0.0, 1.0);
    }
    low = low.min((high - span.max(high / 100.0)).max(0.0));
    // An axis that comes near zero shall reach it.
    if low > 0.0 && low < high / 4.0 {
        low = 0.0;
    }
    // Finer numbers would not fit beside the axis.
    high = high.max(low + 1e-5);
    let step = round_step(high - low, parts);
    (low, high) = ((low / step + 1e-6).floor() * step, (high / step - 1e-6).ceil() * step);
    let up = move |value: f64| top + height * (high - value) / (high - low);
    let digits = (-step.log10()).ceil().max(0.0) as usize;
    for tick in ticks(low, high, step) {
        card.line((LEFT, up(tick)), (RIGHT, up(tick)), if tick > low { GRID } else { INK });
        let number = format!("{tick:.digits$}");
        card.text((LEFT - 8.0, up(tick)), &format!("{END} {PALE}"), &number);
    }
    if empty {
        card.text((LEFT + 9.0, top + height / 2.0), &format!("{PALE} {HALO}"), "no values");
    }
    up
}

/// Beyond this a run has blown up; drawn, it would press all other values flat.
fn drawable(value: f64) -> bool {
    value.abs() < 1e6
}

fn three_digits(value: f64) -> String {
    let size = value.abs().max(1e-6).log10().floor();
    format!("{value:.0$}", (2.0 - size).clamp(0.0, 6.0) as usize)
}

fn told(epochs: &[Epoch], done: usize, total: usize) -> String {
    let times = epochs.iter().map(|epoch| epoch.seconds);
    let known = times.filter(|seconds| drawable(*seconds));
    let seconds = known.fold(0.0, |sum, seconds| sum + seconds);
    let minutes = (seconds / 60.0).round();
    let time = match minutes {
        _ if seconds < 100.0 => format!("{seconds:.0} s"),
        _ if minutes < 100.0 => format!("{minutes} min"),
        _ => format!("{} h {:02} min", (minutes / 60.0).floor(), minutes % 60.0),
    };
    let plural = if total == 1 { "" } else { "s" };
    if done < total {
        return format!("{done} of {total} epoch{plural}, {time}");
    }
    format!("{total} epoch{plural}, {time}")
}

#[cfg(test)]
mod tests {
    use relume_plot::assert_well_formed;

    use super::*;

    fn run(done: usize, total: usize) -> Vec<Epoch> {
        let epoch = |epoch| {
            let left = 1.0 - epoch as f64 / total as f64;
            Epoch {
                epoch,
                total,
                learning_rate: 0.1 * left,
                train_loss: 0.25 + left,
                train_accuracy: 0.9 - left / 2.0,
                test_loss: 0.5 + left,
                test_accuracy: 0.8125 - left / 2.0,
                seconds: 30.0,
            }
        };
        (1..=done).map(epoch).collect()
    }

    #[test]
    fn every_length_is_drawn_and_told() {
        for (done, total, told) in [
            (0, 1, "0 of 1 epoch, 0 s"),
            (1, 1, "1 epoch, 30 s"),
            (1, 350, "1 of 350 epochs, 30 s"),
            (2, 2, "2 epochs, 60 s"),
            (9, 9, "9 epochs, 5 min"),
            (40, 350, "40 of 350 epochs, 20 min"),
            (350, 350, "350 epochs, 2 h 55 min"),
        ] {
            let svg = training_curve("a <b> & c", &run(done, total));
            assert_well_formed(&svg);
            assert!(svg.contains(&format!(">{told}</text>")), "{told}");
            assert!(svg.contains(">a &lt;b&gt; &amp; c</text>"));
            assert_eq!(
                svg.contains(">test 81.2\u{a0}%<") && svg.contains(">test 0.500<"),
                done == total
            );
        }
    }

    #[test]
    fn an_unfinished_run_ends_where_it_is() {
        let svg = training_curve("", &run(175, 350));
        // Half of the way from 72 to 648.
        assert!(svg.contains("<circle cx='360'") && !svg.contains("<circle cx='648'"));
    }

    #[test]
    fn what_is_not_finite_leaves_a_gap() {
        let mut epochs = run(9, 9);
        let lines = |epochs: &[Epoch]| training_curve("", epochs).matches("<polyline").count();
        assert_eq!(lines(&epochs), 5);
        epochs[4].test_loss = f64::NAN;
        epochs[4].learning_rate = f64::INFINITY;
        assert_eq!(lines(&epochs), 7);
        epochs[8].train_loss = f64::MAX;
        assert_well_formed(&training_curve("", &epochs));
        for epoch in &mut epochs {
            [epoch.train_loss, epoch.test_loss] = [f64::NEG_INFINITY, f64::NAN];
            [epoch.train_accuracy, epoch.learning_rate, epoch.seconds] = [f64::NAN; 3];
        }
        let svg = training_curve("", &epochs);
        assert_well_formed(&svg);
        assert_eq!(svg.matches(">no values<").count(), 2);
    }
}
