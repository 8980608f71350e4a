//! A file of weights: its tensors by name, and their numbers when they are asked for.

use std::collections::{BTreeMap, HashMap};

use relume::Result;
use relume::safetensors::{Archive, Array};

use crate::error::{SAVE_WEIGHTS, damaged, invalid, quoted, some_of};
use crate::flatten::{self, Found};
use crate::legacy;
use crate::number::{Number, Places};
use crate::pickle::{self, MAX_AXES, Machine, Value};
use crate::zip::Zip;

/// How many numbers may be read from a file of so many bytes. A tensor that is expanded from one number is as large as it says,
/// however small its file is; numbers of 16 bits are two bytes each.
const fn room(bytes: usize) -> usize {
    (bytes / 2).saturating_add(1 << 22)
}

/// The floating-point tensors of a checkpoint, by the names that the file gives them: `conv1.weight`, or `state_dict.conv1.weight`
/// where they lie in a dictionary. None of them is read before it is asked for: an optimiser's state among them may be as large as
/// the weights. Integers, such as counters of training steps, are left out.
pub struct Checkpoint<'a> {
    tensors: BTreeMap<String, Tensor<'a>>,
    files: Files<'a>,
    /// The size of the file.
    bytes: usize,
}

/// Where the numbers lie.
enum Files<'a> {
    Zip(Zip<'a>),
    Legacy,
    Safetensors(Archive<'a>),
}

/// A tensor that is not read yet.
struct Tensor<'a> {
    shape: Vec<usize>,
    /// How many bytes of its name are that of its dictionary.
    dictionary: usize,
    /// Where it lies; `None` in a safetensors file, which knows.
    stored: Option<Stored<'a>>,
}

struct Stored<'a> {
    number: Number,
    /// The storage's file in a ZIP archive, or its key in an old file.
    name: String,
    storage: Option<&'a [u8]>,
    offset: usize,
    strides: Vec<usize>,
}

/// Whether these are bytes as `torch.save` writes them: a ZIP archive, but not NumPy's, or a pickle.
pub(crate) fn is_torch(bytes: &[u8]) -> bool {
    // What a ZIP archive holds is told at its end, and by the reader.
    let start = bytes.get(..1024).unwrap_or(bytes);
    let zip = start.starts_with(b"PK\x03\x04") && !start.windows(4).any(|name| name == b".npy");
    // A safetensors file begins with a length, and then a brace.
    let pickle = matches!(bytes, [0x80, 2..=5, ..]) && bytes.get(8) != Some(&b'{');
    zip || pickle
}

impl<'a> Checkpoint<'a> {
    /// Reads which tensors there are: in a file that `torch.save` wrote, with any version of PyTorch since 0.2, or in a plain
    /// safetensors file. Nothing in the file is run.
    ///
    /// # Errors
    /// `invalid-model` for bytes that are neither, are damaged, hold a program (TorchScript) or a whole pickled module, or no
    /// floating-point tensors.
    pub fn open(bytes: &'a [u8]) -> Result<Self> {
        let (tensors, files) = if !is_torch(bytes) {
            plain(bytes)?
        } else if bytes.starts_with(b"PK") {
            zipped(bytes)?
        } else {
            let legacy::Legacy {
                root,
                machine,
                storages,
            } = legacy::open(bytes)?;
            let place = |key: &str| Ok((key.to_owned(), storages.get(key).copied()));
            (named(root, &machine, place)?, Files::Legacy)
        };
        Ok(Self {
            tensors,
            files,
            bytes: bytes.len(),
        })
    }

    /// The tensors' names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The dimensions of tensor `name`, in PyTorch's order.
    #[must_use]
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|tensor| tensor.shape.as_slice())
    }

    /// The name of the dictionary that tensor `name` lies in, with a dot after it; empty for the outermost.
    pub(crate) fn dictionary<'n>(&self, name: &'n str) -> &'n str {
        let length = self.tensors.get(name).map_or(0, |tensor| tensor.dictionary);
        name.get(..length).unwrap_or_default()
    }

    /// Reads tensors: `names` says what each is called in the file, by what it is called here.
    ///
    /// # Errors
    /// `invalid-model` if there is no such tensor, it lies beyond the end of its storage, the file is damaged there, or the tensors
    /// are together larger than the file can be meant to hold: more than half a number for each of its bytes, and four million.
    pub fn read(&self, names: &BTreeMap<String, &str>) -> Result<BTreeMap<String, Array>> {
        self.check_room(names.values().copied())?;
        names
            .iter()
            .map(|(name, theirs)| Ok((name.clone(), self.array(theirs)?)))
            .collect()
    }

    /// Refuses tensors that are together too large for their file.
    pub(crate) fn check_room<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Result<()> {
        let mut room = room(self.bytes);
        for name in names {
            let shape = self.shape(name).unwrap_or_default();
            let size = shape.iter().try_fold(1_usize, |size, &side| size.checked_mul(side));
            room = size.and_then(|size| room.checked_sub(size)).ok_or_else(|| {
                invalid(format!(
                    "up to tensor {} of shape {shape:?} the tensors hold far more numbers than a file of {} bytes stores",
                    quoted(name),
                    self.bytes
                ))
            })?;
        }
        Ok(())
    }

    /// The numbers of tensor `name`, whose size was checked.
    pub(crate) fn array(&self, name: &str) -> Result<Array> {
        let tensor = self
            .tensors
            .get(name)
            .ok_or_else(|| invalid(format!("there is no tensor {}", quoted(name))))?;
        let Some(stored) = &tensor.stored else {
            return match &self.files {
                Files::Safetensors(archive) => archive.array(name),
                Files::Zip(_) | Files::Legacy => Err(damaged(format!("tensor {} has no storage", quoted(name)))),
            };
        };
        let fault = |what: String| damaged(format!("tensor {}: {what}", quoted(name)));
        let storage = stored
            .storage
            .ok_or_else(|| fault(format!("its storage {} is missing", quoted(&stored.name))))?;
        if let Files::Zip(zip) = &self.files {
            zip.check(&stored.name)?;
        }
        let there = storage.len() / stored.number.bytes();
        let needed = end(stored.offset, &tensor.shape, &stored.strides);
        if needed.is_none_or(|needed| needed > there) {
            return Err(fault(format!(
                "shape {:?}, strides {:?} and offset {} lead beyond the {there} numbers of its storage",
                tensor.shape, stored.strides, stored.offset
            )));
        }
        let places = Places {
            offset: stored.offset,
            shape: &tensor.shape,
            strides: &stored.strides,
        };
        Ok(Array {
            shape: tensor.shape.clone(),
            data: stored.number.widen(storage, places),
        })
    }
}

/// How many numbers a storage needs for a tensor; `None` if they cannot be counted.
fn end(offset: usize, shape: &[usize], strides: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    let last = shape.iter().zip(strides).try_fold(offset, |last, (&size, &stride)| {
        last.checked_add((size - 1).checked_mul(stride)?)
    })?;
    last.checked_add(1)
}

/// The tensors of a plain safetensors file.
fn plain(bytes: &[u8]) -> Result<(BTreeMap<String, Tensor<'_>>, Files<'_>)> {
    let archive = Archive::parse(bytes)?;
    let floats = archive.names().filter(|name| archive.holds_floats(name));
    let mut tensors = BTreeMap::new();
    for name in floats {
        let shape = archive.shape(name).unwrap_or_default();
        if shape.len() > MAX_AXES {
            return Err(invalid(format!(
                "tensor {} has {} axes, {MAX_AXES} at most",
                quoted(name),
                shape.len()
            )));
        }
        let tensor = Tensor {
            shape: shape.to_vec(),
            dictionary: 0,
            stored: None,
        };
        tensors.insert(name.to_owned(), tensor);
    }
    if tensors.is_empty() {
        return Err(invalid("the file contains no floating-point tensors"));
    }
    Ok((tensors, Files::Safetensors(archive)))
}

/// The tensors of a ZIP archive.
fn zipped(bytes: &[u8]) -> Result<(BTreeMap<String, Tensor<'_>>, Files<'_>)> {
    let zip = Zip::open(bytes)?;
    // Everything lies in one folder, of any name.
    let pickle = zip
        .names()
        .filter(|name| name.strip_suffix("data.pkl").is_some_and(is_folder))
        .min();
    let Some(pickle) = pickle else {
        // Its error says what the archive is.
        return match Archive::parse(bytes) {
            Err(error) => Err(error),
            Ok(_) => Err(invalid(
                "the file is a ZIP archive that PyTorch has not written: unpack it first",
            )),
        };
    };
    let folder = pickle.strip_suffix("data.pkl").unwrap_or_default();
    if zip
        .names()
        .any(|name| name.strip_prefix(folder) == Some("constants.pkl"))
    {
        return Err(invalid(format!(
            "the file is a TorchScript archive, which holds a program; {SAVE_WEIGHTS}"
        )));
    }
    if zip.stored(&format!("{folder}byteorder"))? == Some(b"big") {
        return Err(invalid(
            "the file's numbers begin with their highest byte (big-endian), which relume does not read; save the weights \
             again on a machine that writes little-endian numbers",
        ));
    }
    let program = zip.stored(pickle)?.unwrap_or_default();
    zip.check(pickle)?;
    let (root, machine, _) = pickle::read(program)?;
    let place = |key: &str| {
        let name = format!("{folder}data/{key}");
        let storage = zip.stored(&name)?;
        Ok((name, storage))
    };
    let tensors = named(root, &machine, place)?;
    Ok((tensors, Files::Zip(zip)))
}

/// Nothing, or the name of one folder with a slash after it.
fn is_folder(name: &str) -> bool {
    name.is_empty() || name.find('/') == Some(name.len() - 1)
}

/// The floating-point tensors of a pickle; `place` gives the name and the bytes of a storage.
fn named<'a>(
    root: Value<'a>,
    machine: &Machine<'a>,
    place: impl Fn(&str) -> Result<(String, Option<&'a [u8]>)>,
) -> Result<BTreeMap<String, Tensor<'a>>> {
    if let Some(class) = machine.made_by(root) {
        return Err(invalid(format!(
            "the file holds an object of the class {}, whose program relume never runs; {SAVE_WEIGHTS}",
            quoted(&class)
        )));
    }
    let mut places = HashMap::new();
    let mut tensors = BTreeMap::new();
    for (name, Found { tensor, dictionary }) in flatten::tensors(root, machine)? {
        let Some(tensor) = machine.tensors.get(tensor as usize) else {
            continue;
        };
        let Some(storage) = machine.storages.get(tensor.storage as usize) else {
            continue;
        };
        if !storage.number.is_float() {
            continue;
        }
        let (file, bytes) = match places.get(storage.key) {
            Some(known) => known,
            None => &*places.entry(storage.key).or_insert(place(storage.key)?),
        };
        let offset = tensor.offset.checked_add(storage.view);
        let stored = Stored {
            number: storage.number,
            name: file.clone(),
            storage: *bytes,
            offset: offset.ok_or_else(|| damaged(format!("tensor {} begins nowhere", quoted(&name))))?,
            strides: tensor.strides.clone(),
        };
        let tensor = Tensor {
            shape: tensor.shape.clone(),
            dictionary,
            stored: Some(stored),
        };
        tensors.insert(name, tensor);
    }
    if tensors.is_empty() {
        let unknown: Vec<String> = machine.unknown().collect();
        let what = if unknown.is_empty() {
            String::new()
        } else {
            format!(
                ", only what {} make, which relume never runs",
                some_of(unknown.iter().map(String::as_str))
            )
        };
        return Err(invalid(format!(
            "the file contains no floating-point tensors{what}; {SAVE_WEIGHTS}"
        )));
    }
    Ok(tensors)
}
