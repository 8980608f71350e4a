//! The parts that charts are drawn from, as SVG text: any browser opens them, and they stay sharp in print.
//!
//! ```
//! use relume_plot::{BLUE, Card};
//!
//! let mut card = Card::new("Two points", "and a line", 490.0, 200.0);
//! card.curve([(40.0, 150.0), (400.0, 90.0)].into_iter(), &format!("stroke='{BLUE}'"));
//! let svg = card.finish();
//! relume_plot::assert_well_formed(&svg);
//! ```

#![forbid(unsafe_code)]

/// Between the card's border and what is in it.
pub const MARGIN: f64 = 28.0;
/// The colour of text.
pub const INK: &str = "#1f2126";
/// Of text and lines that stand back.
pub const SOFT: &str = "#5a5c63";
/// Of lines that only guide the eye.
pub const GRID: &str = "#e6e4df";
/// The page's accent.
pub const BLUE: &str = "#0066a1";
const FONT: &str = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Noto Sans, Arial, sans-serif";

/// A panel's name.
pub const STRONG: &str = "font-size='13' font-weight='600'";
/// Text that stands back.
pub const PALE: &str = "fill='#5a5c63'";
/// Text centred on its place.
pub const MIDDLE: &str = "text-anchor='middle'";
/// Text that ends at its place.
pub const END: &str = "text-anchor='end'";

/// A figure in the making. It brings its own white ground, so that it reads the same on a dark page; its look is all
/// in attributes, because a style sheet would leak into a page that holds the figure inline.
#[derive(Debug)]
pub struct Card {
    svg: String,
}

impl Card {
    /// A card of this size with a title and a line below it; both are what screen readers say of it.
    #[must_use]
    pub fn new(title: &str, below: &str, width: f64, height: f64) -> Self {
        let [width, height] = [width, height].map(f64::ceil);
        let label = escape(&format!("{title}: {below}"));
        let mut card = Self { svg: String::new() };
        card.push(&format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}' \
             role='img' aria-label='{label}' font-family='{FONT}' font-size='12' fill='{INK}'>"
        ));
        let [wide, high] = [width, height].map(|length| length - 1.0);
        card.push(&format!(
            "<rect x='0.5' y='0.5' width='{wide}' height='{high}' rx='8' fill='#fff' stroke='{GRID}'/>"
        ));
        let letters = (width - 2.0 * MARGIN) / 10.5;
        let title = fit(title, letters as usize);
        card.text((MARGIN, 33.0), "font-size='17' font-weight='600'", &title);
        card.text((MARGIN, 55.0), &format!("font-size='13' {PALE}"), below);
        card
    }

    /// Text whose letters are centred on the height `y`. Not `dominant-baseline`, which some programs do not know.
    pub fn text(&mut self, (x, y): (f64, f64), style: &str, text: &str) {
        let (x, y, text) = (tenth(x), tenth(y), escape(text));
        self.push(&format!("<text x='{x}' y='{y}' dy='0.35em' {style}>{text}</text>"));
    }

    /// `place`: left, top, width, height.
    pub fn rect(&mut self, place: [f64; 4], fill: &str) {
        let [x, y, width, height] = place.map(tenth);
        self.push(&format!(
            "<rect x='{x}' y='{y}' width='{width}' height='{height}' fill='{fill}'/>"
        ));
    }

    /// A line of one pixel.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(tenth);
        self.push(&format!(
            "<line x1='{x1}' y1='{y1}' x2='{x2}' y2='{y2}' stroke='{colour}'/>"
        ));
    }

    /// A line through `points`, if there are at least two.
    pub fn curve(&mut self, points: impl Iterator<Item = (f64, f64)>, style: &str) {
        let points: Vec<_> = points.map(|(x, y)| format!("{},{}", tenth(x), tenth(y))).collect();
        if points.len() > 1 {
            let points = points.join(" ");
            self.push(&format!(
                "<polyline points='{points}' fill='none' stroke-linejoin='round' {style}/>"
            ));
        }
    }

    /// A filled circle.
    pub fn dot(&mut self, (x, y): (f64, f64), radius: f64, colour: &str) {
        let [x, y] = [x, y].map(tenth);
        self.push(&format!("<circle cx='{x}' cy='{y}' r='{radius}' fill='{colour}'/>"));
    }

    /// Any other element.
    pub fn push(&mut self, element: &str) {
        self.svg += element;
        self.svg.push('\n');
    }

    /// The SVG.
    #[must_use]
    pub fn finish(self) -> String {
        self.svg + "</svg>\n"
    }
}

/// Text for an element or an attribute. XML has no place for control characters, escaped or not.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '\'' => safe += "&#39;",
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            _ if letter.is_control() => safe.push('\u{fffd}'),
            _ => safe.push(letter),
        }
    }
    safe
}

/// Text in SVG does not wrap: what would run out of its place is cut.
#[must_use]
pub fn fit(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A length in the figure, rounded to a tenth of a pixel: nobody sees finer ones.
#[must_use]
pub fn tenth(length: f64) -> f64 {
    (length * 10.0).round() / 10.0
}

/// A share of 100 with one decimal. What is not quite nothing, or not quite all, never reads as such.
#[must_use]
pub fn percent(share: f64) -> String {
    match share {
        _ if share > 0.0 && share < 0.05 => "<0.1".to_owned(),
        _ if (99.95..100.0).contains(&share) => ">99.9".to_owned(),
        _ if share == 0.0 || share == 100.0 => format!("{share:.0}"),
        _ => format!("{share:.1}"),
    }
}

/// Red, green and blue of 255.
pub type Rgb = [f64; 3];

/// The colour as SVG writes it.
#[must_use]
pub fn hex(colour: Rgb) -> String {
    let [red, green, blue] = colour.map(|part| part.round() as u8);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Black or white, whichever stands out more: by relative luminance, as WCAG 2 has it.
#[must_use]
pub fn ink_on(ground: Rgb) -> &'static str {
    let [red, green, blue] = ground.map(|part| (part / 255.0).powf(2.2));
    let light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    if light > 0.179 { "#000" } else { "#fff" }
}

/// The smallest of 1, 2 and 5 times a power of ten that cuts `span` into at most `parts`.
#[must_use]
pub fn round_step(span: f64, parts: f64) -> f64 {
    let wanted = span / parts;
    let power = 10f64.powi(wanted.log10().floor() as i32);
    // A hair of tolerance, or 0.3 / 3 would miss 0.1.
    let enough = |step: &f64| *step >= wanted * (1.0 - 1e-9);
    let steps = [1.0, 2.0, 5.0].map(|digit| digit * power);
    steps.into_iter().find(enough).unwrap_or(10.0 * power)
}

/// The multiples of `step` from `low` to `high`, each counted out, so that no error adds up.
pub fn ticks(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (low / step - 1e-6).ceil() as i64;
    let last = (high / step + 1e-6).floor() as i64;
    (first..=last).map(move |count| count as f64 * step)
}

/// For tests of figures.
///
/// # Panics
/// Unless every element is closed in turn, every `&` begins an entity, and every number is one.
pub fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    for piece in svg.split('<').skip(1) {
        let tag = piece.split_once('>').map_or(piece, |(tag, _)| tag);
        assert!(tag.len() < piece.len(), "{piece} has no end");
        assert_eq!(tag.matches('\'').count() % 2, 0, "{tag}");
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{piece}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} left open");
    for piece in svg.split('&').skip(1) {
        assert!(
            ["amp;", "lt;", "gt;", "#39;"]
                .iter()
                .any(|entity| piece.starts_with(entity)),
            "{piece}"
        );
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let of = |low, high, parts| ticks(low, high, round_step(high - low, parts)).collect::<Vec<_>>();
        assert_eq!(
            of(0.0, 350.0, 10.0),
            [0.0, 50.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0]
        );
        assert_eq!(of(0.0, 1.0, 2.0), [0.0, 0.5, 1.0]);
        assert_eq!(of(31.0, 79.0, 5.0), [40.0, 50.0, 60.0, 70.0]);
        assert_eq!(of(-3.0, 3.0, 3.0), [-2.0, 0.0, 2.0]);
        assert_eq!(of(0.0, 0.3, 3.0).len(), 4);
    }

    #[test]
    fn a_share_is_not_rounded_to_all_or_nothing() {
        assert_eq!(
            [0.0, 0.01, 4.25, 99.94, 99.99, 100.0].map(percent),
            ["0", "<0.1", "4.2", "99.9", ">99.9", "100"]
        );
    }

    #[test]
    fn text_is_escaped_and_cut() {
        assert_eq!(escape("a<b> & 'c'\u{1b}"), "a&lt;b&gt; &amp; &#39;c&#39;\u{fffd}");
        assert_eq!([fit("größer", 6), fit("größer", 4)], ["größer", "grö…"]);
    }
}
