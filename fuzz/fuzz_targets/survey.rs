#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // A refusal is an answer; only a panic is a finding.
    let _ = relume_fuzz::targets::survey(bytes);
});
