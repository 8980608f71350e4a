//! Pickles by hand.
#![allow(dead_code, reason = "each test uses some")]

mod zip;

pub(crate) use zip::zip;

/// A pickle of protocol 2.
pub(crate) struct Pickle(Vec<u8>);

impl Pickle {
    pub(crate) fn new() -> Self {
        Self(vec![0x80, 2])
    }

    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn text(self, text: &str) -> Self {
        let length = u32::try_from(text.len()).expect("short");
        self.raw(b"X").raw(&length.to_le_bytes()).raw(text.as_bytes())
    }

    pub(crate) fn global(self, module: &str, name: &str) -> Self {
        self.raw(format!("c{module}\n{name}\n").as_bytes())
    }

    pub(crate) fn int(self, number: i32) -> Self {
        self.raw(b"J").raw(&number.to_le_bytes())
    }

    /// A tuple of integers.
    pub(crate) fn ints(self, numbers: &[i32]) -> Self {
        let values = numbers
            .iter()
            .fold(self.raw(b"("), |pickle, &number| pickle.int(number));
        values.raw(b"t")
    }

    /// `_rebuild_tensor_v2` of the storage `key`.
    pub(crate) fn tensor(self, class: &str, key: &str, offset: i32, shape: &[i32], strides: &[i32]) -> Self {
        self.global("torch._utils", "_rebuild_tensor_v2")
            .raw(b"((")
            .text("storage")
            .global("torch", class)
            .text(key)
            .text("cpu")
            .int(1)
            .raw(b"tQ")
            .int(offset)
            .ints(shape)
            .ints(strides)
            .raw(b"\x89")
            .global("collections", "OrderedDict")
            .raw(b")RtR")
    }

    pub(crate) fn end(self) -> Vec<u8> {
        self.raw(b".").0
    }
}

/// What `torch.save` writes for this pickle, with one storage of bytes.
pub(crate) fn saved(pickle: &[u8], storage: &[u8]) -> Vec<u8> {
    zip(&[
        ("net/data.pkl", pickle),
        ("net/byteorder", b"little"),
        ("net/data/0", storage),
        ("net/version", b"3\n"),
    ])
}
