//! Large files of each format, by hand.

#[path = "../../../relume-checkpoint/tests/support/zip.rs"]
mod zip;

use zip::zip;

/// AlexNet as `torch.save` writes it, its 57 million weights in 16 bits and one storage.
pub(crate) fn alexnet_of_halves() -> Vec<u8> {
    let layers: [(&str, &[i32]); 8] = [
        ("features.0", &[64, 3, 11, 11]),
        ("features.3", &[192, 64, 5, 5]),
        ("features.6", &[384, 192, 3, 3]),
        ("features.8", &[256, 384, 3, 3]),
        ("features.10", &[256, 256, 3, 3]),
        ("classifier.1", &[4096, 9216]),
        ("classifier.4", &[4096, 4096]),
        ("classifier.6", &[10, 4096]),
    ];
    let mut pickle = b"\x80\x02}(".to_vec();
    let mut offset = 0;
    for (module, weight) in layers {
        for (part, shape) in [("weight", weight), ("bias", &weight[..1])] {
            text(&mut pickle, &format!("{module}.{part}"));
            offset += tensor(&mut pickle, offset, shape);
        }
    }
    pickle.extend(b"u.");
    let storage = vec![0x11; 2 * usize::try_from(offset).expect("positive")];
    zip(&[
        ("net/data.pkl", &pickle),
        ("net/byteorder", b"little"),
        ("net/data/0", &storage),
        ("net/version", b"3\n"),
    ])
}

fn text(pickle: &mut Vec<u8>, text: &str) {
    pickle.push(b'X');
    pickle.extend(u32::try_from(text.len()).expect("short").to_le_bytes());
    pickle.extend(text.as_bytes());
}

fn ints(pickle: &mut Vec<u8>, numbers: impl IntoIterator<Item = i32>) {
    pickle.push(b'(');
    for number in numbers {
        pickle.push(b'J');
        pickle.extend(number.to_le_bytes());
    }
    pickle.push(b't');
}

/// `_rebuild_tensor_v2` of storage 0 from `offset`; gives how many numbers it has.
fn tensor(pickle: &mut Vec<u8>, offset: i32, shape: &[i32]) -> i32 {
    pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
    text(pickle, "storage");
    pickle.extend(b"ctorch\nHalfStorage\n");
    text(pickle, "0");
    text(pickle, "cpu");
    pickle.push(b'J');
    pickle.extend(1_i32.to_le_bytes());
    pickle.extend(b"tQJ");
    pickle.extend(offset.to_le_bytes());
    ints(pickle, shape.iter().copied());
    ints(pickle, (0..shape.len()).map(|at| shape[at + 1..].iter().product()));
    pickle.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    shape.iter().product()
}

/// A field of a Protocol Buffers message that has a length.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2][..], &varint(bytes.len()), bytes].concat()
}

fn int(number: u8, value: usize) -> Vec<u8> {
    [vec![number << 3], varint(value)].concat()
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn node(operator: &str, inputs: &[&str], output: &str, attribute: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = inputs.iter().flat_map(|name| field(1, name.as_bytes())).collect();
    bytes.extend(
        [
            field(2, output.as_bytes()),
            field(4, operator.as_bytes()),
            attribute.to_vec(),
        ]
        .concat(),
    );
    field(1, &bytes)
}

fn declared(number: u8, name: &str, sides: &[usize]) -> Vec<u8> {
    let shape: Vec<u8> = sides.iter().flat_map(|&side| field(1, &int(1, side))).collect();
    let of = field(1, &[int(1, 1), field(2, &shape)].concat());
    field(number, &[field(1, name.as_bytes()), field(2, &of)].concat())
}

/// A linear classifier of 16 million weights in eight bits each, which the file brings to 32 bits once, and `copies` times more for
/// nothing.
pub(crate) fn int8_onnx(copies: usize) -> Vec<u8> {
    let (outputs, side) = (1000, 128);
    let weights = [
        int(1, outputs),
        int(1, side * side),
        int(2, 3),
        field(8, b"q"),
        field(9, &vec![3; outputs * side * side]),
    ]
    .concat();
    let scale = [int(2, 1), field(8, b"s"), field(9, &0.5_f32.to_le_bytes())].concat();
    let transposed = field(5, &[field(1, b"transB"), int(3, 1), vec![0xa0, 1, 2]].concat());
    let mut graph = node("DequantizeLinear", &["q", "s"], "w", &[]);
    for copy in 0..copies {
        graph.extend(node("DequantizeLinear", &["q", "s"], &format!("copy{copy}"), &[]));
    }
    graph.extend(node("Flatten", &["x"], "flat", &[]));
    graph.extend(node("Gemm", &["flat", "w"], "y", &transposed));
    graph.extend([field(5, &weights), field(5, &scale)].concat());
    graph.extend([declared(11, "x", &[1, 1, side, side]), declared(12, "y", &[])].concat());
    [int(1, 8), field(7, &graph), field(8, &int(2, 17))].concat()
}

/// A TIFF of black pixels of four 32-bit floats, by PackBits: two bytes for each 128.
pub(crate) fn float_tiff(side: u16, orientation: u16) -> Vec<u8> {
    let strip = [0x81, 0].repeat(16 * usize::from(side) * usize::from(side) / 128);
    let (long, short) = (4, 3);
    let tags = 13_u16;
    let after = 10 + 12 * u32::from(tags) + 4;
    let entries: [(u16, u16, u32, u32); 13] = [
        (256, short, 1, side.into()),
        (257, short, 1, side.into()),
        (258, short, 4, after),
        (259, short, 1, 32773),
        (262, short, 1, 2),
        (273, long, 1, after + 16),
        (274, short, 1, orientation.into()),
        (277, short, 1, 4),
        (278, short, 1, side.into()),
        (279, long, 1, u32::try_from(strip.len()).expect("small")),
        (284, short, 1, 1),
        (338, short, 1, 2),
        (339, short, 4, after + 8),
    ];
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend(tags.to_le_bytes());
    for (tag, kind, count, value) in entries {
        bytes.extend(
            [
                &tag.to_le_bytes()[..],
                &kind.to_le_bytes(),
                &count.to_le_bytes(),
                &value.to_le_bytes(),
            ]
            .concat(),
        );
    }
    bytes.extend([0; 4]);
    bytes.extend([32_u16, 32, 32, 32, 3, 3, 3, 3].into_iter().flat_map(u16::to_le_bytes));
    bytes.extend(strip);
    bytes
}
