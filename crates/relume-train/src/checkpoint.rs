//! What a stopped run needs to go on: written after every epoch, whole or not at all.
//!
//! `MODEL.checkpoint/0007/` holds the state after epoch 7: Burn's records of the network and the optimiser, and
//! `state.json` with everything else and their checksums. It is written under another name, synced to the disk, then
//! renamed; the one before it stays until the next is there. Burn's readers may panic on damaged records, so they are
//! only given records whose checksum is right.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use relume::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use crate::data::Pictures;
use crate::files::{self, fault, unreadable};
use crate::history::Epoch;
use crate::recipe::Recipe;
use crate::trainer::Trainer;

const NETWORK: &str = "network.burnpack";
const OPTIMIZER: &str = "optimizer.burnpack";
const STATE: &str = "state.json";

/// The name of the checkpoint after `epoch`.
fn folder_name(epoch: usize) -> String {
    format!("{epoch:04}")
}

/// What must be the same for a run to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    architecture: String,
    recipe: Recipe,
    seed: u64,
    /// How many training pictures there are.
    pictures: usize,
    /// Of their pixels and labels (CRC-32).
    checksum: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    run: Run,
    history: Vec<Epoch>,
    /// Checksums (CRC-32) of the two records.
    network: u32,
    optimizer: u32,
}

/// The folder of a run's checkpoints.
#[derive(Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    /// Held as long as this lives: two runs in one folder would overwrite each other's results.
    _lock: File,
}

impl Run {
    /// Training of `architecture` by `recipe` from `seed`, on `pictures`.
    #[must_use]
    pub fn new(architecture: &str, recipe: &Recipe, seed: u64, pictures: &Pictures) -> Self {
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&pictures.pixels);
        for label in &pictures.labels {
            checksum.update(&label.to_le_bytes());
        }
        Self {
            architecture: architecture.to_owned(),
            recipe: recipe.clone(),
            seed,
            pictures: pictures.labels.len(),
            checksum: checksum.finalize(),
        }
    }

    /// Says in what `other` differs.
    fn difference(&self, other: &Self) -> String {
        let mut differences = Vec::new();
        let mut compare = |what: &str, ours: String, theirs: String| {
            if ours != theirs {
                differences.push(format!("{what} {theirs} there, {ours} now"));
            }
        };
        let text = |recipe: &Recipe| format!("{recipe:?}");
        compare("architecture", self.architecture.clone(), other.architecture.clone());
        compare("recipe", text(&self.recipe), text(&other.recipe));
        compare("seed", self.seed.to_string(), other.seed.to_string());
        compare("pictures", self.pictures.to_string(), other.pictures.to_string());
        compare("their checksum", self.checksum.to_string(), other.checksum.to_string());
        differences.join("; ")
    }
}

impl Checkpoints {
    /// The folder beside the model, made if it is missing, so that a place that cannot be written is reported before
    /// any time is spent.
    ///
    /// # Errors
    /// `unreadable` if it cannot be written, or another run is writing there.
    pub fn beside(model: &Path) -> Result<Self> {
        let mut name = model.file_name().unwrap_or_default().to_owned();
        name.push(".checkpoint");
        let folder = model.with_file_name(name);
        fs::create_dir_all(&folder).map_err(unreadable(&folder, "cannot be made"))?;
        let unwritable = unreadable(&folder, "cannot be written");
        let lock = File::create(folder.join("lock")).map_err(&unwritable)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => fault(ErrorKind::Unreadable, &folder, "another run is writing here"),
            TryLockError::Error(error) => unwritable(error),
        })?;
        drop(unwritable);
        Ok(Self { folder, _lock: lock })
    }

    /// The folder they lie in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The newest epoch that is there.
    ///
    /// # Errors
    /// `unreadable` if the folder is.
    pub fn newest(&self) -> Result<Option<usize>> {
        let unreadable = unreadable(&self.folder, "cannot be read");
        let mut newest = None;
        for entry in fs::read_dir(&self.folder).map_err(&unreadable)? {
            let entry = entry.map_err(&unreadable)?;
            // Only folders with a name that this program gives.
            let name = entry.file_name();
            let epoch = name.to_str().and_then(|name| name.parse::<usize>().ok());
            if epoch.is_some_and(|epoch| *folder_name(epoch) == *name) && entry.path().is_dir() {
                newest = newest.max(epoch);
            }
        }
        Ok(newest)
    }

    /// Writes the state after `history`'s last epoch and removes those that are older than the one before.
    ///
    /// # Errors
    /// `unreadable` if it cannot be written; the checkpoint before it is still there.
    pub fn write(&self, trainer: &Trainer, run: &Run, history: &[Epoch]) -> Result<()> {
        let broken = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Internal, format!("a record: {error}"));
        let network = trainer.network.clone().into_record().into_bytes();
        let network = network.map_err(|error| broken(&error))?;
        let optimizer = trainer.optimizer.into_bytes().map_err(|error| broken(&error))?;
        let state = State {
            run: run.clone(),
            history: history.to_vec(),
            network: crc32fast::hash(&network),
            optimizer: crc32fast::hash(&optimizer),
        };
        let state = serde_json::to_vec_pretty(&state).map_err(|error| broken(&error))?;
        let epoch = history.len();
        let part = self.folder.join(format!("{}.part", folder_name(epoch)));
        let place = self.folder.join(folder_name(epoch));
        let write = || {
            let _ = fs::remove_dir_all(&part).or_else(|_| fs::remove_file(&part)); // left by a run that was stopped
            fs::create_dir(&part)?;
            for (name, bytes) in [(NETWORK, &*network), (OPTIMIZER, &*optimizer), (STATE, &*state)] {
                let mut file = File::create(part.join(name))?;
                file.write_all(bytes)?;
                file.sync_all()?;
            }
            fs::rename(&part, &place)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|error| {
            let _ = fs::remove_dir_all(&part);
            unreadable(&place, "cannot be written (the checkpoint before it is still there)")(error)
        })?;
        if epoch > 2 {
            // Of no use any more; a folder that cannot be removed does no harm.
            let _ = fs::remove_dir_all(self.folder.join(folder_name(epoch - 2)));
        }
        Ok(())
    }

    /// Puts the newest state into `trainer`; returns the epochs so far, none if there is no checkpoint.
    ///
    /// # Errors
    /// `invalid-option` if it belongs to another run than `run`, `invalid-model` if it is damaged.
    pub fn restore(&self, trainer: &mut Trainer, run: &Run) -> Result<Vec<Epoch>> {
        let Some(epoch) = self.newest()? else {
            return Ok(Vec::new());
        };
        let place = self.folder.join(folder_name(epoch));
        let damaged = |what: &str| {
            let advice = "Remove this folder to go on from the checkpoint before it, or to start over";
            fault(ErrorKind::InvalidModel, &place, format!("{what}. {advice}"))
        };
        let read = |name: &str| files::read(&place.join(name)).map_err(|error| damaged(error.message()));
        let state: State =
            serde_json::from_slice(&read(STATE)?).map_err(|error| damaged(&format!("{STATE}: {error}")))?;
        if state.run != *run {
            let (place, difference) = (place.display(), run.difference(&state.run));
            let what = format!(
                "{place} belongs to another run ({difference}); give the same settings, or another name for the model"
            );
            return Err(Error::new(ErrorKind::InvalidOption, what));
        }
        let in_order = state.history.iter().zip(1..).all(|(line, number)| line.epoch == number);
        if state.history.len() != epoch || epoch > run.recipe.epochs || !in_order {
            return Err(damaged(&format!("{STATE}: its epochs are not 1 to {epoch}")));
        }
        let whole = |name: &str, checksum: u32| {
            let bytes = read(name)?;
            if crc32fast::hash(&bytes) == checksum {
                Ok(Bytes::from_bytes_vec(bytes))
            } else {
                Err(damaged(&format!("{name} is damaged or cut off")))
            }
        };
        let record = ModuleRecord::from_bytes(whole(NETWORK, state.network)?)
            .map_err(|error| damaged(&format!("{NETWORK}: {error}")))?;
        let network = trainer
            .network
            .clone()
            .try_load_record(record)
            .map_err(|error| damaged(&format!("{NETWORK}: {error}")))?;
        trainer
            .restore(network, whole(OPTIMIZER, state.optimizer)?)
            .map_err(|error| damaged(&format!("{OPTIMIZER}: {error}")))?;
        Ok(state.history)
    }
}
