//! What a file is that is not a model, so that an error can name it.

use super::zip;

/// What the bytes are, and what to do, for the end of a sentence that begins with "this is"; `None` if they may be a
/// safetensors file.
pub(super) fn other_format(bytes: &[u8]) -> Option<String> {
    if bytes.is_empty() {
        return Some("an empty file: the download or the copy may have failed".to_owned());
    }
    // Eight bytes of length, then JSON.
    if bytes.get(8) == Some(&b'{') {
        return None;
    }
    by_magic(bytes).map(str::to_owned).or_else(|| as_text(bytes))
}

/// A PyTorch checkpoint, of either age.
const PYTORCH: &str = "PyTorch weights, not a model file: convert them with `relume convert`";

fn by_magic(bytes: &[u8]) -> Option<&'static str> {
    /// First bytes, at an offset, and what they say.
    const MAGIC: &[(usize, &[u8], &str)] = &[
        (
            0,
            b"version https://git-lfs",
            "a Git LFS pointer, which only stands for the file: fetch the file itself with `git lfs pull`, or download it raw",
        ),
        (0, b"\x1f\x8b", "compressed with gzip: unpack it first (gunzip)"),
        (0, b"BZh", "compressed with bzip2: unpack it first (bunzip2)"),
        (0, b"\xfd7zXZ\0", "compressed with xz: unpack it first (unxz)"),
        (
            0,
            b"\x28\xb5\x2f\xfd",
            "compressed with Zstandard: unpack it first (unzstd)",
        ),
        (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"),
        (257, b"ustar", "a tar archive: unpack it first"),
        (
            0,
            b"\x89HDF\r\n",
            "an HDF5 file, as Keras writes them: relume reads safetensors and PyTorch weights",
        ),
        (
            0,
            b"GGUF",
            "a GGUF file, for language models: relume reads safetensors and PyTorch weights",
        ),
        (
            4,
            b"TFL3",
            "a TensorFlow Lite model: relume reads safetensors and PyTorch weights",
        ),
        (
            0,
            b"\x93NUMPY",
            "a NumPy array: relume reads safetensors and PyTorch weights",
        ),
        (0, b"\x89PNG", "a picture (PNG)"),
        (0, b"\xff\xd8\xff", "a picture (JPEG)"),
        (0, b"GIF8", "a picture (GIF)"),
        (8, b"WEBP", "a picture (WebP)"),
        (0, b"%PDF", "a PDF document"),
        (0, b"\0asm", "a WebAssembly module"),
    ];
    if let Some((.., what)) = MAGIC
        .iter()
        .find(|(at, magic, _)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(magic)))
    {
        return Some(what);
    }
    match bytes {
        _ if bytes.starts_with(zip::FILE) => Some(by_names(&zip::names(bytes))),
        // A pickle of version 2 to 5.
        [0x80, 2..=5, ..] => Some(PYTORCH),
        // The field `ir_version`, then the producer or the graph, as a protocol buffer.
        [0x08, 1..=20, 0x12 | 0x3a | 0x42, ..] => {
            Some("an ONNX file, not a model file: convert it with `relume convert`")
        }
        _ => None,
    }
}

/// A text, by its beginning.
fn as_text(bytes: &[u8]) -> Option<String> {
    let start = bytes.get(..bytes.len().min(256))?;
    let text = match str::from_utf8(start) {
        Ok(text) => text,
        // A letter of several bytes may be cut in two.
        Err(error) if error.valid_up_to() + 3 >= start.len() => {
            str::from_utf8(start.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    if text
        .chars()
        .any(|letter| letter.is_control() && !letter.is_whitespace())
    {
        return None;
    }
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let lower = text.to_ascii_lowercase();
    if ["<!doctype html", "<html", "<head", "<body"]
        .iter()
        .any(|tag| lower.starts_with(tag))
    {
        return Some(
            "a web page (HTML): the address may be wrong, need a login, or lead to a page about the file".to_owned(),
        );
    }
    let shown: String = text.lines().next().unwrap_or_default().chars().take(40).collect();
    Some(match text.chars().next() {
        Some('<') => format!("an XML text that begins with `{shown}`"),
        Some('{' | '[') => format!("a JSON text that begins with `{shown}`: a server may have sent an error"),
        Some(_) => format!("a text that begins with `{shown}`"),
        None => "a text of nothing but white space".to_owned(),
    })
}

/// A ZIP archive, by the names of the files in it.
fn by_names(names: &[&[u8]]) -> &'static str {
    // PyTorch puts everything into one folder, of any name.
    let holds = |wanted: &str| names.iter().any(|name| within_folder(name) == wanted.as_bytes());
    let code = || names.iter().any(|name| within_folder(name).starts_with(b"code/"));
    if holds("constants.pkl") && code() {
        "a TorchScript archive, which holds a program: save the weights alone, with torch.save(model.state_dict(), PATH), and convert them with `relume convert`"
    } else if holds("data.pkl") || holds(".format_version") {
        PYTORCH
    } else if names.contains(&&b"config.json"[..]) && names.contains(&&b"model.weights.h5"[..]) {
        "a Keras model: relume reads safetensors and PyTorch weights"
    } else if !names.is_empty() && names.iter().all(|name| name.ends_with(b".npy")) {
        "a NumPy archive (.npz): relume reads safetensors and PyTorch weights"
    } else {
        "a ZIP archive: unpack it first"
    }
}

/// A name without its first folder.
fn within_folder(name: &[u8]) -> &[u8] {
    let folder = name.iter().position(|&letter| letter == b'/').map_or(0, |at| at + 1);
    name.get(folder..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::zip::tests::archive;
    use super::other_format;

    #[test]
    fn what_people_take_for_a_model_is_named() {
        for (bytes, word) in [
            (&b""[..], "empty"),
            (b"<!DOCTYPE html><html>", "web page"),
            (b"\xef\xbb\xbf\n <HTML lang=en>", "web page"),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 1\n",
                "Git LFS",
            ),
            (b"\x1f\x8b\x08\0\0\0\0\0", "gzip"),
            (b"PK\x03\x04\0\0\0\0", "ZIP"),
            (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "PyTorch"),
            (b"\x08\x08\x12\x07pytorch\x1a\x052.4.0", "ONNX"),
            (b"{\"error\":\"not found\"}", "JSON"),
            (b"Not Found", "begins with `Not Found`"),
            (b"\x89PNG\r\n\x1a\n", "PNG"),
        ] {
            let said = other_format(bytes).unwrap_or_default();
            assert!(said.contains(word), "{word}: {said}");
        }
    }

    /// The names are those that `torch.save`, `torch.jit.save`, `numpy.savez` and Keras 3 write, in their order.
    #[test]
    fn a_zip_archive_is_called_by_what_it_holds_wherever_that_is() {
        for (names, what) in [
            (
                &["net/.format_version", "net/byteorder", "net/data/0", "net/data.pkl"][..],
                "PyTorch weights",
            ),
            (
                &["net/data.pkl", "net/code/__torch__.py", "net/constants.pkl"],
                "TorchScript",
            ),
            (&["conv1.npy", "conv2.npy"], "NumPy"),
            (&["metadata.json", "config.json", "model.weights.h5"], "Keras"),
            (
                &["readme.txt", "weights/data.pkl.txt", "one.npy"],
                "a ZIP archive: unpack",
            ),
            (&["code/constants.py", "config.json"], "a ZIP archive: unpack"),
        ] {
            for size in [0, 100_000] {
                let said = other_format(&archive(names, &vec![0; size], false)).unwrap_or_default();
                assert!(said.contains(what), "{names:?}: {said}");
            }
        }
    }

    #[test]
    fn what_may_be_a_model_or_anything_is_left_to_the_reader() {
        assert_eq!(other_format(b"\x02\0\0\0\0\0\0\0{}"), None);
        assert_eq!(other_format(&[0, 159, 146, 150, 1, 2, 3]), None);
        // A letter cut in two at the end of what is looked at is still text.
        let mut text = vec![b'a'; 255];
        text.extend("ö".bytes());
        assert!(other_format(&text).is_some());
    }
}
