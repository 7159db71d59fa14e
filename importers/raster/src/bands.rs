//! What the bands of a file mean: colors or heights, and where there is nothing.

use gdal::Dataset;
use gdal::raster::{ColorInterpretation as Color, GdalDataType as Type, RasterBand};
use lantu_base::{Code, Diagnostic, RasterKind, Severity};
use lantu_geodesy::capture_gdal_errors;
use lantu_ingest::ImportError;

use crate::open::failed;

/// Longest side of the sample from which ranges are taken.
const SAMPLE_PX: usize = 1024;

/// How values become pixels.
#[derive(Clone, Debug)]
pub(crate) enum Look {
    /// Heights in meters: value · scale + offset.
    Heights {
        /// Meters per value.
        scale: f64,
        /// Meters at value 0.
        offset: f64,
    },
    /// One band or three; values from `low` to `high` become 0 to 255.
    Colors {
        /// Black.
        low: f32,
        /// White.
        high: f32,
    },
    /// Numbers of colors.
    Palette(Vec<[u8; 4]>),
}

/// Where a pixel is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mask {
    /// Nowhere.
    None,
    /// One mask for all bands: an alpha band or a mask in or beside the file.
    Shared,
    /// Where all bands have their nodata value.
    Nodata,
}

/// How the file is read.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub look: Look,
    /// Value bands, from 1.
    pub bands: Vec<usize>,
    /// Alpha band and the value that means opaque.
    pub alpha: Option<(usize, f64)>,
    pub mask: Mask,
    /// One nodata value per band where [`Mask::Nodata`].
    pub nodata: Vec<f64>,
    /// All bands hold bytes.
    pub bytes: bool,
    /// Nodata as the first band declares it.
    pub declared_nodata: Option<f64>,
}

impl Plan {
    pub(crate) fn kind(&self) -> RasterKind {
        match self.look {
            Look::Heights { .. } => RasterKind::Elevation,
            _ => RasterKind::Orthophoto,
        }
    }
}

fn note(code: &'static str, severity: Severity, place: &str, text: String) -> Diagnostic {
    Diagnostic::new(Code::new(code), severity, place, text)
}

fn band(ds: &Dataset, ix: usize) -> Result<RasterBand<'_>, ImportError> {
    ds.rasterband(ix).map_err(|e| failed("raster.bands", format!("band {ix} cannot be opened: {e}")))
}

/// Decides what the bands mean and says what had to be assumed.
pub(crate) fn plan(ds: &Dataset, notes: &mut Vec<Diagnostic>) -> Result<Plan, ImportError> {
    let mut colors = Vec::new();
    for ix in 1..=ds.raster_count() {
        let b = band(ds, ix)?;
        if b.band_type() == Type::Unknown {
            return Err(failed(
                "raster.pixel_type",
                format!("band {ix} holds complex numbers or an unknown type"),
            ));
        }
        colors.push(b.color_interpretation());
    }
    let place = |c: &Color| colors.iter().position(|x| x == c).map(|i| i + 1);
    let alpha_band = place(&Color::AlphaBand);
    let values: Vec<usize> = (1..=colors.len()).filter(|ix| Some(*ix) != alpha_band).collect();
    let Some(&first) = values.first() else {
        return Err(failed("raster.bands", "the file has an alpha band only"));
    };
    let b = band(ds, first)?;
    let kind = b.band_type();
    let heights = matches!(kind, Type::Float32 | Type::Float64 | Type::Int16 | Type::Int32);
    let palette = b.color_table().filter(|_| values.len() == 1);
    let (bands, look) = if let Some(table) = palette {
        let byte = |v: i16| u8::try_from(v.clamp(0, 255)).unwrap_or_default();
        let entry =
            |i| table.entry_as_rgb(i).map_or([0; 4], |e| [byte(e.r), byte(e.g), byte(e.b), byte(e.a)]);
        (vec![first], Look::Palette((0..table.entry_count().min(65_536)).map(entry).collect()))
    } else if values.len() == 1 && heights {
        (vec![first], height_look(&b, notes))
    } else if let (Some(r), Some(g), Some(b)) =
        (place(&Color::RedBand), place(&Color::GreenBand), place(&Color::BlueBand))
    {
        (vec![r, g, b], Look::Colors { low: 0.0, high: 255.0 })
    } else if values.len() >= 3 {
        let text =
            "the bands do not say their colors; the first three were taken as red, green, blue".to_owned();
        notes.push(note("raster.bands_assumed", Severity::Warning, "", text));
        (values.iter().copied().take(3).collect(), Look::Colors { low: 0.0, high: 255.0 })
    } else {
        (vec![first], Look::Colors { low: 0.0, high: 255.0 })
    };
    finish(ds, (bands, look), alpha_band, notes)
}

fn finish(
    ds: &Dataset,
    (bands, look): (Vec<usize>, Look),
    alpha: Option<usize>,
    notes: &mut Vec<Diagnostic>,
) -> Result<Plan, ImportError> {
    let mut nodata = Vec::new();
    let (mut bytes, mut shared) = (true, false);
    let mut declared_nodata = None;
    for &ix in &bands {
        let b = band(ds, ix)?;
        bytes &= b.band_type() == Type::UInt8;
        let flags = b
            .mask_flags()
            .map_err(|e| failed("raster.bands", format!("band {ix} has no mask flags: {e}")))?;
        shared |= flags.is_per_dataset() && !flags.is_all_valid();
        let Some(value) = b.no_data_value() else { continue };
        declared_nodata = declared_nodata.or(Some(value));
        if fits(value, b.band_type()) {
            nodata.push(value);
        } else {
            let text =
                format!("nodata {value} cannot occur in a band of {} and was ignored", b.band_type().name());
            notes.push(note("raster.nodata_ignored", Severity::Info, &format!("band {ix}"), text));
        }
    }
    let mask = if alpha.is_some() || shared {
        Mask::Shared
    } else if !nodata.is_empty() && nodata.len() == bands.len() {
        Mask::Nodata
    } else {
        Mask::None
    };
    if mask != Mask::Nodata {
        nodata.clear();
    }
    let alpha = match alpha {
        None => None,
        Some(ix) => Some((ix, if band(ds, ix)?.band_type() == Type::UInt16 { 65_535.0 } else { 255.0 })),
    };
    let mut plan = Plan { look, bands, alpha, mask, nodata, bytes, declared_nodata };
    if matches!(plan.look, Look::Colors { .. }) {
        plan.look = color_range(ds, &plan, notes)?;
    }
    Ok(plan)
}

fn fits(value: f64, kind: Type) -> bool {
    let whole = |low: f64, high: f64| value >= low && value <= high && value.fract() == 0.0;
    match kind {
        Type::UInt8 => whole(0.0, 255.0),
        Type::UInt16 => whole(0.0, 65_535.0),
        Type::Int16 => whole(-32_768.0, 32_767.0),
        Type::UInt32 => whole(0.0, f64::from(u32::MAX)),
        Type::Int32 => whole(f64::from(i32::MIN), f64::from(i32::MAX)),
        _ => true,
    }
}

fn height_look(b: &RasterBand<'_>, notes: &mut Vec<Diagnostic>) -> Look {
    let unit = b.unit();
    let meters = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "m" | "metre" | "meter" | "metres" | "meters" => 1.0,
        "ft" | "foot" | "feet" => 0.3048,
        "us-ft" | "us survey foot" | "ftus" => 1200.0 / 3937.0,
        _ => {
            let text = format!("the unit of heights, {unit:?}, is not known; meters were taken");
            notes.push(note("raster.unit", Severity::Warning, "band 1", text).with("unit", &unit));
            1.0
        }
    };
    let number = |v: Option<f64>, otherwise: f64| v.filter(|v| v.is_finite()).unwrap_or(otherwise);
    Look::Heights { scale: number(b.scale(), 1.0) * meters, offset: number(b.offset(), 0.0) * meters }
}

fn color_range(ds: &Dataset, plan: &Plan, notes: &mut Vec<Diagnostic>) -> Result<Look, ImportError> {
    if plan.bytes {
        use gdal::Metadata;
        let bits = band(ds, *plan.bands.first().unwrap_or(&1))?.metadata_item("NBITS", "IMAGE_STRUCTURE");
        let bits = bits.and_then(|b| b.parse::<u32>().ok()).filter(|b| (1..8).contains(b));
        let high = bits.map_or(255.0, |b| f32::from(u8::try_from((1_u32 << b) - 1).unwrap_or(u8::MAX)));
        return Ok(Look::Colors { low: 0.0, high });
    }
    let (low, high) = match sample_range(ds, plan) {
        Some((low, high)) if high > low => (low, high),
        Some((same, _)) => (same.min(0.0), same.max(1.0)),
        None => (0.0, 65_535.0),
    };
    let text = format!("values from {low} to {high} were scaled to 8 bits");
    notes.push(note("raster.scaled", Severity::Info, "", text));
    Ok(Look::Colors { low, high })
}

/// Smallest and largest value that is there, from at most 1024 × 1024 pixels; `None` if none can be read.
pub(crate) fn sample_range(ds: &Dataset, plan: &Plan) -> Option<(f32, f32)> {
    let (w, h) = ds.raster_size();
    let size = (w.min(SAMPLE_PX), h.min(SAMPLE_PX));
    let mut range: Option<(f32, f32)> = None;
    let read = |ix: usize| -> gdal::errors::Result<(Vec<f32>, Vec<u8>)> {
        let b = ds.rasterband(ix)?;
        let mut values = vec![0.0_f32; size.0 * size.1];
        let mut valid = vec![255_u8; size.0 * size.1];
        b.read_into_slice((0, 0), (w, h), size, &mut values, None)?;
        if plan.mask != Mask::None {
            b.open_mask_band()?.read_into_slice((0, 0), (w, h), size, &mut valid, None)?;
        }
        Ok((values, valid))
    };
    for &ix in &plan.bands {
        let (Ok((values, valid)), _said) = capture_gdal_errors(|| read(ix)) else { continue };
        for (v, ok) in values.into_iter().zip(valid) {
            if ok > 0 && v.is_finite() {
                range = Some(range.map_or((v, v), |(a, b)| (a.min(v), b.max(v))));
            }
        }
    }
    range
}
