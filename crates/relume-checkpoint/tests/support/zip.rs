//! ZIP archives by hand.

/// A ZIP archive of stored files, with the right checksums.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut list) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let start = u32::try_from(bytes.len()).expect("small").to_le_bytes();
        let size = u32::try_from(content.len()).expect("small").to_le_bytes();
        let length = u16::try_from(name.len()).expect("short").to_le_bytes();
        let sizes = [&crc(content).to_le_bytes()[..], &size, &size, &length].concat();
        bytes.extend([b"PK\x03\x04", &[0; 10][..], &sizes, &[0; 2], name.as_bytes(), content].concat());
        list.extend([b"PK\x01\x02", &[0; 12][..], &sizes, &[0; 12], &start, name.as_bytes()].concat());
    }
    let start = u32::try_from(bytes.len()).expect("small").to_le_bytes();
    let length = u32::try_from(list.len()).expect("small").to_le_bytes();
    bytes.extend(list);
    bytes.extend([b"PK\x05\x06", &[0; 8][..], &length, &start, &[0; 2]].concat());
    bytes
}

/// CRC-32, a bit at a time.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, &byte: &u8| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            let poly = if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
            crc >> 1 ^ poly
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}
