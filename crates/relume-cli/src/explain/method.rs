//! How a map is made, with the options of each method.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use relume::safetensors::Array;
use relume::{
    AttributionMap, Baseline, Completeness, GradCam, GradCamOptions, IntegratedGradients, Interpolation, Lrp, Method,
    Occlusion, Quadrature, Refining, ReluRule, Result, Rise, SmoothGrad, Target, Trace,
};

use super::invalid_option;
use crate::network_input;

/// All methods.
const METHODS: [Method; 11] = [
    Method::Rule(ReluRule::Backprop),
    Method::Rule(ReluRule::Deconvnet),
    Method::Rule(ReluRule::Guided),
    Method::InputXGradient,
    Method::Lrp,
    Method::IntegratedGradients,
    Method::SmoothGrad,
    Method::GradCam,
    Method::GuidedGradCam,
    Method::Occlusion,
    Method::Rise,
];

/// How a map is made.
#[derive(Args)]
pub(crate) struct MethodArgs {
    /// How the map is made: by one backward pass and a rule at every ReLU (backprop, deconvnet, guided), or by one of the others, whose
    /// options are below.
    #[arg(long, default_value = "guided", value_name = "METHOD", value_parser = method())]
    pub(crate) method: Method,
    /// lrp: ε, added to the magnitude of each number that relevance is divided by; 1e-9 by default.
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    epsilon: Option<f32>,
    /// integrated-gradients: the number of points between the baseline and the picture at which the gradient is taken; 64 by default.
    #[arg(long, value_name = "N")]
    steps: Option<usize>,
    /// integrated-gradients: how these points are chosen; gauss-legendre by default.
    #[arg(long, value_enum)]
    quadrature: Option<QuadratureArg>,
    /// integrated-gradients: `zero` by default, `blur` for the picture blurred, or a safetensors file whose tensor `input`, [1, 3, H, W], is already normalised. occlusion: the
    /// normalised number that covers a window; 0 by default.
    #[arg(long, value_name = "zero|blur|FILE|NUMBER", allow_hyphen_values = true)]
    baseline: Option<String>,
    /// smoothgrad: the rule of each map; backprop by default.
    #[arg(long)]
    rule: Option<ReluRule>,
    /// smoothgrad: over how many noisy pictures the mean is taken; 50 by default.
    #[arg(long, value_name = "N", conflicts_with = "noise")]
    samples: Option<usize>,
    /// smoothgrad: the noise's standard deviation, as a share of the normalised picture's range; 0.15 by default.
    #[arg(long, value_name = "SHARE", conflicts_with = "noise", allow_hyphen_values = true)]
    sigma: Option<f32>,
    /// smoothgrad, rise: the seed of the noise or of the masks; 1 by default.
    #[arg(long, conflicts_with = "noise")]
    seed: Option<u64>,
    /// smoothgrad: the mean of the maps' squares (SmoothGrad²) instead of the maps.
    #[arg(long)]
    squared: bool,
    /// smoothgrad: a safetensors file whose tensor `noise`, [N, 3, H, W], is added to the normalised picture as it is.
    #[arg(long, value_name = "FILE")]
    noise: Option<PathBuf>,
    /// grad-cam, guided-grad-cam: the layer; by default the last one that still has rows and columns and whose channels are not the classes.
    #[arg(long)]
    layer: Option<String>,
    /// grad-cam, guided-grad-cam: how the layer's map comes to the picture's size; bilinear by default.
    #[arg(long, value_name = "INTERPOLATION", value_parser = interpolation())]
    interpolation: Option<Interpolation>,
    /// grad-cam: keep negative numbers instead of making them 0.
    #[arg(long)]
    no_rectify: bool,
    /// occlusion: rows and columns of the window, or one number for both; 8 by default.
    #[arg(long, value_name = "HEIGHT[,WIDTH]", value_delimiter = ',', num_args = 1)]
    window: Vec<usize>,
    /// occlusion: the steps from one window to the next, down and across, or one number for both; 8 by default, or the window where it is smaller.
    #[arg(long, value_name = "DOWN[,ACROSS]", value_delimiter = ',', num_args = 1)]
    stride: Vec<usize>,
    /// rise: the number of random masks; 4000 by default.
    #[arg(long, value_name = "N")]
    masks: Option<usize>,
    /// rise: the cells of a mask down and across; 7 by default.
    #[arg(long, value_name = "N")]
    cells: Option<usize>,
    /// rise: the probability that a cell is kept; 0.5 by default.
    #[arg(long, value_name = "PROBABILITY", allow_hyphen_values = true)]
    keep: Option<f32>,
    /// rise: weight each mask by the target's value instead of by its class's probability.
    #[arg(long)]
    logit: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum QuadratureArg {
    GaussLegendre,
    Middle,
}

/// A map, and what else a method says.
pub(crate) struct Made {
    pub(crate) map: AttributionMap,
    /// Grad-CAM's map at the layer's size.
    pub(crate) cam: Option<Array>,
    pub(crate) completeness: Option<Completeness>,
}

impl From<AttributionMap> for Made {
    fn from(map: AttributionMap) -> Self {
        Self {
            map,
            cam: None,
            completeness: None,
        }
    }
}

/// Parses a method's name.
pub(crate) fn method() -> impl TypedValueParser<Value = Method> {
    PossibleValuesParser::new(METHODS.map(Method::name)).try_map(|name| {
        let found = METHODS.into_iter().find(|method| method.name() == name);
        found.ok_or_else(|| invalid_option(format!("there is no method `{name}`")))
    })
}

fn interpolation() -> impl TypedValueParser<Value = Interpolation> {
    PossibleValuesParser::new(Interpolation::ALL.map(Interpolation::name)).try_map(|name| name.parse())
}

impl MethodArgs {
    /// A method with its default options.
    pub(crate) const fn with_defaults(method: Method) -> Self {
        Self {
            method,
            epsilon: None,
            steps: None,
            quadrature: None,
            baseline: None,
            rule: None,
            samples: None,
            sigma: None,
            seed: None,
            squared: false,
            noise: None,
            layer: None,
            interpolation: None,
            no_rectify: false,
            window: Vec::new(),
            stride: Vec::new(),
            masks: None,
            cells: None,
            keep: None,
            logit: false,
        }
    }

    /// Refuses options of other methods, which would be left out without a word.
    pub(crate) fn check(&self) -> Result<()> {
        let integrated = self.method == Method::IntegratedGradients;
        let occlusion = self.method == Method::Occlusion;
        let smooth = self.method == Method::SmoothGrad;
        let rise = self.method == Method::Rise;
        let cam = matches!(self.method, Method::GradCam | Method::GuidedGradCam);
        for (option, given, fits) in [
            ("--epsilon", self.epsilon.is_some(), self.method == Method::Lrp),
            ("--steps", self.steps.is_some(), integrated),
            ("--quadrature", self.quadrature.is_some(), integrated),
            ("--baseline", self.baseline.is_some(), integrated || occlusion),
            ("--rule", self.rule.is_some(), smooth),
            ("--samples", self.samples.is_some(), smooth),
            ("--sigma", self.sigma.is_some(), smooth),
            ("--seed", self.seed.is_some(), smooth || rise),
            ("--squared", self.squared, smooth),
            ("--noise", self.noise.is_some(), smooth),
            ("--layer", self.layer.is_some(), cam),
            ("--interpolation", self.interpolation.is_some(), cam),
            ("--no-rectify", self.no_rectify, self.method == Method::GradCam),
            ("--window", !self.window.is_empty(), occlusion),
            ("--stride", !self.stride.is_empty(), occlusion),
            ("--masks", self.masks.is_some(), rise),
            ("--cells", self.cells.is_some(), rise),
            ("--keep", self.keep.is_some(), rise),
            ("--logit", self.logit, rise),
        ] {
            if given && !fits {
                return Err(invalid_option(format!(
                    "{option} is not an option of --method {}",
                    self.method
                )));
            }
        }
        Ok(())
    }

    /// The files that are read.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Path> {
        // What is a number, or `zero`, names no file; should there be one of that name, it is not written over either.
        let baseline = self.baseline.as_deref().map(Path::new);
        [baseline, self.noise.as_deref()].into_iter().flatten()
    }

    /// Refuses, before all passes are made, options that this network cannot take.
    pub(crate) fn try_on(&self, trace: &Trace, target: &Target) -> Result<()> {
        match self.method {
            Method::IntegratedGradients | Method::SmoothGrad | Method::Occlusion | Method::Rise => {
                trace.refine(target, self.refining(trace)?).map(|_| ())
            }
            _ => self.make(trace, target, &mut |_, _| ()).map(|_| ()),
        }
    }

    /// The map of `target` in this run. A method of many steps says after each how many are done, and how many there are.
    pub(crate) fn make(&self, trace: &Trace, target: &Target, on_step: &mut dyn FnMut(usize, usize)) -> Result<Made> {
        let layer = |trace| match self.layer.as_deref() {
            Some(layer) => Ok(layer),
            None => Trace::grad_cam_layer(trace, target),
        };
        match self.method {
            Method::Rule(rule) => Ok(Made::from(trace.backward(target, rule)?.read()?)),
            Method::InputXGradient => Ok(Made::from(trace.input_x_gradient(target)?)),
            Method::Lrp => Ok(Made::from(trace.lrp(target, self.lrp())?)),
            Method::GuidedGradCam => {
                let GradCamOptions { interpolation, .. } = self.grad_cam();
                Ok(Made::from(trace.guided_grad_cam(
                    target,
                    layer(trace)?,
                    interpolation,
                )?))
            }
            Method::GradCam => {
                let GradCam { map, cam, cam_shape } = trace.grad_cam(target, layer(trace)?, &self.grad_cam())?;
                Ok(Made {
                    cam: Some(Array {
                        shape: cam_shape.to_vec(),
                        data: cam,
                    }),
                    ..Made::from(map)
                })
            }
            Method::IntegratedGradients | Method::SmoothGrad | Method::Occlusion | Method::Rise => {
                let mut refinement = trace.refine(target, self.refining(trace)?)?;
                while refinement.step()? {
                    on_step(refinement.done(), refinement.steps());
                }
                Ok(Made {
                    completeness: refinement.completeness()?,
                    ..Made::from(refinement.map()?)
                })
            }
        }
    }

    fn refining(&self, trace: &Trace) -> Result<Refining> {
        match self.method {
            Method::SmoothGrad => self.smoothgrad(trace).map(Refining::SmoothGrad),
            Method::Occlusion => self.occlusion().map(Refining::Occlusion),
            Method::Rise => Ok(Refining::Rise(self.rise())),
            _ => self.integrated_gradients(trace).map(Refining::IntegratedGradients),
        }
    }

    fn lrp(&self) -> Lrp {
        let usual = Lrp::default();
        Lrp {
            epsilon: self.epsilon.unwrap_or(usual.epsilon),
        }
    }

    fn grad_cam(&self) -> GradCamOptions {
        GradCamOptions {
            interpolation: self.interpolation.unwrap_or_default(),
            rectify: !self.no_rectify,
        }
    }

    fn integrated_gradients(&self, trace: &Trace) -> Result<IntegratedGradients> {
        let usual = IntegratedGradients::default();
        Ok(IntegratedGradients {
            steps: self.steps.unwrap_or(usual.steps),
            quadrature: match self.quadrature {
                Some(QuadratureArg::Middle) => Quadrature::Middle,
                Some(QuadratureArg::GaussLegendre) | None => usual.quadrature,
            },
            baseline: match self.baseline.as_deref() {
                None | Some("zero") => Baseline::Zero,
                Some("blur") => Baseline::Blur,
                Some(path) => {
                    let shape = trace.picture().dims();
                    Baseline::Picture(network_input::tensor(Path::new(path), "input", |_| shape)?)
                }
            },
        })
    }

    fn smoothgrad(&self, trace: &Trace) -> Result<SmoothGrad> {
        let usual = SmoothGrad::default();
        let [_, channels, height, width] = trace.picture().dims();
        let wanted = |shape: &[usize]| [shape.first().copied().unwrap_or(0), channels, height, width];
        let noise = self
            .noise
            .as_ref()
            .map(|path| network_input::tensor(path, "noise", wanted));
        Ok(SmoothGrad {
            rule: self.rule.unwrap_or(usual.rule),
            samples: self.samples.unwrap_or(usual.samples),
            sigma: self.sigma.unwrap_or(usual.sigma),
            seed: self.seed.unwrap_or(usual.seed),
            squared: self.squared,
            noise: noise.transpose()?,
        })
    }

    fn occlusion(&self) -> Result<Occlusion> {
        let usual = Occlusion::default();
        let baseline = self.baseline.as_deref().map(str::parse).transpose();
        let window = pair("--window", &self.window)?;
        Ok(Occlusion {
            window: window.unwrap_or(usual.window),
            stride: pair("--stride", &self.stride)?,
            baseline: baseline
                .map_err(|_| invalid_option("--baseline of --method occlusion is a number, such as 0".to_owned()))?
                .unwrap_or(usual.baseline),
        })
    }

    fn rise(&self) -> Rise {
        let usual = Rise::default();
        Rise {
            masks: self.masks.unwrap_or(usual.masks),
            cells: self.cells.unwrap_or(usual.cells),
            keep: self.keep.unwrap_or(usual.keep),
            seed: self.seed.unwrap_or(usual.seed),
            logit: self.logit,
        }
    }
}

fn pair(option: &str, given: &[usize]) -> Result<Option<[usize; 2]>> {
    match *given {
        [] => Ok(None),
        [both] => Ok(Some([both, both])),
        [down, across] => Ok(Some([down, across])),
        _ => Err(invalid_option(format!(
            "{option} takes one number or two, such as 8 or 8,16, not {}",
            given.len()
        ))),
    }
}
