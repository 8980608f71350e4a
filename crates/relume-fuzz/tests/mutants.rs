//! No bytes do more than be refused: 200,000 mutants of the corpus. `RELUME_MUTANTS` sets how many.

use relume_fuzz::mutants::Mutants;
use relume_fuzz::{corpus, targets};

/// How many mutants of all targets together, if the environment says nothing.
const MUTANTS: u64 = 200_000;

/// The share of each target, of 20: those that put most together have most.
const SHARES: [(&str, u64); 7] = [
    ("model", 5),
    ("checkpoint", 4),
    ("onnx", 5),
    ("picture", 1),
    ("draw-options", 1),
    ("target", 2),
    ("survey", 2),
];

#[test]
fn mutants_are_refused_or_read() {
    let all = std::env::var("RELUME_MUTANTS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(MUTANTS);
    assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<u64>(), 20);
    for (name, target) in targets::ALL {
        let share = SHARES
            .iter()
            .find(|(other, _)| *other == name)
            .map_or(0, |(_, share)| *share);
        assert!(share > 0, "{name} has no share");
        let mut mutants = Mutants::new(corpus::seeds(name).expect("the corpus"), 1);
        let mut read = 0;
        for number in 0..all * share / 20 {
            let bytes = mutants.give();
            let outcome = std::panic::catch_unwind(|| target(&bytes))
                .unwrap_or_else(|_| panic!("{name}: mutant {number} panics: {bytes:?}"));
            read += u64::from(outcome.is_ok());
            mutants.hear(&bytes, &outcome);
        }
        eprintln!(
            "{name}: {} mutants, {read} of them read, {} seeds added",
            all * share / 20,
            mutants.added()
        );
    }
}

#[test]
fn the_corpus_has_sound_and_broken_seeds_of_every_target() {
    let mut all = 0;
    for (name, target) in targets::ALL {
        let seeds = corpus::seeds(name).expect("the corpus");
        let sound = seeds.iter().filter(|seed| target(seed).is_ok()).count();
        assert!(
            sound > 0 && sound < seeds.len(),
            "{name}: {sound} of {} are sound",
            seeds.len()
        );
        all += seeds.len();
    }
    assert!(all >= 300, "{all} seeds");
}
