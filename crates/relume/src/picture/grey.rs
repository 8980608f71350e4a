//! Colours as grey, for networks of one channel.

/// The luminance of a colour, as video defines it (ITU-R BT.601) and as Pillow and torchvision compute it: 0.299 red,
/// 0.587 green, 0.114 blue, in whole numbers and rounded to the nearest.
///
/// ```
/// use relume::picture::luminance;
///
/// assert_eq!(luminance([90, 90, 90]), 90);
/// assert_eq!([[255, 0, 0], [0, 255, 0], [0, 0, 255]].map(luminance), [76, 150, 29]);
/// ```
#[must_use]
#[allow(clippy::cast_possible_truncation)]
pub fn luminance([red, green, blue]: [u8; 3]) -> u8 {
    // The three weights, of 65536, add up to one.
    ((u32::from(red) * 19595 + u32::from(green) * 38470 + u32::from(blue) * 7471 + 0x8000) >> 16) as u8
}
