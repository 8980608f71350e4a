//! The network that a command works on: a model file, or an ONNX file or a checkpoint that is converted in memory.

use std::path::{Path, PathBuf};

use clap::Args;
use relume::{Backend, Model, Network, Result};

use crate::convert::{Import, with_classes};
use crate::{files, output};

/// Arguments that name a network.
#[derive(Args)]
pub(crate) struct NetworkFile {
    /// The model file, an ONNX file, or PyTorch weights of one of torchvision's networks.
    #[arg(value_name = "MODEL")]
    path: PathBuf,
    #[command(flatten)]
    import: Import,
    /// Names for the classes: a text file, one a line, in the order of the network's outputs; or `imagenet` for ImageNet's 1000 classes.
    #[arg(long, value_name = "FILE|imagenet")]
    classes: Option<PathBuf>,
}

impl NetworkFile {
    /// The files that are read.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Path> {
        [Some(self.path.as_path()), self.classes.as_deref()]
            .into_iter()
            .flatten()
    }

    /// The network, for pictures: of an ONNX file it has to be said how those were normalised.
    pub(crate) fn load(&self, backend: Backend) -> Result<Network> {
        self.within_budget(self.read(backend, false)?)
    }

    /// The model itself, for pictures.
    pub(crate) fn model(&self) -> Result<Model> {
        self.read_model(false)
    }

    /// The network, for whoever gives it no pictures.
    pub(crate) fn load_without_pictures(&self, backend: Backend) -> Result<Network> {
        self.within_budget(self.read(backend, true)?)
    }

    /// The network, for whoever does not run it, however much a pass takes.
    pub(crate) fn load_to_look_at(&self, backend: Backend) -> Result<Network> {
        self.read(backend, true)
    }

    fn read(&self, backend: Backend, normalised: bool) -> Result<Network> {
        Network::new(self.read_model(normalised)?, &backend.device()?)
    }

    fn within_budget(&self, network: Network) -> Result<Network> {
        self.import
            .run_limit
            .check(&network)
            .map_err(files::within(&self.path))?;
        Ok(network)
    }

    fn read_model(&self, normalised: bool) -> Result<Model> {
        let bytes = files::read(&self.path)?;
        let model = if relume_onnx::is_onnx(&bytes) {
            if normalised && !self.import.normalises() {
                output::note(&format!(
                    "relume: {}: the file does not say how pictures are normalised; give --preset, or what is said of its input is a guess",
                    self.path.display()
                ));
            }
            self.import.onnx(&self.path, &bytes, normalised)?
        } else if relume_checkpoint::is_checkpoint(&bytes) {
            let model = self.import.checkpoint(&self.path, &bytes, None, normalised);
            model.map_err(files::within(&self.path))?
        } else {
            self.import.refuse_for(&self.path)?;
            Model::read(&bytes).map_err(files::within(&self.path))?
        };
        match &self.classes {
            Some(file) => with_classes(model, file),
            None => Ok(model),
        }
    }
}
