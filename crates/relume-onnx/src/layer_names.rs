//! A layer's name, from that of its node.

use std::collections::{HashMap, HashSet};

use relume::graph::INPUT;
use relume::is_unprintable;

use crate::messages::Node;

/// The longest name that is kept, in bytes. A model file takes 256: some are left for a number.
const LONGEST: usize = 200;

/// Names that are given to layers, each once.
#[derive(Debug, Default)]
pub(crate) struct LayerNames {
    given: HashSet<String>,
    /// The number that the next of several with one name gets.
    next: HashMap<String, usize>,
}

impl LayerNames {
    /// The name of the node, or of its operator where it has none, as a model file can have it: `:`, `@` and control characters
    /// become `_`; one that is too long is cut; one that is taken, `input` or `class` gets a number after it.
    pub(crate) fn give(&mut self, node: &Node<'_>) -> String {
        let from = if node.name.is_empty() { node.operator } else { node.name };
        let mut name = String::new();
        for letter in from.chars() {
            if name.len() + letter.len_utf8() > LONGEST {
                break;
            }
            let forbidden = is_unprintable(letter) || matches!(letter, ':' | '@');
            name.push(if forbidden { '_' } else { letter });
        }
        if name.is_empty() {
            name.push_str("layer");
        }
        let reserved = name == INPUT || name == "class";
        if !reserved && self.given.insert(name.clone()) {
            return name;
        }
        let number = self.next.entry(name.clone()).or_insert(2);
        let free = loop {
            let free = format!("{name}_{number}");
            *number += 1;
            if !self.given.contains(&free) {
                break free;
            }
        };
        self.given.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &'static str) -> Node<'static> {
        Node {
            name,
            operator: "Conv",
            ..Node::default()
        }
    }

    #[test]
    fn names_are_valid_and_given_once() {
        let mut names = LayerNames::default();
        for (name, wanted) in [
            ("/layer1/conv1/Conv", "/layer1/conv1/Conv"),
            ("/layer1/conv1/Conv", "/layer1/conv1/Conv_2"),
            ("/layer1/conv1/Conv", "/layer1/conv1/Conv_3"),
            ("", "Conv"),
            ("a:0@\n", "a_0__"),
            ("input", "input_2"),
            ("class", "class_2"),
            ("class_2", "class_2_2"),
        ] {
            assert_eq!(names.give(&named(name)), wanted);
        }
        let long = "ü".repeat(300).leak();
        assert_eq!(names.give(&named(long)).len(), 200);
    }
}
