//! What a raster file holds and where it lies, before a pixel is read.

use gdal::raster::{ColorInterpretation, GdalDataType};
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::{Dataset, Metadata};
use lantu_base::RasterKind;
use lantu_geodesy::Crs;
use lantu_ingest::{ImportError, ImportJob};

use crate::native::geotransform_of_points;
use crate::open::failed;

/// What its pixels are, for any thread.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// Bands that carry color or height, from 1.
    pub(crate) bands: Vec<usize>,
    /// Band that carries alpha.
    pub(crate) alpha: Option<usize>,
    /// Every band has 8 bits.
    pub(crate) bytes: bool,
    /// Colors by index.
    pub(crate) palette: Option<Vec<[u8; 4]>>,
    /// No mask, alpha or nodata: every pixel is there.
    pub(crate) all_valid: bool,
}

/// What the file holds.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) kind: RasterKind,
    /// Size in pixels.
    pub(crate) size: [usize; 2],
    /// GDAL's geotransform, in the file's CRS.
    pub(crate) geotransform: [f64; 6],
    pub(crate) crs: Option<Crs>,
    /// WKT of the CRS, for the warper.
    pub(crate) wkt: String,
    /// Its pixels.
    pub(crate) content: Content,
    /// Nodata as declared, of the first band.
    pub(crate) declared_nodata: Option<f64>,
    /// Its declared nodata lies outside what the band's type can hold.
    pub(crate) bogus_nodata: bool,
    /// Bands in the file.
    pub(crate) n_bands: usize,
    /// Unit of the first band's values, as written.
    pub(crate) unit: String,
    /// Lies by control points; the geotransform is what they come to on average.
    pub(crate) by_points: bool,
}

impl Source {
    /// Reads what the file says of itself.
    pub(crate) fn read(dataset: &Dataset, job: &ImportJob) -> Result<Self, ImportError> {
        let unusable = |e: gdal::errors::GdalError| failed("raster.bands", e.to_string());
        let n_bands = dataset.raster_count();
        let (bands, alpha) = bands(dataset)?;
        let first = dataset.rasterband(bands.first().copied().unwrap_or(1)).map_err(unusable)?;
        let band_type = first.band_type();
        if band_type == GdalDataType::Unknown {
            return Err(failed("raster.pixel_type", "the pixels are complex numbers or of an unknown type"));
        }
        let bytes =
            (1..=n_bands).all(|b| dataset.rasterband(b).is_ok_and(|b| b.band_type() == GdalDataType::UInt8));
        let palette = first.color_table().filter(|_| bands.len() == 1).map(|table| {
            let entry = |ix| {
                table
                    .entry_as_rgb(ix)
                    .map_or([0, 0, 0, 0], |c| [c.r, c.g, c.b, c.a].map(|v| u8::try_from(v).unwrap_or(255)))
            };
            (0..table.entry_count()).map(entry).collect::<Vec<[u8; 4]>>()
        });
        let is_height =
            bands.len() == 1 && palette.is_none() && alpha.is_none() && band_type != GdalDataType::UInt8;
        let kind = if is_height { height_kind(dataset, job)? } else { RasterKind::Orthophoto };
        let declared_nodata = first.no_data_value();
        let (geotransform, by_points) = geotransform(dataset)?;
        let all_valid = alpha.is_none()
            && bands.iter().any(|&b| {
                dataset.rasterband(b).is_ok_and(|b| b.mask_flags().is_ok_and(|f| f.is_all_valid()))
            });
        let (crs, wkt) = crs_of(dataset, job, by_points)?;
        Ok(Self {
            kind,
            size: dataset.raster_size().into(),
            geotransform,
            crs,
            wkt,
            bogus_nodata: declared_nodata.is_some_and(|v| !holds(band_type, v)),
            declared_nodata,
            content: Content { bands, alpha, bytes, palette, all_valid },
            n_bands,
            unit: first.unit(),
            by_points,
        })
    }

    /// Map coordinates of a pixel corner, in the file's CRS.
    pub(crate) fn map(&self, x: f64, y: f64) -> [f64; 2] {
        let [x0, a, b, y0, c, d] = self.geotransform;
        [x0 + a * x + b * y, y0 + c * x + d * y]
    }

    /// xmin, ymin, xmax, ymax in the file's CRS.
    pub(crate) fn extent(&self) -> [f64; 4] {
        let [w, h] = self.size.map(|n| n as f64);
        let corners = [self.map(0.0, 0.0), self.map(w, 0.0), self.map(0.0, h), self.map(w, h)];
        let fold = |pick: fn(&[f64; 2]) -> f64, f: fn(f64, f64) -> f64, start| {
            corners.iter().map(pick).fold(start, f)
        };
        [
            fold(|c| c[0], f64::min, f64::INFINITY),
            fold(|c| c[1], f64::min, f64::INFINITY),
            fold(|c| c[0], f64::max, f64::NEG_INFINITY),
            fold(|c| c[1], f64::max, f64::NEG_INFINITY),
        ]
    }

    /// Meters in the unit of heights; `None` where the unit is not known.
    pub(crate) fn meters_per_height(&self) -> Option<f64> {
        match self.unit.trim().to_ascii_lowercase().as_str() {
            "" | "m" | "metre" | "meter" | "metres" | "meters" => Some(1.0),
            "ft" | "foot" | "feet" => Some(0.3048),
            "us-ft" | "us survey foot" | "ftus" => Some(1200.0 / 3937.0),
            _ => None,
        }
    }

    /// Whether pixels are square and rows run from north to south.
    pub(crate) fn is_north_up(&self) -> bool {
        let [_, a, b, _, c, d] = self.geotransform;
        !self.by_points && b == 0.0 && c == 0.0 && a > 0.0 && d < 0.0 && (a + d).abs() <= a * 1e-6
    }
}

/// Words that files of surface models have in their names and descriptions.
const SURFACE_WORDS: [&str; 5] = ["dsm", "ndsm", "surface", "表面", "地表"];

/// What the heights are of: as the user states, else as the file says in its name or description. Without a word they
/// count as the ground's.
fn height_kind(dataset: &Dataset, job: &ImportJob) -> Result<RasterKind, ImportError> {
    match job.variant.as_deref() {
        Some("surface") => return Ok(RasterKind::Surface),
        Some("ground") => return Ok(RasterKind::Elevation),
        Some(other) => {
            let what = format!("a raster can be imported as ground or surface, not as {other:?}");
            return Err(failed("raster.variant", what));
        }
        None => {}
    }
    let stem = job.path.file_stem().map(|s| s.to_string_lossy().into_owned());
    let said = ["TIFFTAG_IMAGEDESCRIPTION", "TIFFTAG_DOCUMENTNAME"].map(|key| dataset.metadata_item(key, ""));
    let band = dataset.rasterband(1).ok().and_then(|b| b.description().ok());
    let says_surface = |text: String| {
        let text = text.to_lowercase();
        let word = |w: &str| {
            SURFACE_WORDS.contains(&w) || (!w.is_ascii() && SURFACE_WORDS.iter().any(|s| w.contains(s)))
        };
        text.split(|c: char| !c.is_alphabetic()).any(word)
    };
    let is_surface = stem.into_iter().chain(said.into_iter().flatten()).chain(band).any(says_surface);
    Ok(if is_surface { RasterKind::Surface } else { RasterKind::Elevation })
}

/// The bands that carry color or height, and the one that carries alpha, as they say of themselves. Where they do not
/// say it: the first three for red, green and blue, or the first. Further bands (near infrared) are not shown.
fn bands(dataset: &Dataset) -> Result<(Vec<usize>, Option<usize>), ImportError> {
    use ColorInterpretation as Color;
    let color = |b| dataset.rasterband(b).map(|band| band.color_interpretation());
    let colors = (1..=dataset.raster_count()).map(color).collect::<Result<Vec<_>, _>>();
    let colors = colors.map_err(|e| failed("raster.bands", e.to_string()))?;
    let place = |c| colors.iter().position(|x| *x == c).map(|at| at + 1);
    let alpha = place(Color::AlphaBand);
    let values: Vec<usize> = (1..=colors.len()).filter(|b| Some(*b) != alpha).collect();
    let shown = match (place(Color::RedBand), place(Color::GreenBand), place(Color::BlueBand)) {
        (Some(r), Some(g), Some(b)) => vec![r, g, b],
        _ => values.iter().copied().take(if values.len() >= 3 { 3 } else { 1 }).collect(),
    };
    if shown.is_empty() {
        return Err(failed("raster.bands", "the file has an alpha band only"));
    }
    Ok((shown, alpha))
}

/// Where pixels lie, and whether only control points say so.
fn geotransform(dataset: &Dataset) -> Result<([f64; 6], bool), ImportError> {
    let missing = || {
        failed(
            "raster.no_georeference",
            "the raster says neither where its corner lies nor how large its pixels are",
        )
    };
    let usable = |gt: &[f64; 6]| {
        let [x0, a, b, y0, c, d] = *gt;
        let regular = (a * d - b * c).abs() > f64::MIN_POSITIVE && gt.iter().all(|v| v.is_finite());
        // GDAL gives the identity where a file has no georeference at all.
        let identity = [x0, a - 1.0, b, y0, c, d.abs() - 1.0].iter().all(|v| *v == 0.0);
        regular && !identity
    };
    if let Some(gt) = dataset.geo_transform().ok().filter(usable) {
        return Ok((gt, false));
    }
    let by_points = geotransform_of_points(dataset).filter(usable).ok_or_else(missing)?;
    Ok((by_points, true))
}

/// The CRS that the file declares, of its pixels or of its control points.
fn declared(dataset: &Dataset, by_points: bool) -> Option<SpatialRef> {
    let mut srs = if by_points { dataset.gcp_spatial_ref()? } else { dataset.spatial_ref().ok()? };
    srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Some(srs)
}

fn crs_of(dataset: &Dataset, job: &ImportJob, by_points: bool) -> Result<(Option<Crs>, String), ImportError> {
    let unreadable = |e: String| failed("raster.crs_unreadable", e);
    let stated = match &job.crs_override {
        Some(text) => Some(Crs::parse(text).map_err(|e| unreadable(e.to_string()))?),
        None => declared(dataset, by_points)
            .filter(|s| !s.is_local())
            .and_then(|s| Crs::from_spatial_ref(&s).ok()),
    };
    let wkt = match (&stated, &job.crs_override) {
        (Some(crs), Some(_)) => wkt_of(crs)?,
        (Some(_), None) => match declared(dataset, by_points) {
            Some(srs) => srs.to_wkt().map_err(|e| unreadable(e.to_string()))?,
            None => String::new(),
        },
        (None, _) => String::new(),
    };
    Ok((stated, wkt))
}

/// WKT for the warper.
pub(crate) fn wkt_of(crs: &Crs) -> Result<String, ImportError> {
    let read = || {
        let mut srs = SpatialRef::from_definition(crs.text())?;
        srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        srs.to_wkt()
    };
    read().map_err(|e: gdal::errors::GdalError| failed("raster.crs_unreadable", e.to_string()))
}

/// Whether a band of this type can hold the value.
fn holds(band_type: GdalDataType, v: f64) -> bool {
    let (lo, hi) = match band_type {
        GdalDataType::UInt8 => (0.0, 255.0),
        GdalDataType::UInt16 => (0.0, 65_535.0),
        GdalDataType::Int16 => (-32_768.0, 32_767.0),
        GdalDataType::UInt32 => (0.0, f64::from(u32::MAX)),
        GdalDataType::Int32 => (f64::from(i32::MIN), f64::from(i32::MAX)),
        _ => return true,
    };
    (lo..=hi).contains(&v)
}
