//! Pickles and archives made by hand: what is read of them, and what is refused.

mod support;

use relume_checkpoint::{Checkpoint, Options, read};
use support::{Pickle, saved, zip};

/// The numbers 0 to 11 in 32 bits.
fn twelve() -> Vec<u8> {
    (0..12_u8).flat_map(|number| f32::from(number).to_le_bytes()).collect()
}

/// The numbers of tensor `name` of a file.
fn numbers(bytes: &[u8], name: &str) -> Vec<f32> {
    let checkpoint = Checkpoint::open(bytes).expect("a sound file");
    let read = checkpoint
        .read(&[(String::new(), name)].into())
        .expect("a sound tensor");
    read[""].data.clone()
}

fn refusal(bytes: &[u8]) -> String {
    let error = match Checkpoint::open(bytes) {
        Err(error) => error,
        Ok(checkpoint) => {
            let all = checkpoint.names().map(|name| (name.to_owned(), name)).collect();
            checkpoint.read(&all).expect_err("it was read")
        }
    };
    assert_eq!(error.code(), "invalid-model", "{error}");
    error.message().to_owned()
}

#[test]
fn a_tensor_is_read_by_its_strides_and_its_offset() {
    let pickle = Pickle::new()
        .raw(b"}(")
        .text("rows")
        .tensor("FloatStorage", "0", 0, &[2, 3], &[3, 1])
        .text("columns")
        .tensor("FloatStorage", "0", 1, &[2, 2], &[1, 6])
        .raw(b"u")
        .end();
    let bytes = saved(&pickle, &twelve());
    assert_eq!(numbers(&bytes, "rows"), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(numbers(&bytes, "columns"), [1.0, 7.0, 2.0, 8.0]);
}

#[test]
fn dictionaries_lists_and_parameters_lead_to_tensors() {
    // {"net": OrderedDict, "list": [tensor], 7: Parameter, "lr": 0.5}; each class and key as torch.save writes it.
    let pickle = Pickle::new()
        .raw(b"}(")
        .text("net")
        .global("collections", "OrderedDict")
        .raw(b")R(")
        .text("a.weight")
        .tensor("FloatStorage", "0", 3, &[], &[])
        .text("steps")
        .tensor("LongStorage", "0", 0, &[], &[])
        .raw(b"u}(")
        .text("_metadata")
        .raw(b"Nub")
        .text("list")
        .raw(b"]")
        .tensor("FloatStorage", "0", 4, &[1], &[1])
        .raw(b"a")
        .int(7)
        .global("torch._utils", "_rebuild_parameter")
        .raw(b"(")
        .tensor("FloatStorage", "0", 5, &[1], &[1])
        .raw(b"\x88")
        .global("collections", "OrderedDict")
        .raw(b")RtR")
        .text("lr")
        .raw(b"G\x3f\xe0\0\0\0\0\0\0u")
        .end();
    let bytes = saved(&pickle, &twelve());
    let checkpoint = Checkpoint::open(&bytes).expect("a sound file");
    assert_eq!(checkpoint.names().collect::<Vec<_>>(), ["7", "list.0", "net.a.weight"]);
    for (name, number) in [("net.a.weight", 3.0), ("list.0", 4.0), ("7", 5.0)] {
        assert_eq!(numbers(&bytes, name), [number]);
    }
}

#[test]
fn what_a_pickle_calls_is_never_run_and_named_where_nothing_else_is_there() {
    let command = |pickle: Pickle| pickle.global("posix", "system").raw(b"(").text("touch run").raw(b"tR");
    let beside = command(
        Pickle::new()
            .raw(b"}(")
            .text("w")
            .tensor("FloatStorage", "0", 2, &[], &[])
            .text("note"),
    );
    assert_eq!(numbers(&saved(&beside.raw(b"u").end(), &twelve()), "w"), [2.0]);
    let alone = command(Pickle::new()).end();
    for bytes in [saved(&alone, &twelve()), alone] {
        let said = refusal(&bytes);
        assert!(
            said.contains("`posix.system`") && said.contains("state_dict()"),
            "{said}"
        );
    }
    // torch.save(model, PATH): an object of the network's class, with its tensors in its state.
    let module = Pickle::new()
        .global("torchvision.models.resnet", "ResNet")
        .raw(b")\x81}(")
        .text("w")
        .tensor("FloatStorage", "0", 0, &[1], &[1])
        .raw(b"ub")
        .end();
    let said = refusal(&saved(&module, &twelve()));
    assert!(
        said.contains("`torchvision.models.resnet.ResNet`") && said.contains("state_dict()"),
        "{said}"
    );
    assert!(!std::path::Path::new("run").exists());
}

#[test]
fn a_tensor_that_its_storage_does_not_hold_is_refused() {
    for (offset, shape, strides, words) in [
        (0, &[13][..], &[1][..], "lead beyond the 12 numbers"),
        (11, &[2], &[1], "lead beyond"),
        (0, &[2, 2], &[i32::MAX, i32::MAX], "lead beyond"),
        (-1, &[1], &[1], "begins at number -1"),
        (0, &[-1], &[1], "not whole numbers"),
        (0, &[2], &[1, 1], "has strides"),
        // One number, expanded to 2³¹ and to more than can be counted.
        (0, &[i32::MAX], &[0], "far more numbers than a file"),
        (
            0,
            &[i32::MAX, i32::MAX, i32::MAX],
            &[0, 0, 0],
            "far more numbers than a file",
        ),
    ] {
        let pickle = Pickle::new()
            .raw(b"}(")
            .text("w")
            .tensor("FloatStorage", "0", offset, shape, strides)
            .raw(b"u")
            .end();
        let said = refusal(&saved(&pickle, &twelve()));
        assert!(said.contains(words), "{shape:?}: {said}");
    }
    let pickle = Pickle::new()
        .raw(b"}(")
        .text("w")
        .tensor("FloatStorage", "1", 0, &[1], &[1])
        .raw(b"u")
        .end();
    let said = refusal(&saved(&pickle, &twelve()));
    assert!(said.contains("its storage `net/data/1` is missing"), "{said}");
}

#[test]
fn what_grows_without_end_is_refused() {
    // A list in itself; each list twice in the next, 40 times over; a million values; a name as long as the file.
    let itself = Pickle::new().raw(b"]q\0h\0a").end();
    let mut doubled = Pickle::new().raw(b"]q\0");
    for _ in 0..40 {
        doubled = doubled.raw(b"](h\0h\0eq\0");
    }
    let many = Pickle::new().raw(b"](").raw(&b"N".repeat(300_000)).raw(b"e").end();
    let mut lots = Pickle::new().raw(b"]");
    for _ in 0..20 {
        lots = lots.raw(b"(").raw(&b"N".repeat(100_000)).raw(b"e");
    }
    let named = Pickle::new()
        .raw(b"}(")
        .text(&"n".repeat(100_000))
        .tensor("FloatStorage", "0", 0, &[1], &[1])
        .raw(b"u")
        .end();
    for pickle in [itself, doubled.end(), many, lots.end(), named] {
        let start = std::time::Instant::now();
        let said = refusal(&saved(&pickle, &twelve()));
        assert!(said.len() < 1000, "{said}");
        assert!(start.elapsed().as_secs() < 2, "{said}: {:?}", start.elapsed());
    }
}

#[test]
fn an_archive_that_lies_is_refused() {
    let pickle = Pickle::new()
        .raw(b"}(")
        .text("w")
        .tensor("FloatStorage", "0", 0, &[12], &[1])
        .raw(b"u")
        .end();
    let sound = saved(&pickle, &twelve());
    assert_eq!(numbers(&sound, "w")[11], 11.0);
    let place = |what: &[u8]| {
        sound
            .windows(what.len())
            .rposition(|window| window == what)
            .expect("it is there")
    };
    let list = sound
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .expect("a list");
    let end = place(b"PK\x05\x06");
    for (places, bytes, words) in [
        // The storage's last byte, its size in the list, its method; where the list begins, and where a file does.
        (&[place(&11_f32.to_le_bytes()) + 3][..], &[0x42][..], "checksum"),
        (&[list + 20], &[0xFF; 3], "does not fit"),
        (&[list + 10], &[8], "does not fit"),
        // Said by the list and by the file itself.
        (&[list + 10, 8], &[8], "compressed"),
        (&[list + 8], &[1], "encrypted"),
        (&[list + 42], &[9], "does not fit"),
        (&[end + 16], &[0xFF; 4], "the list at the end"),
        (&[end + 16], &[0xF0, 0xFF, 0xFF, 0x7F], "the list at the end"),
    ] {
        let mut spoilt = sound.clone();
        for &at in places {
            spoilt[at..at + bytes.len()].copy_from_slice(bytes);
        }
        let said = refusal(&spoilt);
        assert!(said.contains(words), "{places:?}: {said}");
    }
    // One file of 40 kB, listed a thousand times under a thousand names.
    let names: Vec<String> = (0..1000).map(|at| format!("net/data/{at:04}")).collect();
    let content = vec![7; 40_000];
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &content[..1])).collect();
    let mut shared = zip(&files);
    let list = shared
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .expect("a list");
    let mut at = list;
    while shared[at..].starts_with(b"PK\x01\x02") {
        shared[at + 20..at + 24].copy_from_slice(&40_000_u32.to_le_bytes());
        shared[at + 42..at + 46].copy_from_slice(&0_u32.to_le_bytes());
        at += 46 + names[0].len();
    }
    assert!(refusal(&shared).contains("does not fit"));
}

#[test]
fn other_archives_are_named() {
    for (name, words) in [
        ("net/constants.pkl", "TorchScript archive"),
        ("net/other", "a ZIP archive: unpack it first"),
        ("net/byteorder", "big-endian"),
    ] {
        let pickle = if name == "net/other" {
            "net/readme"
        } else {
            "net/data.pkl"
        };
        let said = refusal(&zip(&[(pickle, &Pickle::new().raw(b"}").end()), (name, b"big")]));
        assert!(said.contains(words), "{said}");
    }
    assert!(refusal(b"").contains("an empty file"));
    assert!(refusal(b"\x80\x02\xff").contains("instruction 0xff"));
}

#[test]
fn weights_of_another_network_say_what_is_there_and_what_is_known() {
    let pickle = Pickle::new()
        .raw(b"}(")
        .text("blocks.0.attn.qkv.weight")
        .tensor("FloatStorage", "0", 0, &[1], &[1])
        .raw(b"u")
        .end();
    let error = read(&saved(&pickle, &twelve()), &Options::default()).expect_err("a transformer");
    let said = error.message();
    assert!(
        said.contains("`blocks.0.attn.qkv.weight`") && said.contains("ResNet-18") && said.contains("ONNX"),
        "{said}"
    );
}

/// 200 tensors of a million numbers in one storage: each is read when it is asked for, and their checksum is computed once.
#[test]
fn many_tensors_in_one_storage_take_no_time_before_they_are_read() {
    let mut pickle = Pickle::new().raw(b"}(");
    for at in 0..200 {
        pickle = pickle
            .text(&format!("w{at}"))
            .tensor("FloatStorage", "0", 0, &[1000, 1000], &[1000, 1]);
    }
    let bytes = saved(&pickle.raw(b"u").end(), &vec![0; 4_000_000]);
    let start = std::time::Instant::now();
    for at in 0..20 {
        assert_eq!(numbers(&bytes, &format!("w{at}")).len(), 1_000_000);
    }
    assert!(refusal(&bytes).contains("far more numbers"));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}
