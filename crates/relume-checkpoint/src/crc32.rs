//! The checksum of ZIP archives: CRC-32 with the reversed polynomial 0xEDB88320 (ISO 3309).

/// The checksums of a byte followed by 0 to 7 zero bytes, so that eight bytes are taken at once. Computed when they are needed: as
/// data they would be a quarter of the reader's size in a browser.
pub(crate) struct Crc32 {
    tables: Box<[[u32; 256]; 8]>,
}

impl Crc32 {
    pub(crate) fn new() -> Self {
        let mut tables = Box::new([[0; 256]; 8]);
        let mut before = [0; 256];
        for (byte, checksum) in (0..).zip(&mut before) {
            *checksum = (0..8).fold(byte, |rest: u32, _| {
                if rest & 1 == 1 {
                    rest >> 1 ^ 0xEDB8_8320
                } else {
                    rest >> 1
                }
            });
        }
        let first = before;
        for table in tables.iter_mut() {
            *table = before;
            for checksum in &mut before {
                *checksum = *checksum >> 8 ^ entry(&first, *checksum);
            }
        }
        Self { tables }
    }

    /// The checksum of `bytes`.
    pub(crate) fn of(&self, bytes: &[u8]) -> u32 {
        let [t0, t1, t2, t3, t4, t5, t6, t7] = &*self.tables;
        let (eights, rest) = bytes.as_chunks::<8>();
        let mut crc = u32::MAX;
        for &[a, b, c, d, e, f, g, h] in eights {
            let low = crc ^ u32::from_le_bytes([a, b, c, d]);
            let high = u32::from_le_bytes([e, f, g, h]);
            crc = entry(t7, low)
                ^ entry(t6, low >> 8)
                ^ entry(t5, low >> 16)
                ^ entry(t4, low >> 24)
                ^ entry(t3, high)
                ^ entry(t2, high >> 8)
                ^ entry(t1, high >> 16)
                ^ entry(t0, high >> 24);
        }
        for &byte in rest {
            crc = crc >> 8 ^ entry(t0, crc ^ u32::from(byte));
        }
        !crc
    }
}

/// The entry for the lowest byte of `number`.
fn entry(table: &[u32; 256], number: u32) -> u32 {
    table.get((number & 0xFF) as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Crc32;

    /// The check value of the standard's catalogue.
    #[test]
    fn known_checksums() {
        let crc = Crc32::new();
        assert_eq!(crc.of(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc.of(b""), 0);
        assert_eq!(crc.of(b"The quick brown fox jumps over the lazy dog"), 0x414F_A339);
    }
}
