//! A confusion matrix: what the network answered for the pictures of each class.

use relume_plot::{BLUE, Card, END, MARGIN, MIDDLE, PALE, Rgb, STRONG, escape, fit, hex, ink_on, percent, round_step};

const NOTHING: Rgb = [245.0, 244.0, 240.0];
/// The same as [`BLUE`], and a vermillion that no kind of colour vision takes for it.
const RIGHT: Rgb = [0.0, 102.0, 161.0];
const WRONG: Rgb = [213.0, 94.0, 0.0];
/// Length of a bar of 100 %.
const BAR: f64 = 64.0;

/// What is drawn, and where. There are as many names and totals as rows.
struct Matrix<'a> {
    names: Vec<String>,
    counts: &'a [Vec<u64>],
    /// Pictures of each class.
    totals: Vec<u128>,
    /// Where the colour of errors is full, in percent.
    worst: f64,
    left: f64,
    top: f64,
    cell: f64,
    font: f64,
}

/// Draws `counts`, by truth and then by answer, in percent of their row. Up to 20 classes have the numbers in the
/// cells, up to 120 have names and accuracies at the edges. Rows and cells that are not there count as zero.
#[must_use]
pub fn confusion_matrix(title: &str, classes: &[String], counts: &[Vec<u64>]) -> String {
    let longest = counts.iter().map(Vec::len).max().unwrap_or(0);
    let size = longest.max(classes.len()).max(counts.len());
    let (cell, font) = match size {
        0..=5 => (64.0, 13.0),
        6..=10 => (52.0, 13.0),
        11..=20 => (40.0, 11.0),
        21..=50 => (15.0, 10.5),
        51..=120 => (10.0, 8.5),
        _ => ((1200.0 / size as f64).max(1.0), 0.0),
    };
    let mut names: Vec<_> = classes.iter().map(|name| fit(name, 22)).collect();
    names.extend((classes.len()..size).map(|class| class.to_string()));
    let sum = |row: &Vec<u64>| row.iter().map(|count| u128::from(*count)).sum();
    let mut totals: Vec<_> = counts.iter().map(sum).collect();
    totals.resize(size, 0);
    // Letters from East Asia are twice as wide.
    let wide = |letter| if letter < '\u{2e80}' { 0.58 } else { 1.16 };
    let lengths = names.iter().map(|name| name.chars().map(wide).sum());
    let room = font * lengths.fold(0.0, f64::max);
    let (rise, run) = tilt(cell).to_radians().sin_cos();
    let (left, top, worst) = (MARGIN + 30.0 + room, 112.0 + room * rise, 1.0);
    let mut matrix = Matrix {
        names,
        counts,
        totals,
        worst,
        left,
        top,
        cell,
        font,
    };
    // The scale of errors is not finer than one percent, so that nothing glows where hardly anything goes wrong.
    let wrong = matrix.pairs().filter(|(truth, answer)| truth != answer);
    let wrong = wrong.filter_map(|(truth, answer)| matrix.share(truth, answer));
    matrix.worst = round_step(wrong.fold(1.0, f64::max), 1.0);

    let side = cell * size as f64;
    let beside = if size <= 120 { (BAR + 52.0).max(room * run) } else { 0.0 };
    let (width, below) = (left + side + beside + MARGIN, top + side + 36.0);
    let mut card = Card::new(title, &matrix.told(), width.max(490.0), below + 48.0);
    card.rect([left, top, side, side], &hex(NOTHING));
    matrix.draw_cells(&mut card);
    if size > 0 {
        matrix.draw_edges(&mut card, side);
    }
    matrix.draw_key(&mut card, true, (MARGIN, below));
    matrix.draw_key(&mut card, false, (MARGIN + 232.0, below));
    card.finish()
}

impl Matrix<'_> {
    fn count(&self, truth: usize, answer: usize) -> u64 {
        let count = self.counts.get(truth).and_then(|row| row.get(answer));
        count.copied().unwrap_or(0)
    }

    /// In percent; a class without pictures has none.
    fn share(&self, truth: usize, answer: usize) -> Option<f64> {
        let total = self.totals.get(truth).filter(|total| **total > 0)?;
        Some(100.0 * self.count(truth, answer) as f64 / *total as f64)
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let size = self.totals.len();
        (0..size).flat_map(move |truth| (0..size).map(move |answer| (truth, answer)))
    }

    fn told(&self) -> String {
        let total: u128 = self.totals.iter().sum();
        if total == 0 {
            return "no pictures".to_owned();
        }
        let right = (0..self.totals.len()).map(|class| u128::from(self.count(class, class)));
        let share = percent(100.0 * right.sum::<u128>() as f64 / total as f64);
        format!("{share}\u{a0}% of {total} pictures right; each row in percent")
    }

    /// Errors have a hue and a scale of their own, or the diagonal would outshine them; the root lifts the small ones.
    fn colour(&self, right: bool, share: f64) -> Rgb {
        let ([red, green, blue], part) = match right {
            true => (RIGHT, share / 100.0),
            false => (WRONG, (share / self.worst).sqrt()),
        };
        let [r, g, b] = NOTHING;
        [(r, red), (g, green), (b, blue)].map(|(from, to)| from + part * (to - from))
    }

    fn draw_cells(&self, card: &mut Card) {
        let cell = self.cell;
        for (truth, answer) in self.pairs() {
            let (count, share) = (self.count(truth, answer), self.share(truth, answer));
            let fill = self.colour(truth == answer, share.unwrap_or(0.0));
            let (x, y) = (self.left + cell * answer as f64, self.top + cell * truth as f64);
            if self.totals.len() > 20 {
                if count > 0 {
                    card.rect([x, y, cell, cell], &hex(fill));
                }
                continue;
            }
            let [truth_name, answer_name] =
                [truth, answer].map(|class| self.names.get(class).map_or("", String::as_str));
            let total = self.totals.get(truth).unwrap_or(&0);
            let tip = escape(&format!("{truth_name} answered {answer_name}: {count} of {total}"));
            card.push(&format!("<g><title>{tip}</title>"));
            card.rect([x, y, cell, cell], &hex(fill));
            let ink = if count > 0 { ink_on(fill) } else { "#8a8880" };
            let weight = if truth == answer { 600 } else { 400 };
            let style = format!("{MIDDLE} font-size='{}' font-weight='{weight}' fill='{ink}'", self.font);
            card.text((x + cell / 2.0, y + cell / 2.0), &style, &told(share));
            card.push("</g>");
        }
    }

    /// What stands around the cells, and white lines between them.
    fn draw_edges(&self, card: &mut Card, side: f64) {
        let (right, bottom, title) = (self.left + side, self.top + side, format!("{STRONG} {MIDDLE}"));
        let (x, y) = (MARGIN + 8.0, self.top + side / 2.0);
        card.text((self.left + side / 2.0, 84.0), &title, "Answer");
        card.text((x, y), &format!("{title} transform='rotate(-90 {x} {y})'"), "Truth");
        if self.font == 0.0 {
            return;
        }
        card.text((right + 10.0, self.top - 12.0), STRONG, "Accuracy");
        let (above, font) = (self.top - 8.0, format!("font-size='{}'", self.font));
        for (class, name) in self.names.iter().enumerate() {
            let (from, at) = (self.cell * class as f64, self.cell * (class as f64 + 0.5));
            card.line((self.left + from, self.top), (self.left + from, bottom), "#fff");
            card.line((self.left, self.top + from), (right, self.top + from), "#fff");
            let (x, y) = (self.left + at, self.top + at);
            let turn = format!("{font} transform='rotate(-{} {x} {above})'", tilt(self.cell));
            card.text((self.left - 8.0, y), &format!("{font} {END}"), name);
            card.text((x, above), &turn, name);
            let share = self.share(class, class);
            let thick = (self.cell * 0.6).min(12.0);
            for (part, fill) in [(100.0, &*hex(NOTHING)), (share.unwrap_or(0.0), BLUE)] {
                card.rect([right + 10.0, y - thick / 2.0, BAR * part / 100.0, thick], fill);
            }
            card.text((right + BAR + 16.0, y), &font, &told(share));
        }
    }

    /// Steps of colour, with the shares at both ends and in the middle.
    fn draw_key(&self, card: &mut Card, right: bool, (x, y): (f64, f64)) {
        card.text((x, y), STRONG, if right { "Right" } else { "Wrong" });
        for step in 0..=10 {
            let part = f64::from(step) / 10.0;
            let share = if right { 100.0 * part } else { self.worst * part * part };
            let x = x + 58.0 + 120.0 * part;
            card.rect([x, y - 7.0, 12.0, 14.0], &hex(self.colour(right, share)));
            if step % 5 == 0 {
                let style = format!("font-size='11' {PALE} {MIDDLE}");
                card.text((x + 6.0, y + 18.0), &style, &share.to_string());
            }
        }
        card.text((x + 196.0, y), PALE, "%");
    }
}

/// Slanted names are easier to read, but only wide columns have room for them.
fn tilt(cell: f64) -> f64 {
    if cell > 20.0 { 45.0 } else { 90.0 }
}

fn told(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), percent)
}

#[cfg(test)]
mod tests {
    use relume_plot::assert_well_formed;

    use super::*;

    fn drawn(names: &[&str], counts: &[&[u64]]) -> String {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let counts: Vec<_> = counts.iter().map(|row| row.to_vec()).collect();
        let svg = confusion_matrix("a <b> & c", &names, &counts);
        assert_well_formed(&svg);
        svg
    }

    #[test]
    fn cells_tell_shares_and_counts() {
        let svg = drawn(&["cat", "R&D"], &[&[972, 28], &[1, 3999]]);
        assert!(svg.contains(">99.4\u{a0}% of 5000 pictures right"), "{svg}"); // (972 + 3999) / 5000
        for text in [
            ">97.2<",
            ">2.8<",
            ">&lt;0.1<",
            ">&gt;99.9<",
            ">R&amp;D<",
            ">a &lt;b&gt; &amp; c<",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(svg.contains("<title>cat answered R&amp;D: 28 of 1000</title>"));
    }

    #[test]
    fn the_scale_of_errors_fits_the_errors() {
        let svg = drawn(&["a", "b"], &[&[96, 4], &[0, 100]]);
        // 4 % is below a scale's round end of 5 %, with a quarter of it in the middle of a root.
        assert!(svg.contains(">5<") && svg.contains(">1.25<"));
    }

    #[test]
    fn odd_matrices_are_drawn() {
        let empty = drawn(&["a", "b"], &[&[0, 0], &[1, 3]]);
        assert_eq!(empty.matches(">–<").count(), 3);
        assert!(empty.contains(">25.0<") && empty.contains(">75.0<"));
        drawn(&[], &[]);
        drawn(&["one"], &[&[7]]);
        assert!(drawn(&["a", "b"], &[&[u64::MAX, 1, 2]]).contains(">2</text>"));
    }

    #[test]
    fn many_classes_have_no_text_in_cells() {
        for (size, texts) in [(20, 400), (21, 0), (100, 0), (300, 0)] {
            let counts: Vec<Vec<u64>> = (0..size)
                .map(|row| (0..size).map(|at| u64::from(at == row) * 9).collect())
                .collect();
            let svg = confusion_matrix("", &[], &counts);
            assert_well_formed(&svg);
            assert_eq!(svg.matches("<title>").count(), texts);
            assert_eq!(svg.contains(">Accuracy<"), size <= 120);
        }
    }
}
