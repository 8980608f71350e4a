//! The graph becomes layers, node by node, in the order of the file.

mod activation_functions;
mod arithmetic;
mod channels;
mod concat;
mod constant_folding;
mod constant_lists;
mod convolution;
mod ends;
mod erf;
mod graph;
mod linear;
mod normalisation;
mod padding;
mod per_channel;
mod pooling;
mod product;
mod quantisation;
mod reshape;
mod slice_limits;
mod softmax;
mod window;

use relume::model::ModelInfo;
use relume::picture::InputSpec;
use relume::{Error, Model, Result, printable};

use self::graph::Graph;
use crate::error::{invalid, invalid_at, shortened, unknown_operator, unsupported};
use crate::messages;
use crate::messages::Node;
use crate::value::Value;

/// The oldest and the newest operator set that is read.
const OPSETS: [i64; 2] = [7, 22];

/// So many numbers may be read for weights from any file, 48 MB.
const FREE_WEIGHTS: usize = 12 << 20;
/// So many from no file: no model file holds more.
const MOST_WEIGHTS: usize = 1 << 30;

/// What the file does not say.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The model's short name, in kebab-case.
    pub name: String,
    /// Its name as people write it.
    pub title: String,
    /// `[height, width]` of the pictures, for a file that leaves them open.
    pub size: Option<[usize; 2]>,
    /// Whether the weights may be far more than the file stores, as where it computes them by ConstantOfShape.
    pub allow_large: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "network".to_owned(),
            title: "Network".to_owned(),
            size: None,
            allow_large: false,
        }
    }
}

/// A network out of an ONNX file.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// The network: pixels from 0 to 1, classes named by their number (`class 0`, …), source and licence `unknown`.
    pub model: Model,
    /// What was read otherwise than it stands in the file, a sentence each.
    pub notes: Vec<String>,
}

/// Reads an ONNX file: a network that takes one picture, `[1, 3, H, W]` or `[1, 1, H, W]`, and gives a number for each class,
/// `[1, classes]` or `[1, classes, 1, 1]`. The batch is set to 1.
///
/// A layer is called what its node is called, with `:`, `@` and control characters as `_`, cut to 200 bytes, and with a number
/// (`_2`) where a name comes twice; a node without a name gives its operator.
///
/// # Errors
/// `invalid-model` for bytes that are no ONNX file, are damaged, or contradict themselves; `unsupported-operator` for an operator,
/// or a use of one, that no layer of relume computes, naming the node; `invalid-option` if the picture's size is open and
/// `options` do not give it, or give another than the file.
pub fn read(bytes: &[u8], options: &Options) -> Result<Import> {
    let file = messages::Model::parse(bytes)?;
    let mut parsed = file.graph.ok_or_else(without_graph)?;
    let [oldest, newest] = OPSETS;
    let opset = file.opset.unwrap_or(1);
    if !(oldest..=newest).contains(&opset) {
        return Err(unsupported(format!(
            "the file uses operator set {opset}, and relume reads {oldest} to {newest}: export with opset_version=18"
        )));
    }
    if parsed.has_sparse {
        return Err(unsupported(
            "the file holds sparse weights, which relume does not read: export them dense",
        ));
    }
    let mut graph = Graph::new(&mut parsed, opset, room(bytes, options))?;
    let input = ends::input(&mut graph, &parsed.inputs, options)?;
    for node in &parsed.nodes {
        graph.check_new(node)?;
        let values = layers(&mut graph, node)?;
        graph.define(node, values);
    }
    let (last, classes) = ends::output(&mut graph, &parsed.outputs)?;
    let notes = graph.notes().into_iter().map(printable).collect();
    let (layers, arrays) = graph.layers.into_parts(last);
    let channels = input[0];
    let info = ModelInfo {
        name: options.name.clone(),
        title: options.title.clone(),
        licence: "unknown".to_owned(),
        source: "unknown".to_owned(),
        input: InputSpec {
            shape: input,
            range: [0.0, 1.0],
            mean: vec![0.0; channels],
            std: vec![1.0; channels],
            crop: 1.0,
        },
        classes: (0..classes).map(|index| format!("class {index}")).collect(),
    };
    let model = Model::new(info, layers, arrays)?;
    Ok(Import { model, notes })
}

/// The `[height, width]` of the pictures that the network in an ONNX file takes; `None` for what the file leaves open, so that
/// [`Options::size`] has to say it.
///
/// # Errors
/// `invalid-model` for bytes that are no ONNX file, or a network that does not take one picture.
pub fn picture_size(bytes: &[u8]) -> Result<[Option<usize>; 2]> {
    let file = messages::Model::parse(bytes)?;
    let mut parsed = file.graph.ok_or_else(without_graph)?;
    let graph = Graph::new(&mut parsed, file.opset.unwrap_or(1), room(bytes, &Options::default()))?;
    ends::picture(&graph, &parsed.inputs).map(|picture| picture.size())
}

/// What the outputs of `node` are; those that are left out are not computed.
fn layers<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Vec<Value<'a>>> {
    if node.operator == "Split" && node.is_standard() && !node.outputs.is_empty() {
        return channels::split(graph, node);
    }
    layer(graph, node).map(|first| vec![first])
}

/// What the first output of `node` is.
fn layer<'a>(graph: &mut Graph<'a>, node: &Node<'a>) -> Result<Value<'a>> {
    if !node.is_standard() {
        return Err(unknown_operator(node));
    }
    if node.outputs.is_empty() {
        return Err(invalid_at(node, "it has no output"));
    }
    if let Some(constant) = constant_folding::fold(graph, node)? {
        return Ok(Value::Constant(constant));
    }
    if let Some(value) = erf::onwards(graph, node)? {
        return Ok(value);
    }
    Ok(Value::Activation(match node.operator {
        "Conv" => convolution::conv(graph, node)?,
        "Gemm" => linear::gemm(graph, node)?,
        "MatMul" => linear::matmul(graph, node)?,
        "BatchNormalization" => normalisation::batch_norm(graph, node)?,
        "Relu" | "Clip" | "LeakyRelu" | "PRelu" | "Sigmoid" | "HardSigmoid" | "HardSwish" | "Tanh" | "Elu" | "Selu"
        | "Celu" | "Softplus" | "Mish" | "Gelu" => activation_functions::activation(graph, node)?,
        "MaxPool" => pooling::max(graph, node)?,
        "AveragePool" => pooling::average(graph, node)?,
        "GlobalAveragePool" => pooling::global_average(graph, node)?,
        "GlobalMaxPool" => pooling::global_max(graph, node)?,
        "ReduceMean" => pooling::reduce_mean(graph, node)?,
        "Add" | "Sum" => arithmetic::add(graph, node)?,
        "Sub" | "Mul" | "Div" => arithmetic::with_constant(graph, node)?,
        "Slice" => channels::slice(graph, node)?,
        "Gather" => channels::gather(graph, node)?,
        "LRN" => normalisation::local_response(graph, node)?,
        "Concat" => concat::concat(graph, node)?,
        "Pad" => padding::pad(graph, node)?,
        "Flatten" => reshape::flatten(graph, node)?,
        "Reshape" => reshape::reshape(graph, node)?,
        "Squeeze" => reshape::squeeze(graph, node)?,
        "Unsqueeze" => reshape::unsqueeze(graph, node)?,
        "Transpose" => reshape::transpose(graph, node)?,
        "Softmax" | "LogSoftmax" => softmax::softmax(graph, node)?,
        "Erf" => return erf::erf(graph, node),
        "Cast" => return reshape::cast(graph, node),
        "Identity" => return graph.value(node, 0).cloned(),
        "Dropout" => return reshape::dropout(graph, node),
        "QuantizeLinear" => return quantisation::quantise(graph, node),
        "DequantizeLinear" => return quantisation::dequantise(graph, node),
        _ => return Err(unknown_operator(node)),
    }))
}

/// How many numbers may be read for weights. A file of a few bytes that lets a thousand layers share one weight, or computes it, would
/// otherwise become a network of gigabytes.
fn room(bytes: &[u8], options: &Options) -> usize {
    if options.allow_large {
        return MOST_WEIGHTS;
    }
    bytes
        .len()
        .saturating_mul(4)
        .saturating_add(FREE_WEIGHTS)
        .min(MOST_WEIGHTS)
}

fn without_graph() -> Error {
    invalid(
        "not an ONNX file, or one without a graph: it holds no network (it may be a training file or a file of weights)",
    )
}

/// For errors: a name out of the file.
fn quoted(name: &str) -> String {
    format!("`{}`", shortened(name))
}
