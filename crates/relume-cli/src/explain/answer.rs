//! What the network answers: its classes by their probability.

/// A class, as the network rates it.
pub(super) struct Answer<'a> {
    pub(super) index: usize,
    pub(super) label: &'a str,
    pub(super) logit: f32,
    pub(super) probability: f64,
}

/// The `count` likeliest classes, the likeliest first.
pub(super) fn likeliest<'a>(logits: &[f32], classes: &'a [String], count: usize) -> Vec<Answer<'a>> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let odds = |logit: f32| f64::from(logit - largest).exp();
    let total: f64 = logits.iter().map(|&logit| odds(logit)).sum();
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    order
        .into_iter()
        .take(count)
        .map(|index| Answer {
            index,
            label: classes.get(index).map_or("", String::as_str),
            logit: logits[index],
            probability: odds(logits[index]) / total,
        })
        .collect()
}
