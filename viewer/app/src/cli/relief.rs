//! Arguments about how the ground's picture is shown.

use clap::Args;
use lantu_render::Relief;
use lantu_tiles::Stretch;

use super::parse_opacity;

#[derive(Debug, Args)]
pub(crate) struct ReliefArgs {
    /// Brightness of the ground's picture, -1 to 1.
    #[arg(long, value_name = "-1..1", default_value_t = 0.0, allow_hyphen_values = true, value_parser = parse_brightness)]
    pub(crate) brightness: f32,
    /// Contrast of the ground's picture, 0 to 4; 1 leaves it.
    #[arg(long, value_name = "0..4", default_value_t = 1.0, value_parser = parse_contrast)]
    pub(crate) contrast: f32,
    /// How much a shaded relief takes the place of the ground's picture, 0 to 1.
    #[arg(long, value_name = "0..1", default_value_t = 0.0, value_parser = parse_opacity)]
    pub(crate) hillshade: f32,
    /// How much colors of the slope take the place of the ground's picture, 0 to 1.
    #[arg(long, value_name = "0..1", default_value_t = 0.0, value_parser = parse_opacity)]
    pub(crate) slope: f32,
    /// Contour lines every so many meters.
    #[arg(long, value_name = "M", value_parser = parse_interval)]
    pub(crate) contours: Option<f32>,
    /// Draw heights so many times as tall, about the height of what is looked at; default: the view's, else 1.
    #[arg(long, value_name = "F", value_parser = parse_exaggeration)]
    pub(crate) exaggeration: Option<Stretch>,
}

impl ReliefArgs {
    /// How the ground's picture is shown.
    pub(crate) fn relief(&self) -> Relief {
        Relief {
            brightness: self.brightness,
            contrast: self.contrast,
            hillshade: self.hillshade,
            slope: self.slope,
            contour_m: self.contours.unwrap_or(0.0),
        }
    }
}

fn within(text: &str, range: std::ops::RangeInclusive<f32>) -> Result<f32, String> {
    let value = text.trim().parse::<f32>().ok().filter(|v| range.contains(v));
    value.ok_or_else(|| format!("expected a number from {} to {}", range.start(), range.end()))
}

fn parse_brightness(text: &str) -> Result<f32, String> {
    within(text, -1.0..=1.0)
}

fn parse_contrast(text: &str) -> Result<f32, String> {
    within(text, 0.0..=4.0)
}

fn parse_interval(text: &str) -> Result<f32, String> {
    within(text, 0.01..=10_000.0)
}

fn parse_exaggeration(text: &str) -> Result<Stretch, String> {
    let (least, most) = Stretch::RANGE;
    let factor = text.trim().parse::<f64>().ok().and_then(Stretch::new);
    factor.ok_or_else(|| format!("expected a number from {least} to {most}"))
}
