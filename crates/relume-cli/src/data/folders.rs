//! Pictures in one folder a class.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader};
use rayon::prelude::*;
use relume::{ErrorKind, Result};

use super::{Pictures, Wanted, fault};
use crate::files;

/// The endings of picture files. The ending only says that a file is meant as a picture; its format is read from its
/// content.
const PICTURES: [&str; 6] = ["jpg", "jpeg", "png", "webp", "gif", "bmp"];
/// The endings of what may lie beside pictures: a README, a licence.
const TEXTS: [&str; 2] = ["txt", "md"];
/// The last two bytes of every whole JPEG file.
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];

/// A picture file that is still to be decoded.
struct Entry {
    path: PathBuf,
    name: String,
    label: u16,
}

/// Reads `place/CLASS/*`; `prefix` comes before `CLASS/FILE` in the pictures' names.
pub(super) fn read(place: &Path, prefix: &str, wanted: &Wanted<'_>) -> Result<Pictures> {
    let entries = entries(place, prefix, wanted)?;
    let labels: Vec<u16> = entries.iter().map(|entry| entry.label).collect();
    wanted.complete(place, &labels)?;
    let mut pixels = wanted.room(place, entries.len())?;

    let total = entries.len();
    let done = AtomicUsize::new(0);
    wanted.tick(0, total);
    // The first fault in the order of the files, so that the same set always gives the same error.
    let fault = pixels
        .par_chunks_exact_mut(wanted.shape.iter().product())
        .zip(&entries)
        .find_map_first(|(planes, entry)| {
            let fault = decode(&entry.path, wanted.shape, planes).err();
            wanted.tick(done.fetch_add(1, Ordering::Relaxed) + 1, total);
            fault
        });
    match fault {
        Some(fault) => Err(fault),
        None => Ok(Pictures {
            shape: wanted.shape,
            pixels,
            labels,
            names: entries.into_iter().map(|entry| entry.name).collect(),
            classes: wanted.classes.to_vec(),
        }),
    }
}

/// All pictures in the class folders of `place`, by class and then by name. Deeper folders are refused, so a link that
/// leads back up cannot lead in a circle.
fn entries(place: &Path, prefix: &str, wanted: &Wanted<'_>) -> Result<Vec<Entry>> {
    let mut folders = Vec::new();
    for (path, class) in visible(place)? {
        if metadata(&path)?.is_dir() {
            folders.push((wanted.label(&path, &class)?, class, path));
        } else if !ends_with(&path, &TEXTS) {
            return Err(fault(
                ErrorKind::InvalidPicture,
                &path,
                "lies beside the class folders, not in one",
            ));
        }
    }
    folders.sort();
    let mut entries = Vec::new();
    for (label, class, folder) in folders {
        for (path, file) in visible(&folder)? {
            let found = metadata(&path)?;
            if found.is_file() && ends_with(&path, &PICTURES) {
                let name = format!("{prefix}{class}/{file}");
                entries.push(Entry { path, name, label });
            } else if found.is_dir() {
                let what = "is a folder within a class folder; pictures lie in the class folder itself";
                return Err(fault(ErrorKind::InvalidPicture, &path, what));
            } else if !(found.is_file() && ends_with(&path, &TEXTS)) {
                let what = format!("is not a picture file; their names end in {}", PICTURES.join(", "));
                return Err(fault(ErrorKind::InvalidPicture, &path, what));
            }
        }
    }
    Ok(entries)
}

/// Paths and names of what is in a folder and not hidden, by name.
fn visible(folder: &Path) -> Result<Vec<(PathBuf, String)>> {
    let unreadable = |error| files::fault(folder, "cannot be read", error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            found.push((entry.path(), name));
        }
    }
    found.sort();
    Ok(found)
}

/// For a link, that of its target. What is neither file nor folder, such as a pipe, must not be opened: reading it
/// might never end.
fn metadata(path: &Path) -> Result<fs::Metadata> {
    fs::metadata(path).map_err(|error| files::fault(path, "cannot be read", error))
}

fn ends_with(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    endings.iter().any(|one| ending == *one)
}

/// Decodes a picture into `planes`, `[3, height, width]`, upright as its Exif orientation says. Grey becomes RGB, and
/// transparency is ignored.
fn decode(path: &Path, shape: [usize; 3], planes: &mut [u8]) -> Result<()> {
    let invalid = |what: &str| fault(ErrorKind::InvalidPicture, path, what);
    let undecodable = |error: ImageError| invalid(&format!("is not a picture that can be decoded: {error}"));
    let bytes = files::read(path)?;
    if bytes.is_empty() {
        return Err(invalid("is empty"));
    }
    let reader = ImageReader::new(Cursor::new(&bytes))
        .with_guessed_format()
        .map_err(|error| files::fault(path, "cannot be read", error))?;
    // The decoder would fill what is missing with grey and say nothing.
    if reader.format() == Some(ImageFormat::Jpeg) && !bytes.ends_with(&END_OF_IMAGE) {
        return Err(invalid("is cut off: a JPEG file ends in the bytes FF D9"));
    }
    let mut decoder = reader.into_decoder().map_err(undecodable)?;
    let orientation = decoder.orientation().map_err(undecodable)?;
    let found = upright(decoder.dimensions(), orientation);
    let [_, height, width] = shape;
    // Before anything is decoded: a small file can claim a huge picture.
    if (found.0 as usize, found.1 as usize) != (width, height) {
        let what = format!(
            "is {}×{} pixels; the model takes {width}×{height}, width by height",
            found.0, found.1
        );
        return Err(fault(ErrorKind::ShapeMismatch, path, what));
    }
    let mut picture = DynamicImage::from_decoder(decoder).map_err(undecodable)?;
    picture.apply_orientation(orientation);
    let picture = picture.into_rgb8();
    for (channel, plane) in planes.chunks_exact_mut(height * width).enumerate() {
        let values = picture.as_raw().iter().skip(channel).step_by(3);
        for (place, value) in plane.iter_mut().zip(values) {
            *place = *value;
        }
    }
    Ok(())
}

/// Width and height once the picture is turned.
fn upright((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    match orientation {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
            (height, width)
        }
        _ => (width, height),
    }
}

#[cfg(test)]
mod tests {
    use image::codecs::png::PngEncoder;
    use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};
    use tempfile::TempDir;

    use super::super::tests::{encode, folder, png, read_part, refusal};
    use super::super::{Pictures, Split};
    use super::*;

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
    fn grey_and_transparent_pictures_become_rgb() {
        let encoded = |bytes: &[u8], colour| {
            let mut out = Vec::new();
            PngEncoder::new(&mut out).write_image(bytes, 2, 2, colour).unwrap();
            out
        };
        let set = folder(&[
            ("dog/a.png", encoded(&[1, 2, 3, 4], ExtendedColorType::L8)),
            ("cat/a.png", encoded(&[5, 6, 7, 0].repeat(4), ExtendedColorType::Rgba8)),
        ]);
        let rows = [[1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], [5; 4], [6; 4], [7; 4]];
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
            "…/test/cat/labels.csv: is not a picture file; their names end in jpg, jpeg, png, webp, gif, bmp [invalid-picture]"
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
                    message.starts_with("…/test/cat/a.jpg: is "),
                    "{format:?}, {length}: {message}"
                );
            }
        }
        let mut jpeg = encode(&picture, ImageFormat::Jpeg);
        jpeg.pop();
        assert_eq!(
            refusal(with("test/cat/a.jpg", jpeg).path()),
            "…/test/cat/a.jpg: is cut off: a JPEG file ends in the bytes FF D9 [invalid-picture]"
        );
    }

    #[test]
    fn of_several_bad_pictures_the_first_is_named() {
        // Sound ones first, so that the thread with the second half meets its bad ones sooner.
        let set = with("test/cat/a000.png", png(3));
        for at in 1..400 {
            let (name, bytes) = if at < 100 { ("a", png(3)) } else { ("b", Vec::new()) };
            fs::write(set.path().join(format!("test/cat/{name}{at:03}.png")), bytes).unwrap();
        }
        fs::write(set.path().join("test/cat/b000.png"), b"not a picture").unwrap();
        for _ in 0..20 {
            let message = refusal(set.path());
            let first = "…/test/cat/b000.png: is not a picture that can be decoded: ";
            assert!(message.starts_with(first), "{message}");
        }
        fs::remove_file(set.path().join("test/cat/b000.png")).unwrap();
        assert_eq!(refusal(set.path()), "…/test/cat/b100.png: is empty [invalid-picture]");
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
}
