//! Textures of a real file in a picture: what is drawn is the file's own picture, where the file says.

use std::path::Path;

use lantu_support::corpus;

use crate::lantu::{Desk, text};

/// Pixels across the picture: some three for one of the texture.
const SIZE: u32 = 900;

/// Colors of buildingSMART's sample: a board of letters in black on white, gray, green and red.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ink {
    Black,
    Gray,
    White,
    Red,
    Green,
}

/// What a color is, whatever light falls on it: between gray and white it is decided in the middle.
fn ink([r, g, b]: [u8; 3]) -> Ink {
    let far = |a: u8, b: u8| a.saturating_sub(b) > 96;
    match () {
        () if far(r, g) && far(r, b) => Ink::Red,
        () if far(g, r) && far(g, b) => Ink::Green,
        () if r < 90 => Ink::Black,
        () if r < 210 => Ink::Gray,
        () => Ink::White,
    }
}

/// Pixels of the one `IfcPixelTexture` of a file that is square and has an opacity, the lowest row first.
fn listed(file: &Path) -> (usize, Vec<[u8; 3]>) {
    let all = std::fs::read_to_string(file).unwrap();
    let record = all.split("IFCPIXELTEXTURE(").nth(1).unwrap().split(';').next().unwrap();
    let pixels: Vec<[u8; 3]> = record
        .split("\"0")
        .skip(1)
        .map(|hex| [0, 2, 4].map(|k| u8::from_str_radix(&hex[k..k + 2], 16).unwrap()))
        .collect();
    let side = pixels.len().isqrt();
    assert_eq!(side * side, pixels.len());
    (side, pixels)
}

/// The top of the sample is a disk of two feet about the axis, and the whole picture lies on the square around it. Its
/// `TextureTransform` scales by 48, as the forty-eight inches of the body: were it applied to places that are already
/// those on the picture, the picture would be a few centimeters small and repeat, and the disk a mix of all colors.
#[test]
fn the_letters_of_a_real_texture_lie_once_on_the_top_as_the_file_has_them() {
    let file = "ifc/files/tessellation-pixel-texture.ifc";
    let Some(file) = corpus("the_letters_of_a_real_texture", file) else { return };
    let (side, pixels) = listed(&file);
    let desk = Desk::new("EPSG:32632");
    desk.run("import", &[text(&file)]);
    let source = "tessellation-pixel-texture";
    let placement = desk.run("placement", &[source, "--json"]).expect(0).json();
    let kept =
        placement["hypotheses"].as_array().unwrap().iter().position(|h| h["name"] == "no_georeference");
    desk.run("placement", &[source, "--accept", &(kept.unwrap() + 1).to_string()]).expect(0);

    // Straight down from 2 m above the top: up on the picture is -Y of the model, to the right -X.
    let (radius, top, above, field) = (0.6096_f64, 1.2192, 2.0, 42.0_f64);
    let (out, eye) = (desk.path("top.png"), format!("0,0.001,{}", top + above));
    let view = ["--eye", &eye, "--target", &format!("0,0,{top}"), "--size", &format!("{SIZE}x{SIZE}")];
    desk.run("snapshot", &[&["--out", text(&out)][..], &view].concat()).expect(0);
    let drawn = image::open(&out).unwrap().into_rgb8();

    let meters = 2.0 * above * (field / 2.0).to_radians().tan() / f64::from(SIZE);
    let (mut seen, mut same, mut letters, mut read) = (0_u32, 0_u32, 0_u32, 0_u32);
    for (x, y, color) in drawn.enumerate_pixels() {
        let from_middle = |v: u32| (f64::from(v) + 0.5 - f64::from(SIZE) / 2.0) * meters;
        let (x, y) = (-from_middle(x), from_middle(y));
        // Not the edge, which is a polygon's.
        if x.hypot(y) > 0.95 * radius {
            continue;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the picture")]
        let cell = |v: f64| (((v / (2.0 * radius) + 0.5) * side as f64) as usize).min(side - 1);
        let want = ink(pixels[cell(y) * side + cell(x)]);
        let got = ink(color.0);
        seen += 1;
        same += u32::from(got == want);
        letters += u32::from(want == Ink::Black);
        read += u32::from(want == Ink::Black && got == want);
    }
    assert!(seen > 300_000 && letters > 30_000, "{seen} pixels of the top, {letters} of letters");
    let share = |n: u32, of: u32| f64::from(n) / f64::from(of);
    assert!(share(same, seen) > 0.97, "{} of the top is as the file has it", share(same, seen));
    assert!(share(read, letters) > 0.9, "{} of the letters", share(read, letters));
}
