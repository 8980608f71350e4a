//! How a map is to be drawn.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// Defines an enum whose variants are chosen by name: in JSON, on the command line and in JavaScript alike.
macro_rules! choice {
    (
        $(#[$attribute:meta])*
        $what:literal $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name, as [`FromStr`] reads it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(name: &str) -> Result<Self> {
                Self::ALL.iter().copied().find(|choice| choice.name() == name).ok_or_else(|| {
                    let names: Vec<_> = Self::ALL.iter().map(|choice| choice.name()).collect();
                    Error::new(
                        ErrorKind::InvalidOption,
                        format!("there is no {} `{name}`; choose one of {}", $what, names.join(", ")),
                    )
                })
            }
        }
    };
}

choice! {
    /// How the channels of a map become what is drawn.
    "fold" Fold {
        /// The three channels stay three: the look of Springenberg et al. 2014, arXiv 1412.6806.
        #[default]
        Rgb = "rgb",
        /// At each pixel the channel value of the largest magnitude, with its sign; of equal ones the first. With
        /// [`Sign::Magnitude`] this is the map of Simonyan, Vedaldi, Zisserman 2013, arXiv 1312.6034.
        Max = "max",
        /// The sum over the channels.
        Sum = "sum",
    }
}

choice! {
    /// Which part of the folded values `v` is drawn.
    "sign" Sign {
        /// `v` as it is.
        #[default]
        Both = "both",
        /// `max(v, 0)`: what speaks for the target.
        Positive = "positive",
        /// `max(-v, 0)`: what speaks against it.
        Negative = "negative",
        /// `|v|`: what matters either way.
        Magnitude = "magnitude",
    }
}

choice! {
    /// The colours of a map folded to one plane.
    "colour scale" Colors {
        /// Neutral grey at zero, black to white; with a sign other than [`Sign::Both`], from black at zero to white.
        #[default]
        Grey = "grey",
        /// Blue below zero, near-white at zero, vermillion above: told apart by colour-blind eyes too.
        Diverging = "diverging",
        /// From dark violet (the least) over green to yellow (the most), evenly brighter: the viridis scale of van der
        /// Walt and Smith.
        Heat = "heat",
    }
}

/// How a map is drawn. The default is the look of the guided-backpropagation paper: three channels, both signs, 2 %
/// clipped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DrawOptions {
    /// How the channels are folded.
    pub fold: Fold,
    /// Which sign is drawn; applied after the fold.
    pub sign: Sign,
    /// How much of the sum of all magnitudes may lie above the scale, from 0 (nothing) to below 1. See
    /// [`draw`](super::draw).
    pub clip: f32,
    /// The magnitude that is drawn at full strength, in the map's own units; unless told, it follows from `clip`. With the
    /// same scale, such as a [shared one](super::shared_scale), equal colours of several maps are equal values.
    pub scale: Option<f32>,
    /// The colours of a single plane; with [`Fold::Rgb`] they must be [`Colors::Grey`], since the planes themselves
    /// are the colours.
    pub colors: Colors,
}

impl Default for DrawOptions {
    fn default() -> Self {
        Self {
            fold: Fold::default(),
            sign: Sign::default(),
            clip: 0.02,
            scale: None,
            colors: Colors::default(),
        }
    }
}

impl DrawOptions {
    /// Checks that the options can be followed.
    ///
    /// # Errors
    ///
    /// `invalid-option` when `clip` is not a number from 0 to below 1, when `scale` is not a finite number from 0, or
    /// when colours other than grey are asked for an rgb fold.
    pub fn validate(&self) -> Result<()> {
        if !(0.0..1.0).contains(&self.clip) {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!("clip is {}; it must be from 0 to below 1, such as 0.02", self.clip),
            ));
        }
        if let Some(scale) = self.scale.filter(|scale| !(scale.is_finite() && *scale >= 0.0)) {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!("scale is {scale}; it is the magnitude drawn at full strength: a finite number from 0"),
            ));
        }
        if self.fold == Fold::Rgb && self.colors != Colors::Grey {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!(
                    "`{}` colours are for one plane; choose the fold max or sum with them",
                    self.colors
                ),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back_and_is_the_name_in_json() {
        fn check<T>(all: &[T], names: &[&str])
        where
            T: Copy + fmt::Debug + fmt::Display + PartialEq + Serialize + FromStr<Err = Error>,
        {
            assert_eq!(all.iter().map(ToString::to_string).collect::<Vec<_>>(), names);
            for (&choice, name) in all.iter().zip(names) {
                assert_eq!(name.parse::<T>().unwrap(), choice);
                assert_eq!(serde_json::to_string(&choice).unwrap(), format!("\"{name}\""));
            }
            for wrong in ["", "RGB", "both ", "gray", "jet"] {
                assert_eq!(wrong.parse::<T>().unwrap_err().kind(), ErrorKind::InvalidOption);
            }
        }
        check(Fold::ALL, &["rgb", "max", "sum"]);
        check(Sign::ALL, &["both", "positive", "negative", "magnitude"]);
        check(Colors::ALL, &["grey", "diverging", "heat"]);
        let error = "jet".parse::<Colors>().unwrap_err();
        assert_eq!(
            error.message(),
            "there is no colour scale `jet`; choose one of grey, diverging, heat"
        );
    }

    #[test]
    fn options_left_out_have_their_defaults_and_unknown_ones_are_refused() {
        assert_eq!(
            serde_json::from_str::<DrawOptions>("{}").unwrap(),
            DrawOptions::default()
        );
        let options: DrawOptions =
            serde_json::from_str(r#"{"fold":"max","clip":0,"scale":0.5,"colors":"heat"}"#).unwrap();
        let wanted = DrawOptions {
            fold: Fold::Max,
            clip: 0.0,
            scale: Some(0.5),
            colors: Colors::Heat,
            sign: Sign::Both,
        };
        assert_eq!(options, wanted);
        for wrong in [r#"{"colours":"grey"}"#, r#"{"fold":"mean"}"#, r#"{"clip":"2%"}"#] {
            assert!(serde_json::from_str::<DrawOptions>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn options_that_cannot_be_followed_are_refused() {
        for clip in [-0.01, 1.0, 2.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let error = DrawOptions {
                clip,
                ..DrawOptions::default()
            }
            .validate()
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidOption, "{clip}");
        }
        for clip in [0.0, 0.02, 0.999] {
            DrawOptions {
                clip,
                ..DrawOptions::default()
            }
            .validate()
            .unwrap();
        }
        for scale in [-0.0, 1e-45, 3.0, f32::MAX] {
            DrawOptions {
                scale: Some(scale),
                ..DrawOptions::default()
            }
            .validate()
            .unwrap();
        }
        for scale in [-0.1, f32::NAN, f32::INFINITY] {
            let error = DrawOptions {
                scale: Some(scale),
                ..DrawOptions::default()
            }
            .validate()
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidOption, "{scale}");
        }
        for colors in [Colors::Diverging, Colors::Heat] {
            let error = DrawOptions {
                colors,
                ..DrawOptions::default()
            }
            .validate()
            .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidOption);
            DrawOptions {
                colors,
                fold: Fold::Sum,
                ..DrawOptions::default()
            }
            .validate()
            .unwrap();
        }
    }
}
