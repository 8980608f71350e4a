//! Files of many kinds, decoded. What browsers make of them is compared in `tests/browser/picture-files.test.mjs`.

use std::fs;
use std::path::Path;

use relume_pictures::{decode, size};

fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/pictures");
    fs::read(folder.join(name)).expect("a picture of the repository")
}

fn refusal(bytes: &[u8]) -> String {
    let error = decode(bytes).expect_err("no picture");
    assert_eq!(error.code(), "invalid-picture");
    error.message().to_owned()
}

/// The largest difference of two pictures' colours, and its mean.
fn apart(a: &str, b: &str) -> (u8, f64) {
    let [a, b] = [a, b].map(|name| decode(&file(name)).expect(name).pixels);
    assert_eq!(a.dimensions(), b.dimensions());
    let differences: Vec<u8> = a.iter().zip(b.iter()).map(|(a, b)| a.abs_diff(*b)).collect();
    let sum: f64 = differences.iter().map(|&each| f64::from(each)).sum();
    (
        differences.iter().copied().max().unwrap_or(0),
        sum / differences.len() as f64,
    )
}

#[test]
fn an_orientation_is_applied_whatever_the_format() {
    for number in [2, 3, 6, 7] {
        let [png, webp] = ["png", "webp"].map(|ending| format!("orientation-{number}.{ending}"));
        assert_eq!(apart(&png, &webp), (0, 0.0), "{number}");
        let jpeg = format!("orientation-{number}.jpg");
        assert!(apart(&png, &jpeg).1 < 4.0, "{number}");
        let upright = if number > 4 { (90, 120) } else { (120, 90) };
        for name in [&png, &webp, &jpeg] {
            assert_eq!(size(&file(name)), Ok(upright), "{name}");
            assert_eq!(
                decode(&file(name)).expect("a picture").pixels.dimensions(),
                upright,
                "{name}"
            );
        }
    }
}

#[test]
fn colours_of_another_space_are_converted() {
    // Display P3 by its ICC profile in two formats, and by the numbers of PNG's cICP chunk.
    assert_eq!(apart("display-p3.png", "display-p3.webp"), (0, 0.0));
    assert!(apart("display-p3.png", "cicp-p3.png").0 <= 1);
    // 24 % of the gamut lies outside of sRGB: the picture becomes more colourful.
    assert!(apart("display-p3.png", "plain.png").1 > 2.0);
    assert!(apart("adobe-rgb.png", "plain.png").1 > 2.0);
    assert!(apart("gamma-and-primaries.png", "plain.png").1 > 2.0);
    // Nothing is said, or what is said is sRGB, or cannot be read.
    for name in ["gamma-of-srgb.png", "primaries-alone.png", "broken-profile.png"] {
        assert_eq!(apart(name, "plain.png"), (0, 0.0), "{name}");
    }
}

/// From Display P3 to sRGB by the definitions of both (IEC 61966-2-1; SMPTE EG 432-1), in f64.
#[test]
fn a_converted_pixel_is_the_definitions() {
    const P3_TO_SRGB: [[f64; 3]; 3] = [
        [1.224_940_176, -0.224_940_176, 0.0],
        [-0.042_056_955, 1.042_056_955, 0.0],
        [-0.019_637_555, -0.078_636_066, 1.098_273_620],
    ];
    let linear = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    let encoded = |value: f64| {
        let value = value.clamp(0.0, 1.0);
        let value = if value <= 0.003_130_8 {
            12.92 * value
        } else {
            1.055 * value.powf(1.0 / 2.4) - 0.055
        };
        (255.0 * value).round() as u8
    };
    let plain = decode(&file("plain.png")).expect("a picture").pixels;
    let converted = decode(&file("display-p3.png")).expect("a picture").pixels;
    for (from, to) in plain.pixels().zip(converted.pixels()) {
        let [red, green, blue, _] = from.0;
        let light = [red, green, blue].map(linear);
        for (row, found) in P3_TO_SRGB.iter().zip(to.0) {
            let sum: f64 = row.iter().zip(light).map(|(factor, value)| factor * value).sum();
            assert!(encoded(sum).abs_diff(found) <= 1, "{from:?} {to:?}");
        }
    }
}

#[test]
fn of_an_animation_the_first_frame_is_taken() {
    for name in ["animated.png", "animated.webp", "animated-after-still.png"] {
        assert_eq!(apart(name, "plain.png"), (0, 0.0), "{name}");
    }
    // GIF has 256 colours.
    assert!(apart("animated.gif", "plain.png").1 < 8.0);
}

#[test]
fn transparency_stays() {
    let [png, webp] = ["cut-out.png", "cut-out.webp"].map(|name| decode(&file(name)).expect(name).pixels);
    let opaque = |pixel: &image::Rgba<u8>| pixel.0[3] == 255;
    for (a, b) in png.pixels().zip(webp.pixels()) {
        // What lies under a transparent pixel is arbitrary.
        assert!(
            if opaque(a) { a == b } else { a.0[3] == 0 && b.0[3] == 0 },
            "{a:?} {b:?}"
        );
    }
    assert!(png.pixels().any(opaque) && !png.pixels().all(opaque));
}

#[test]
fn what_is_cut_off_is_refused_and_a_missing_end_marker_noted() {
    assert_eq!(
        refusal(&file("half.jpg")),
        "is cut off: the file ends before the picture does"
    );
    let whole = file("progressive.jpg");
    assert_eq!(decode(&whole).expect("whole").note, None);
    for share in [3, 5, 9] {
        assert!(
            refusal(&whole[..whole.len() * share / 10]).contains("is cut off"),
            "{share}"
        );
    }
    // Half of the end marker is missing, of either kind.
    for name in ["progressive.jpg", "subsampled.jpg"] {
        let bytes = file(name);
        let cut = decode(&bytes[..bytes.len() - 1]).expect(name);
        assert!(
            cut.note.is_some() && cut.pixels == decode(&bytes).expect(name).pixels,
            "{name}"
        );
    }
    let ended = decode(&file("bytes-after-end.jpg")).expect("whole");
    let unended = decode(&file("without-end-marker.jpg")).expect("nearly whole");
    assert_eq!(ended.note, None);
    assert_eq!(
        unended.note,
        Some("the JPEG end marker is missing; the picture itself is complete")
    );
    assert_eq!(unended.pixels, ended.pixels);
    for name in ["plain.png", "display-p3.webp", "animated.gif"] {
        let bytes = file(name);
        refusal(&bytes[..bytes.len() / 3]);
    }
    let png = file("plain.png");
    assert!(refusal(&png[..png.len() / 2]).contains("is cut off"));
}

#[test]
fn what_is_no_picture_is_named() {
    for (bytes, words) in [
        (&b""[..], "is an empty file"),
        (b"<!DOCTYPE html><html></html>", "is a web page"),
        (
            b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
            "is an SVG drawing",
        ),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "is a HEIC picture"),
        (b"no picture at all", "supported formats are JPEG"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "is cut off"),
    ] {
        let said = refusal(bytes);
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// Files made to deceive: two readers find different headers, or what lies between segments is no marker.
#[test]
fn headers_that_contradict_each_other_are_refused() {
    let segment = |marker: u8, body: &[u8]| {
        let length = (body.len() as u16 + 2).to_be_bytes();
        [&[0xff, marker], &length[..], body].concat()
    };
    let frame = |side: u16| {
        let [high, low] = side.to_be_bytes();
        segment(0xc0, &[8, high, low, high, low, 1, 1, 0x11, 0])
    };
    let whole = file("grey.jpg");
    let start = whole
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .expect("a frame header");
    // After a restart marker one reader takes a length, and so passes over the header that the other reads.
    let hidden = [&[0xff, 0xd0][..], &frame(16000), &segment(0xfe, &frame(16))].concat();
    let bytes = [&whole[..start], &hidden, &whole[start..]].concat();
    refusal(&bytes);
    // Stray bytes between segments do no harm, as in browsers.
    let stray = [&whole[..start], &[0, 7, 9], &whole[start..]].concat();
    let decoded = decode(&stray).expect("a picture");
    assert_eq!(
        (decoded.note, decoded.pixels),
        (None, decode(&whole).expect("whole").pixels)
    );
}

/// Damaged files give an error or a picture: never a panic, and nothing without end.
#[test]
fn damage_is_an_error_or_a_picture() {
    for name in [
        "subsampled.jpg",
        "progressive.jpg",
        "cmyk.jpg",
        "display-p3.jpg",
        "display-p3.webp",
        "display-p3.png",
        "cut-out.webp",
        "animated.gif",
    ] {
        let whole = file(name);
        for seed in 0..400_usize {
            let mut bytes = whole.clone();
            // Every other time within the first kilobyte, where profiles and headers are.
            let reach = if seed % 2 == 0 {
                bytes.len().min(1024)
            } else {
                bytes.len()
            };
            for hit in 0..3_usize {
                let at = (seed * 7919 + hit * 104_729) % reach;
                bytes[at] ^= (seed * 31 + hit * 17 + 1) as u8;
            }
            let _ = decode(&bytes);
            let _ = size(&bytes);
        }
    }
}
