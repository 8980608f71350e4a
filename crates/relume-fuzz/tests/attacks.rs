//! Each file of `tests/attacks` is refused as its list says, within the memory that `SECURITY.md` promises. The only test of its program,
//! because it measures the memory of all.

use std::time::Instant;

use peak_alloc::PeakAlloc;
use relume_fuzz::{corpus, targets};
use serde_json::Value;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What a reader may take besides four times the file.
const FREE: usize = 64 << 20;

#[test]
fn every_attack_is_refused_within_its_memory() {
    let folder = corpus::folder().join("../attacks");
    let list = std::fs::read(folder.join("attacks.json")).expect("the list");
    let list: Vec<Value> = serde_json::from_slice(&list).expect("a list");
    assert!(list.len() >= 30, "{} attacks", list.len());
    for attack in &list {
        let text = |key: &str| attack[key].as_str().unwrap_or_else(|| panic!("{key} of {attack}"));
        let (file, name) = (text("file"), text("target"));
        let (_, target) = targets::ALL.iter().find(|(other, _)| *other == name).expect("a target");
        let bytes = std::fs::read(folder.join(file)).expect("the attack");
        MEMORY.reset_peak_usage();
        let (before, begun) = (MEMORY.current_usage(), Instant::now());
        let outcome = target(&bytes);
        let time = begun.elapsed();
        let taken = MEMORY.peak_usage() - before;
        assert_eq!(
            outcome.as_ref().err().map(relume::Error::code),
            attack["code"].as_str(),
            "{file}: {outcome:?}"
        );
        assert!(
            taken <= 4 * bytes.len() + FREE,
            "{file}: {taken} bytes of memory for {}",
            bytes.len()
        );
        eprintln!(
            "{file}: {:.1} kB, {:.1} MB of memory, {:.1} ms",
            bytes.len() as f64 / 1e3,
            taken as f64 / 1e6,
            time.as_secs_f64() * 1e3
        );
    }
}
