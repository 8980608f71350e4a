//! What is said of one method at one stage: means over pictures and seeds, and how far single values are from them.

use relume::{MapSimilarity, Method};
use serde::Serialize;

/// A map, compared with the original network's and with what knows nothing of the network; nothing where one of the two has no order.
pub(super) struct Comparison {
    pub(super) similarity: Option<MapSimilarity>,
    pub(super) edges: Option<f64>,
    pub(super) picture: Option<f64>,
}

/// How alike the maps are, the mean over pictures and seeds, and the standard deviation of one of them; nothing where all maps are empty.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// This layer and all after it have lost their weights; in the original network none has.
    pub(super) from: Option<String>,
    pub(super) method: Method,
    pub(super) rank_correlation: Option<Spread>,
    pub(super) rank_correlation_of_magnitudes: Option<Spread>,
    pub(super) structural_similarity: Option<Spread>,
    /// The rank correlation of the map's magnitudes with the picture's edges, which know nothing of the network.
    pub(super) edges: Option<Spread>,
    /// The same with the magnitudes of the normalised picture.
    pub(super) picture: Option<Spread>,
    /// How many maps were made: one for each picture and seed.
    pub(super) maps: usize,
    /// How many of them, or of the original network's, are the same number everywhere: these pairs are in none of the means.
    pub(super) empty: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Spread {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

impl Row {
    /// The share of pairs with an empty map.
    pub(super) fn empty_share(&self) -> f64 {
        self.empty as f64 / self.maps.max(1) as f64
    }

    pub(super) fn new(from: Option<&str>, method: Method, found: &[Comparison]) -> Self {
        let similar = |number: fn(&MapSimilarity) -> f64| {
            Spread::of(found.iter().filter_map(|found| found.similarity.as_ref().map(number)))
        };
        Self {
            from: from.map(str::to_owned),
            method,
            rank_correlation: similar(|found| found.rank_correlation),
            rank_correlation_of_magnitudes: similar(|found| found.rank_correlation_of_magnitudes),
            structural_similarity: similar(|found| found.structural_similarity),
            edges: Spread::of(found.iter().filter_map(|found| found.edges)),
            picture: Spread::of(found.iter().filter_map(|found| found.picture)),
            maps: found.len(),
            empty: found.iter().filter(|found| found.similarity.is_none()).count(),
        }
    }
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.collect();
        if values.is_empty() {
            return None;
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        Some(Self {
            mean,
            deviation: (squares / count).sqrt(),
        })
    }
}

/// The rows as a table of text.
pub(super) fn table(rows: &[Row]) -> String {
    let from = |row: &Row| row.from.clone().unwrap_or_else(|| "no layer".to_owned());
    let width = |least: usize, texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0).max(least);
    let first = width(11, &mut rows.iter().map(|row| from(row).chars().count()));
    let second = width(9, &mut rows.iter().map(|row| row.method.name().len()));
    let mut lines = vec![format!(
        "{:<first$}  {:<second$}  {:>13}  {:>13}  {:>13}  {:>13}  {:>13}  {:>7}",
        "random from", "method", "ranks", "of magnitudes", "structure", "edges", "picture", "empty"
    )];
    lines.extend(rows.iter().map(|row| {
        let cells = [
            row.rank_correlation,
            row.rank_correlation_of_magnitudes,
            row.structural_similarity,
            row.edges,
            row.picture,
        ];
        let cells = cells.map(|spread| match spread {
            Some(Spread { mean, deviation }) => format!("  {:>13}", format!("{mean:.2} ±{deviation:5.2}")),
            None => format!("  {:>13}", "–"),
        });
        let (name, empty) = (row.method.name(), format!("{}/{}", row.empty, row.maps));
        format!("{:<first$}  {name:<second$}{}  {empty:>7}", from(row), cells.concat())
    }));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_maps_are_counted_and_in_no_mean() {
        let similarity = |value: f64| MapSimilarity {
            rank_correlation: value,
            rank_correlation_of_magnitudes: -value,
            structural_similarity: 0.5,
        };
        let found = |similarity, edges| Comparison {
            similarity,
            edges,
            picture: None,
        };
        let row = Row::new(
            Some("conv9"),
            Method::InputXGradient,
            &[
                found(Some(similarity(0.25)), Some(1.0)),
                found(None, Some(0.0)),
                found(Some(similarity(0.75)), None),
            ],
        );
        let spread = |mean, deviation| Some(Spread { mean, deviation });
        assert_eq!((row.rank_correlation, row.empty, row.maps), (spread(0.5, 0.25), 1, 3));
        assert_eq!(row.rank_correlation_of_magnitudes, spread(-0.5, 0.25));
        assert_eq!(row.structural_similarity, spread(0.5, 0.0));
        assert_eq!((row.edges, row.picture), (spread(0.5, 0.5), None));
        let table = table(&[row]);
        assert!(
            table.contains("conv9        input-x-gradient    0.50 ± 0.25"),
            "{table}"
        );
        assert!(table.ends_with("–      1/3"), "{table}");
    }
}
