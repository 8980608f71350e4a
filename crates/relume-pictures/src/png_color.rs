//! What a PNG says of its colours, in the order of precedence of the specification (PNG, third edition, 4.3): `cICP`, an ICC
//! profile, `sRGB`, then `gAMA` with `cHRM`.

use std::io::Cursor;

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, MatrixCoefficients, ToneReprCurve,
    TransferCharacteristics,
};
use png::{Decoder, Info, Limits, SourceChromaticities};

use super::MAX_PNG_METADATA;
use super::color_profile::ColorProfile;

/// `gAMA` of sRGB; a little more or less is how programs write it.
const SRGB_GAMMA: f32 = 0.45455;

/// The profile of a PNG's pixels; `None` where they are sRGB or nothing is said.
pub(super) fn profile(bytes: &[u8]) -> Option<ColorProfile> {
    let limit = usize::try_from(MAX_PNG_METADATA).ok()?;
    let reader = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: limit })
        .read_info()
        .ok()?;
    let info = reader.info();
    if let Some(points) = info.coding_independent_code_points {
        let cicp = CicpProfile {
            color_primaries: CicpColorPrimaries::try_from(points.color_primaries).ok()?,
            transfer_characteristics: TransferCharacteristics::try_from(points.transfer_function).ok()?,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: points.is_video_full_range_image,
        };
        return Some(ColorProfile::of_any_picture(moxcms::ColorProfile::new_from_cicp(cicp)));
    }
    if let Some(icc) = &info.icc_profile {
        return ColorProfile::from_icc(icc);
    }
    if info.srgb.is_some() {
        return None;
    }
    from_gamma(info)
}

/// As browsers do it: primaries alone say nothing, a gamma alone is of sRGB's primaries.
fn from_gamma(info: &Info<'_>) -> Option<ColorProfile> {
    let gamma = info.gama_chunk?.into_value();
    if !(0.01..=100.0).contains(&gamma) {
        return None;
    }
    let primaries = info.chrm_chunk.filter(is_possible);
    if primaries.is_none() && (gamma - SRGB_GAMMA).abs() < 0.01 {
        return None;
    }
    let mut profile = moxcms::ColorProfile::new_srgb();
    if let Some(SourceChromaticities {
        white,
        red,
        green,
        blue,
    }) = primaries
    {
        let point = |(x, y): (png::ScaledFloat, png::ScaledFloat)| Chromaticity::new(x.into_value(), y.into_value());
        let colors = ColorPrimaries {
            red: point(red),
            green: point(green),
            blue: point(blue),
        };
        profile.update_rgb_colorimetry(point(white).to_xyyb(), colors);
    }
    let curve = ToneReprCurve::Parametric(vec![1.0 / gamma]);
    profile.cicp = None;
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve);
    Some(ColorProfile::of_any_picture(profile))
}

/// Whether the primaries span a triangle, with a white that has a brightness: else there is no conversion.
fn is_possible(points: &SourceChromaticities) -> bool {
    let [red, green, blue, white] =
        [points.red, points.green, points.blue, points.white].map(|(x, y)| (x.into_value(), y.into_value()));
    let area = (green.0 - red.0) * (blue.1 - red.1) - (blue.0 - red.0) * (green.1 - red.1);
    area.abs() > 1e-3
        && [red, green, blue, white]
            .iter()
            .all(|&(x, y)| (0.0..=1.0).contains(&x) && y > 1e-3 && y <= 1.0)
}
