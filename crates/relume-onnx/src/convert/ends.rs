//! The two ends of the network: the picture and the logits.

use relume::graph::Shape;
use relume::{Error, ErrorKind, Result};

use super::graph::Graph;
use super::{Options, quoted};
use crate::error::invalid;
use crate::messages::{Declared, ElementType, Node, Side};
use crate::value::{Activation, Value};

/// The longest side of a picture.
const MAX_SIDE: usize = 4096;

/// The one input, a picture, as the file declares it.
pub(super) struct DeclaredPicture<'a> {
    name: &'a str,
    channels: usize,
    /// `[height, width]`.
    sides: [Side<'a>; 2],
    channels_last: bool,
}

impl DeclaredPicture<'_> {
    /// `[height, width]`, as far as the file says them.
    pub(super) fn size(&self) -> [Option<usize>; 2] {
        self.sides.map(known)
    }
}

/// Finds the one input, a picture.
pub(super) fn picture<'a>(graph: &Graph<'a>, declared: &[Declared<'a>]) -> Result<DeclaredPicture<'a>> {
    // Old files list the constants, too.
    let mut real = declared.iter().filter(|input| graph.named(input.name).is_none());
    let input = match (real.next(), real.next()) {
        (Some(input), None) => input,
        (None, _) => return Err(invalid("the network has no input; relume takes one picture")),
        (Some(first), Some(second)) => {
            return Err(invalid(format!(
                "the network has several inputs, {} and {} among them; relume takes one picture",
                quoted(first.name),
                quoted(second.name)
            )));
        }
    };
    if input.name.is_empty() {
        return Err(invalid("the network's input has no name"));
    }
    if input.element != 0 && !ElementType::of(input.element).is_float() {
        return Err(invalid(format!(
            "the network's input {} takes integers; relume gives floating-point numbers",
            quoted(input.name)
        )));
    }
    let sides = input.sides.as_deref().unwrap_or_default();
    let wrong = || {
        invalid(format!(
            "the network's input {} is {}; relume takes one picture, [1, 3, height, width], or [1, 1, height, width] if it is grey",
            quoted(input.name),
            shown(sides)
        ))
    };
    let &[batch, second, third, fourth] = sides else {
        return Err(wrong());
    };
    if let Side::Known(count) = batch
        && count != 1
    {
        return Err(invalid(format!(
            "the network takes {count} pictures at once; export it for one, with an example of shape [1, …]"
        )));
    }
    let is_channels = |side: Side<'_>| matches!(side, Side::Known(1 | 3));
    let (Side::Known(channels), height, width, channels_last) = (match (is_channels(second), is_channels(fourth)) {
        (true, _) => (second, third, fourth, false),
        (false, true) => (fourth, second, third, true),
        _ => return Err(wrong()),
    }) else {
        return Err(wrong());
    };
    Ok(DeclaredPicture {
        name: input.name,
        channels,
        sides: [height, width],
        channels_last,
    })
}

/// Defines the one input, a picture, and gives its shape.
pub(super) fn input<'a>(graph: &mut Graph<'a>, declared: &[Declared<'a>], options: &Options) -> Result<Shape> {
    let DeclaredPicture {
        name,
        channels,
        sides,
        channels_last,
    } = picture(graph, declared)?;
    let [height, width] = size(sides, options.size)?;
    let shape = [channels, height, width];
    let picture = Activation::new(None, shape);
    let value = if channels_last {
        Value::ChannelsLast(picture.viewed(vec![1, height, width, channels]))
    } else {
        Value::Activation(picture)
    };
    graph.set(name, value);
    Ok(shape)
}

/// Height and width: of the file, or of the options where it leaves them open.
fn size(sides: [Side<'_>; 2], given: Option<[usize; 2]>) -> Result<[usize; 2]> {
    let option = |message: String| Error::new(ErrorKind::InvalidOption, message);
    let size = match (sides.map(known), given) {
        ([Some(height), Some(width)], None) => [height, width],
        ([height, width], Some([h, w]))
            if height.is_none_or(|height| height == h) && width.is_none_or(|width| width == w) =>
        {
            [h, w]
        }
        (_, Some([height, width])) => {
            return Err(option(format!(
                "the network is for pictures of {}, not of {height},{width} (height, width)",
                shown(&sides)
            )));
        }
        (_, None) => {
            return Err(option(
                "the network takes pictures of any size; set the option size to height and width, such as 224,224"
                    .to_owned(),
            ));
        }
    };
    if size.iter().any(|side| !(1..=MAX_SIDE).contains(side)) {
        return Err(option(format!(
            "pictures of {size:?}, height and width, are not of 1 to {MAX_SIDE} pixels a side"
        )));
    }
    Ok(size)
}

fn known(side: Side<'_>) -> Option<usize> {
    match side {
        Side::Known(size) => Some(size),
        Side::Open(_) => None,
    }
}

/// The layer that gives the logits, and how many there are.
pub(super) fn output<'a>(graph: &mut Graph<'a>, declared: &[Declared<'a>]) -> Result<(usize, usize)> {
    let name = match declared {
        [output] => output.name,
        [] => {
            return Err(invalid(
                "the network has no output; relume explains a number for each class",
            ));
        }
        [first, second, ..] => {
            return Err(invalid(format!(
                "the network has {} outputs, {} and {} among them; relume explains one, [1, classes]: export that one alone",
                declared.len(),
                quoted(first.name),
                quoted(second.name)
            )));
        }
    };
    let activation = match graph.named(name) {
        Some(Value::Activation(activation)) => activation.clone(),
        Some(_) => {
            return Err(invalid(format!(
                "the network's output {} is not computed from the picture",
                quoted(name)
            )));
        }
        None => return Err(invalid(format!("no node gives the network's output {}", quoted(name)))),
    };
    let vector = activation.dims.iter().filter(|&&side| side != 1).count() <= 1;
    if !vector || activation.padding != [0; 4] {
        return Err(invalid(format!(
            "the network's output {} has dimensions {:?}; relume explains classifiers, which give [1, classes]",
            quoted(name),
            activation.dims
        )));
    }
    let node = Node {
        name,
        operator: "output",
        ..Node::default()
    };
    let logits = graph.settle(&node, activation)?;
    // As with a softmax, the number before it is explained: behind it the signal of a sure answer is next to nothing.
    let before = logits.layer.and_then(|layer| graph.layers.without_last_sigmoid(layer));
    graph.ends_in_sigmoid = before.is_some();
    match before.or(logits.layer) {
        Some(layer) => Ok((layer, logits.count())),
        None => Err(invalid("the network is the picture itself: it has no layer")),
    }
}

/// Dimensions as a person would write them.
fn shown(sides: &[Side<'_>]) -> String {
    let sides: Vec<String> = sides
        .iter()
        .map(|side| match side {
            Side::Known(size) => size.to_string(),
            Side::Open("") => "?".to_owned(),
            Side::Open(name) => crate::error::shortened(name),
        })
        .collect();
    format!("[{}]", sides.join(", "))
}
