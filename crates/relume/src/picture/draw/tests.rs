use super::{
    super::options::{Colors, Fold, Sign},
    *,
};

fn options(fold: Fold, sign: Sign, clip: f32, colors: Colors) -> DrawOptions {
    DrawOptions {
        fold,
        sign,
        clip,
        scale: None,
        colors,
    }
}

// Two pixels, three channels: (2, -1, 0) and (0, 4, -4).
const MAP: [f32; 6] = [2.0, 0.0, -1.0, 4.0, 0.0, -4.0];

#[test]
fn drawings_by_hand() {
    use Colors::{Diverging, Grey};
    use Fold::{Max, Rgb, Sum};
    use Sign::{Both, Magnitude, Negative, Positive};
    #[rustfmt::skip]
    let table = [
        // fold, sign, colors, scale, first pixel, second pixel
        (Rgb, Both,      Grey,      4.0, [191, 96, 128],  [128, 255, 0]), // 0.75, 0.375, 0.5; 0.5, 1, 0
        (Rgb, Positive,  Grey,      4.0, [128, 0, 0],     [0, 255, 0]),
        (Rgb, Negative,  Grey,      4.0, [0, 64, 0],      [0, 0, 255]),
        (Rgb, Magnitude, Grey,      4.0, [128, 64, 0],    [0, 255, 255]),
        (Max, Both,      Grey,      4.0, [191, 191, 191], [255, 255, 255]), // 2 and 4
        (Max, Negative,  Grey,      0.0, [0, 0, 0],       [0, 0, 0]),
        (Sum, Both,      Grey,      1.0, [255, 255, 255], [128, 128, 128]), // 1 and 0
        (Sum, Both,      Diverging, 1.0, [213, 94, 0],    [247, 247, 247]),
    ];
    for (fold, sign, colors, scale, [r, g, b], [r2, g2, b2]) in table {
        let drawing = draw(&MAP, [3, 1, 2], &options(fold, sign, 0.0, colors), None).unwrap();
        assert_eq!(drawing.rgba, [r, g, b, 255, r2, g2, b2, 255], "{fold} {sign} {colors}");
        assert_eq!((drawing.width, drawing.height), (2, 1));
        assert_eq!((drawing.scale, drawing.clipped), (scale, 0.0));
    }
}

#[test]
fn what_is_clipped_is_said() {
    // Magnitudes 1, 1, 1, 5 with clip 0.5: 4 of 8 are wanted, so 5 is needed; with 0.625, 3 are wanted.
    let map = [1.0, -1.0, 1.0, -5.0];
    let drawn = |clip| {
        draw(
            &map,
            [1, 2, 2],
            &options(Fold::Sum, Sign::Both, clip, Colors::Grey),
            None,
        )
        .unwrap()
    };
    assert_eq!((drawn(0.5).scale, drawn(0.5).clipped), (5.0, 0.0));
    assert_eq!((drawn(0.625).scale, drawn(0.625).clipped), (1.0, 0.25));
    assert_eq!((drawn(0.625).width, drawn(0.625).height), (2, 2));
    // In rgb, one pixel counts once, however many of its channels are clipped: 1, 1, 1, 1, 9, 9 with 4 of 22.
    let map = [1.0, 9.0, 1.0, -9.0, 1.0, 1.0];
    let drawing = draw(
        &map,
        [3, 1, 2],
        &DrawOptions {
            clip: 0.875,
            ..DrawOptions::default()
        },
        None,
    )
    .unwrap();
    assert_eq!((drawing.scale, drawing.clipped), (1.0, 0.5));
    assert_eq!(drawing.rgba, [255, 255, 255, 255, 255, 0, 255, 255]);
}

#[test]
fn a_scale_that_is_told_is_the_value_at_full_strength() {
    // (2, -1, 0) and (0, 4, -4) on a scale of 8: 0.25, -0.125, 0 and 0, 0.5, -0.5.
    let on = |scale| {
        let options = DrawOptions {
            scale: Some(scale),
            ..DrawOptions::default()
        };
        draw(&MAP, [3, 1, 2], &options, None).unwrap()
    };
    assert_eq!(on(8.0).rgba, [159, 112, 128, 255, 128, 191, 64, 255]);
    assert_eq!((on(8.0).scale, on(8.0).clipped), (8.0, 0.0));
    // On a scale of 2 the second pixel lies beyond it; on that of 0 whatever is not 0.
    assert_eq!(on(2.0).rgba, [255, 64, 128, 255, 128, 255, 0, 255]);
    assert_eq!((on(2.0).scale, on(2.0).clipped), (2.0, 0.5));
    assert_eq!(on(0.0).rgba, [255, 0, 128, 255, 128, 255, 0, 255]);
    assert_eq!((on(0.0).scale, on(0.0).clipped), (0.0, 1.0));
}

#[test]
fn a_shared_scale_is_the_clip_rule_over_all_the_maps_together() {
    let (a, b) = ([1.0, -2.0, 3.0, 0.0], [4.0, -6.0]);
    let shared = |fold, sign, clip| {
        let options = options(fold, sign, clip, Colors::Grey);
        shared_scale([(&a[..], [2, 1, 2]), (&b[..], [1, 1, 2])], &options).unwrap()
    };
    // Sums over the channels 4, -2; and 4, -6: magnitudes 2, 4, 4, 6 sum to 16.
    assert_eq!(shared(Fold::Sum, Sign::Both, 0.0), 6.0);
    assert_eq!(shared(Fold::Sum, Sign::Both, 0.375), 4.0, "10 are wanted");
    assert_eq!(shared(Fold::Sum, Sign::Positive, 0.0), 4.0);
    // The largest channels 3, -2; and 4, -6: magnitudes 2, 3, 4, 6 sum to 15.
    assert_eq!(
        shared(Fold::Max, Sign::Both, 0.625),
        4.0,
        "5.625 are wanted, 5 do not do"
    );
    let alone = shared_scale([(&MAP[..], [3, 1, 2])], &DrawOptions::default()).unwrap();
    assert_eq!(
        alone,
        draw(&MAP, [3, 1, 2], &DrawOptions::default(), None).unwrap().scale
    );
    assert_eq!(
        shared_scale([(&[0.0; 3][..], [3, 1, 1])], &DrawOptions::default()).unwrap(),
        0.0
    );
}

#[test]
fn a_shared_scale_of_what_cannot_be_drawn_is_refused() {
    let kind = |maps: &[(&[f32], [usize; 3])]| {
        shared_scale(maps.iter().copied(), &DrawOptions::default())
            .unwrap_err()
            .kind()
    };
    assert_eq!(kind(&[]), ErrorKind::InvalidOption);
    assert_eq!(kind(&[(&MAP, [3, 1, 2]), (&MAP, [3, 1, 1])]), ErrorKind::ShapeMismatch);
    assert_eq!(kind(&[(&MAP, [2, 1, 3])]), ErrorKind::ShapeMismatch);
    assert_eq!(kind(&[(&[f32::NAN], [1, 1, 1])]), ErrorKind::NotFinite);
}

#[test]
fn over_a_picture_the_map_is_as_opaque_as_it_is_strong() {
    // Pixels of grey 100, red (luma 54.213), transparent black (white).
    let over = [100, 100, 100, 255, 255, 0, 0, 255, 0, 0, 0, 0];
    let diverging = options(Fold::Sum, Sign::Both, 0.0, Colors::Diverging);
    let drawing = draw(&[0.0, 2.0, -1.0], [1, 1, 3], &diverging, Some(&over)).unwrap();
    // Third: half of white 255 and half of (123.5, 180.5, 212.5), which is half-way to blue.
    assert_eq!(drawing.rgba, [100, 100, 100, 255, 213, 94, 0, 255, 189, 218, 234, 255]);

    // rgb: (0.5, -0.25, 0) is drawn as (0.75, 0.375, 0.5) with the opacity 0.5, (0, 0, 1) with 1.
    let map = [0.5, 0.0, -0.25, 0.0, 0.0, 1.0];
    let unclipped = DrawOptions {
        clip: 0.0,
        ..DrawOptions::default()
    };
    let drawing = draw(&map, [3, 1, 2], &unclipped, Some(&over[..8])).unwrap();
    // 50 + 95.625, 50 + 47.8125, 50 + 63.75
    assert_eq!(drawing.rgba, [146, 98, 114, 255, 128, 128, 255, 255]);
}

#[test]
fn a_map_of_zeros_is_drawn_as_the_colour_of_zero() {
    let table = [
        (Fold::Rgb, Sign::Both, Colors::Grey, [128, 128, 128, 255]),
        (Fold::Rgb, Sign::Magnitude, Colors::Grey, [0, 0, 0, 255]),
        (Fold::Max, Sign::Both, Colors::Diverging, [247, 247, 247, 255]),
        (Fold::Sum, Sign::Positive, Colors::Heat, [68, 1, 84, 255]),
    ];
    for (fold, sign, colors, colour) in table {
        let drawing = draw(&[0.0; 12], [3, 2, 2], &options(fold, sign, 0.02, colors), None).unwrap();
        assert_eq!(drawing.rgba, colour.repeat(4));
        assert_eq!((drawing.scale, drawing.clipped), (0.0, 0.0));
        let over = [30, 30, 30, 255].repeat(4);
        let drawing = draw(&[0.0; 12], [3, 2, 2], &options(fold, sign, 0.02, colors), Some(&over)).unwrap();
        assert_eq!(drawing.rgba, over, "where there is nothing to say, the picture shows");
    }
}

#[test]
fn a_map_times_any_power_of_two_looks_the_same() {
    let map: Vec<f32> = (0..75_u16).map(|i| f32::from(i * 37 % 101) - 50.0).collect();
    for &fold in Fold::ALL {
        for &sign in Sign::ALL {
            let options = options(fold, sign, 0.02, Colors::Grey);
            let wanted = draw(&map, [3, 5, 5], &options, None).unwrap();
            for factor in [1.0_f32 / 1024.0, 0.5, 4096.0] {
                let scaled: Vec<f32> = map.iter().map(|v| v * factor).collect();
                let drawing = draw(&scaled, [3, 5, 5], &options, None).unwrap();
                assert_eq!(drawing.rgba, wanted.rgba);
                assert_eq!(drawing.scale, wanted.scale * factor);
            }
        }
    }
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let plain = DrawOptions::default();
    let huge = usize::MAX / 2;
    let table = [
        (ErrorKind::ShapeMismatch, vec![0.0; 5], [3, 1, 2], None),
        (ErrorKind::ShapeMismatch, vec![0.0; 7], [3, 1, 2], None),
        (ErrorKind::ShapeMismatch, vec![], [3, 0, 2], None),
        (ErrorKind::ShapeMismatch, vec![], [0, 1, 1], None),
        (ErrorKind::ShapeMismatch, vec![], [huge, huge, 0], None),
        (ErrorKind::ShapeMismatch, vec![0.0; 6], [huge, huge, huge], None),
        (ErrorKind::ShapeMismatch, vec![0.0; 8], [2, 2, 2], None),
        (ErrorKind::ShapeMismatch, vec![0.0; 6], [3, 1, 2], Some(vec![0; 7])),
        (ErrorKind::ShapeMismatch, vec![0.0; 6], [3, 1, 2], Some(vec![])),
        (ErrorKind::NotFinite, vec![0.0, f32::NAN, 0.0], [3, 1, 1], None),
        (ErrorKind::NotFinite, vec![0.0, 0.0, f32::NEG_INFINITY], [3, 1, 1], None),
    ];
    for (kind, map, shape, over) in table {
        let error = draw(&map, shape, &plain, over.as_deref()).unwrap_err();
        assert_eq!(error.kind(), kind, "{shape:?}: {error:?}");
    }
    let error = draw(&MAP, [3, 1, 2], &DrawOptions { clip: 1.0, ..plain }, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
    let error = draw(
        &MAP,
        [3, 1, 2],
        &DrawOptions {
            colors: Colors::Heat,
            ..plain
        },
        None,
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
}
