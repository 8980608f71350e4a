//! Pictures in class folders: what is read, and what is refused.

use std::fs;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage};
use tempfile::TempDir;

use super::tests::{encode, folder, png, read_part, refusal};
use super::{Pictures, Split};

fn read_set(set: &TempDir) -> Pictures {
    read_part(set.path(), Split::Test, [3, 2, 2], &["dog", "cat"]).unwrap()
}

/// A set that is sound but for one more file.
fn with(name: &str, bytes: Vec<u8>) -> TempDir {
    folder(&[("test/cat/m.png", png(1)), ("test/dog/m.png", png(2)), (name, bytes)])
}

#[test]
fn classes_come_in_the_models_order_and_files_by_name() {
    let set = folder(&[
        ("test/dog/b.png", png(1)),
        ("test/cat/10.png", png(2)),
        ("test/cat/Z.PNG", png(3)),
        ("test/dog/a.png", png(4)),
        ("test/cat/9.png", png(5)),
    ]);
    let pictures = read_set(&set);
    assert_eq!(
        pictures.names,
        [
            "test/dog/a.png",
            "test/dog/b.png",
            "test/cat/10.png",
            "test/cat/9.png",
            "test/cat/Z.PNG"
        ]
    );
    assert_eq!(pictures.labels, [0, 0, 1, 1, 1]);
    assert_eq!(pictures.classes, ["dog", "cat"]);
    let firsts: Vec<_> = pictures.pixels.chunks(12).map(|picture| picture[0]).collect();
    assert_eq!(firsts, [4, 1, 2, 5, 3]);
}

#[test]
fn pixels_are_planes_row_by_row() {
    // 3 wide and 2 high; pixel (x, y) is red x, green y, blue 9.
    let picture = RgbImage::from_fn(3, 2, |x, y| Rgb([x as u8, y as u8, 9]));
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::WebP, ImageFormat::Gif] {
        let bytes = encode(&picture, format);
        // By content, whatever the ending says.
        let set = folder(&[("cat/a.jpg", bytes.clone()), ("dog/a.jpeg", bytes)]);
        let pictures = read_part(set.path(), Split::Test, [3, 2, 3], &["dog", "cat"]).unwrap();
        assert_eq!(pictures.shape, [3, 2, 3]);
        let planes = [0, 1, 2, 0, 1, 2, 0, 0, 0, 1, 1, 1, 9, 9, 9, 9, 9, 9];
        assert_eq!(pictures.pixels, [planes, planes].concat(), "{format:?}");
    }
}

#[test]
fn grey_becomes_rgb_and_transparent_pixels_lie_over_white() {
    let encoded = |bytes: &[u8], colour| {
        let mut out = Vec::new();
        PngEncoder::new(&mut out).write_image(bytes, 2, 2, colour).unwrap();
        out
    };
    let pixels = [[5, 6, 7, 255], [5, 6, 7, 0], [0, 100, 255, 51], [5, 6, 7, 255]];
    let set = folder(&[
        ("dog/a.png", encoded(&[1, 2, 3, 4], ExtendedColorType::L8)),
        ("cat/a.png", encoded(&pixels.concat(), ExtendedColorType::Rgba8)),
    ]);
    // 51 is a fifth: 0.2 · 0 + 0.8 · 255 = 204, 0.2 · 100 + 204 = 224, 255.
    let transparent = [[5, 255, 204, 5], [6, 255, 224, 6], [7, 255, 255, 7]];
    let rows = [[[1, 2, 3, 4]; 3], transparent].concat();
    assert_eq!(read_set(&set).pixels, rows.concat());
}

#[test]
fn a_picture_is_turned_upright() {
    // A TIFF header and one entry: tag 0x112, orientation, is 6, "turn it clockwise by 90 degrees".
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0".to_vec();
    exif.extend([0; 4]);
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif).unwrap();
    encoder
        .write_image(&[1, 2, 3, 4, 5, 6], 3, 2, ExtendedColorType::L8)
        .unwrap();
    let set = folder(&[("cat/a.png", bytes.clone()), ("dog/a.png", bytes)]);
    let pictures = read_part(set.path(), Split::Test, [3, 3, 2], &["dog", "cat"]).unwrap();
    // Rows 1 2 3 and 4 5 6 become 4 1, 5 2 and 6 3.
    assert_eq!(pictures.pixels, [4, 1, 5, 2, 6, 3].repeat(6));
    let error = read_part(set.path(), Split::Test, [3, 2, 3], &["dog", "cat"]).unwrap_err();
    assert!(
        error
            .message()
            .ends_with("is 2×3 pixels; the model takes 3×2, width by height"),
        "{error}"
    );
}

#[test]
fn what_is_not_a_picture_is_skipped_or_named() {
    for name in [
        "test/cat/.DS_Store",
        "test/.git/config",
        "test/README.md",
        "test/dog/LICENCE.TXT",
    ] {
        assert_eq!(read_set(&with(name, vec![1])).labels, [0, 1], "{name}");
    }
    for (name, said) in [
        ("test/cat/.DS_Store", "skipped 1 file: 1 hidden (.DS_Store)"),
        ("test/dog/thumbs.DB", "skipped 1 file: 1 of the system (thumbs.DB)"),
        ("test/Desktop.ini", "skipped 1 file: 1 of the system (Desktop.ini)"),
        (
            "test/__MACOSX/cat/a.png",
            "skipped 1 folder: 1 of the system (__MACOSX)",
        ),
    ] {
        let pictures = read_set(&with(name, png(1)));
        assert_eq!(
            (pictures.labels.len(), pictures.skipped.to_string()),
            (2, said.to_owned())
        );
    }
    let pictures = read_set(&with("test/cat/a.png", Vec::new()));
    assert_eq!(pictures.names, ["test/dog/m.png", "test/cat/m.png"]);
    assert_eq!(pictures.skipped.to_string(), "skipped 1 file: 1 empty (a.png)");
    // Nothing else that is empty is passed over in silence.
    assert!(refusal(with("test/cat/labels.csv", Vec::new()).path()).contains("is not a picture file"));
    let nothing = folder(&[("test/cat/a.png", Vec::new()), ("test/dog/a.png", Vec::new())]);
    assert_eq!(
        refusal(nothing.path()),
        "…/test: holds no pictures; skipped 2 files: 2 empty (a.png, …) [invalid-picture]"
    );
    let refused = |name: &str| refusal(with(name, png(1)).path());
    assert_eq!(
        refused("test/elk/a.png"),
        "…/test/elk: `elk` is not a class of the model; its classes are `dog`, `cat` [invalid-option]"
    );
    assert_eq!(
        refused("test/a.png"),
        "…/test/a.png: lies beside the class folders, not in one [invalid-picture]"
    );
    assert_eq!(
        refused("test/cat/labels.csv"),
        "…/test/cat/labels.csv: is not a picture file; their names end in jpg, jpeg, png, webp, gif, bmp, tif, tiff [invalid-picture]"
    );
    assert_eq!(
        refused("test/cat/more/a.png"),
        "…/test/cat/more: is a folder within a class folder; pictures lie in the class folder itself [invalid-picture]"
    );
}

#[test]
fn a_picture_of_another_size_is_named_with_both() {
    let wide = encode(&RgbImage::new(3, 2), ImageFormat::Png);
    assert_eq!(
        refusal(with("test/cat/wide.png", wide).path()),
        "…/test/cat/wide.png: is 3×2 pixels; the model takes 2×2, width by height [shape-mismatch]"
    );
}

#[test]
fn a_picture_cut_short_is_an_error_in_every_format() {
    let picture = RgbImage::from_fn(2, 2, |x, y| Rgb([80 * x as u8, 90 * y as u8, 200]));
    let formats = [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
        ImageFormat::Bmp,
    ];
    for format in formats {
        let bytes = encode(&picture, format);
        assert_eq!(
            read_set(&with("test/cat/a.jpg", bytes.clone())).labels.len(),
            3,
            "{format:?}"
        );
        for length in [1, 4, bytes.len() / 2, bytes.len() * 3 / 4] {
            let message = refusal(with("test/cat/a.jpg", bytes[..length].to_vec()).path());
            assert!(
                message.starts_with("…/test/cat/a.jpg: ") && message.ends_with("[invalid-picture]"),
                "{format:?}, {length}: {message}"
            );
        }
    }
    // One that lacks nothing but its end marker is taken, with the same pixels.
    let jpeg = encode(&picture, ImageFormat::Jpeg);
    let whole = read_set(&with("test/cat/a.jpg", jpeg.clone()));
    let unended = read_set(&with("test/cat/a.jpg", jpeg[..jpeg.len() - 2].to_vec()));
    assert_eq!(unended.pixels, whole.pixels);
}

#[test]
fn of_several_bad_pictures_the_first_is_named() {
    // Sound ones first, so that the thread with the second half meets its bad ones sooner.
    let set = with("test/cat/a000.png", png(3));
    for at in 1..400 {
        let (name, bytes) = if at < 100 {
            ("a", png(3))
        } else {
            ("b", b"not one".to_vec())
        };
        fs::write(set.path().join(format!("test/cat/{name}{at:03}.png")), bytes).unwrap();
    }
    fs::write(set.path().join("test/cat/b000.png"), b"not a picture").unwrap();
    for _ in 0..20 {
        let message = refusal(set.path());
        let first = "…/test/cat/b000.png: cannot be decoded as a picture; ";
        assert!(message.starts_with(first), "{message}");
    }
    fs::remove_file(set.path().join("test/cat/b000.png")).unwrap();
    assert!(refusal(set.path()).starts_with("…/test/cat/b100.png: cannot be decoded as a picture"));
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_never_in_a_circle() {
    use std::os::unix::{fs::symlink, net::UnixListener};
    let set = with("cats/a.png", png(3));
    let cat = set.path().join("test/cat");
    fs::remove_dir_all(&cat).unwrap();
    symlink("../cats", &cat).unwrap();
    assert_eq!(read_set(&set).names, ["test/dog/m.png", "test/cat/a.png"]);
    symlink(".", cat.join("round.png")).unwrap();
    assert!(refusal(set.path()).starts_with("…/test/cat/round.png: is a folder within"));
    fs::remove_file(cat.join("round.png")).unwrap();
    symlink("self.png", cat.join("self.png")).unwrap();
    assert!(refusal(set.path()).starts_with("…/test/cat/self.png: cannot be read: "));
    fs::remove_file(cat.join("self.png")).unwrap();
    let _socket = UnixListener::bind(cat.join("socket.png")).unwrap();
    assert!(refusal(set.path()).starts_with("…/test/cat/socket.png: is not a picture file"));
}
