//! Arguments of the commands about places, heights, schedules and what is dug.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::PointFormat;
use crate::cut_fill::CutFill;
use crate::heat::HeatWish;
use crate::picture::GroundMap;

#[derive(Debug, Args)]
pub(crate) struct ClearanceArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// Outline: WKT in the project CRS, or a file with polygons.
    #[arg(long, value_name = "FILE|WKT")]
    pub(crate) excavation: String,
    /// Depth of its bottom below the ground, meters.
    #[arg(long, value_name = "METERS")]
    pub(crate) depth: f64,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    /// A schedule (Microsoft Project XML, MPX, Primavera XER or XML, Planner, CSV), or a project.
    #[arg(value_name = "FILE|PROJECT")]
    pub(crate) file: PathBuf,
    /// Instead: tasks of a project without objects, objects without tasks, objects on several tasks.
    #[arg(long)]
    pub(crate) lint: bool,
    /// Dates and critical path as of then: what happened later is forgotten, and what remains is done from then on; a time
    /// before the project's start gives the plan itself. RFC 3339, or a time in the project's zone.
    #[arg(long, value_name = "TIME", conflicts_with = "lint")]
    pub(crate) as_of: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ProgressArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// Until when: RFC 3339, or a time in the project's zone; a bare date is the end of that day.
    #[arg(long, value_name = "TIME")]
    pub(crate) time: String,
    /// Planned dates and budgets are those of this baseline.
    #[arg(long, value_name = "NAME")]
    pub(crate) baseline: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RiskArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// When: RFC 3339, or a time in the project's zone; default: now.
    #[arg(long, value_name = "TIME")]
    pub(crate) time: Option<String>,
    /// By what was known then: of each source the revision that had been imported by that time.
    #[arg(long, value_name = "TIME")]
    pub(crate) known: Option<String>,
    /// Only this object.
    #[arg(long, value_name = "OBJECT")]
    pub(crate) object: Option<String>,
    /// Enter who looks after the risk of an object from --time on.
    #[arg(long, value_name = "OBJECT", requires_all = ["by", "why"])]
    pub(crate) assign: Option<String>,
    /// Who looks after it.
    #[arg(long, value_name = "NAME", requires = "assign")]
    pub(crate) owner: Option<String>,
    /// Until when; a bare date is the end of that day.
    #[arg(long, value_name = "TIME", requires = "assign")]
    pub(crate) due: Option<String>,
    /// It is settled.
    #[arg(long, requires = "assign")]
    pub(crate) closed: bool,
    /// Who enters it.
    #[arg(long, value_name = "NAME", requires = "assign")]
    pub(crate) by: Option<String>,
    /// What is to be done, or was.
    #[arg(long, value_name = "TEXT", requires = "assign")]
    pub(crate) why: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How values are spread over the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HeatMethodArg {
    /// Weights by the square of the inverse distance.
    Idw,
    /// Ordinary kriging, with its variance.
    Kriging,
}

impl HeatMethodArg {
    /// As the engine calls it.
    pub(crate) fn method(self) -> lantu_overlay::HeatMethod {
        match self {
            Self::Idw => lantu_overlay::HeatMethod::InverseDistance,
            Self::Kriging => lantu_overlay::HeatMethod::Kriging,
        }
    }

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Idw => "idw",
            Self::Kriging => "kriging",
        }
    }
}

/// A map over the ground of a picture.
#[derive(Debug, Args)]
pub(crate) struct HeatLook {
    /// Readings of stations over the ground between them: what they measure (noise, dust), or `risk` for management cells.
    #[arg(long, value_name = "QUANTITY")]
    pub(crate) heat: Option<String>,
    /// How values are spread.
    #[arg(long, value_enum, default_value = "kriging", requires = "heat")]
    pub(crate) heat_method: HeatMethodArg,
    /// The variance of kriging instead of the values.
    #[arg(long, requires = "heat")]
    pub(crate) heat_variance: bool,
    /// What was dug and filled between two elevation sources, the earlier one first.
    #[arg(long, value_name = "BEFORE,AFTER", conflicts_with = "heat", value_parser = super::parse_pair)]
    pub(crate) cut_fill: Option<(String, String)>,
    /// Standard deviations of their heights, meters: what is smaller than noise is not shown.
    #[arg(long, value_name = "M,M", requires = "cut_fill", value_parser = parse_sigma)]
    pub(crate) cut_fill_sigma: Option<[f64; 2]>,
}

fn parse_sigma(text: &str) -> Result<[f64; 2], String> {
    let two: Option<Vec<f64>> = text.split(',').map(|v| v.trim().parse().ok()).collect();
    match two.as_deref() {
        Some(&[a, b]) if a >= 0.0 && b >= 0.0 && a.is_finite() && b.is_finite() => Ok([a, b]),
        _ => Err("expected M,M: two standard deviations in meters".to_owned()),
    }
}

impl HeatLook {
    /// What is wanted, if anything.
    pub(crate) fn map(&self) -> Option<GroundMap> {
        if let Some((before, after)) = self.cut_fill.clone() {
            let sigma_m = self.cut_fill_sigma.unwrap_or_default();
            return Some(GroundMap::CutFill(CutFill { before, after, sigma_m }));
        }
        let (method, variance) = (self.heat_method.method(), self.heat_variance);
        let wish = |quantity: &String| HeatWish { quantity: quantity.clone(), method, variance };
        self.heat.as_ref().map(wish).map(GroundMap::Heat)
    }
}

#[derive(Debug, Args)]
pub(crate) struct HeatArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// What the stations measure: noise, dust.
    #[arg(long)]
    pub(crate) quantity: String,
    /// When: RFC 3339, or a time in the project's zone; default: now.
    #[arg(long, value_name = "TIME")]
    pub(crate) time: Option<String>,
    /// How values are spread.
    #[arg(long, value_enum, default_value = "kriging")]
    pub(crate) method: HeatMethodArg,
    /// Edge of a cell in meters; default: a hundredth of the longer side.
    #[arg(long, value_name = "METERS")]
    pub(crate) cell: Option<f64>,
    /// As JSON, with stations, variances and the variogram; else CSV of cells.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write there instead of standard output.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PlacementArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// One source.
    pub(crate) source: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Accept hypothesis N.
    #[arg(long, value_name = "N", requires = "source", conflicts_with = "undo")]
    pub(crate) accept: Option<u32>,
    /// Take the last decision back.
    #[arg(long, requires = "source")]
    pub(crate) undo: bool,
    /// Move it by east, north and, if given, up, in meters.
    #[arg(
        long,
        value_name = "E,N[,H]",
        requires = "source",
        allow_hyphen_values = true,
        conflicts_with_all = ["accept", "undo"]
    )]
    pub(crate) nudge: Option<String>,
    /// Place it by points: CSV of id,x,y,z (the model's meters),easting,northing,height.
    #[arg(
        long,
        value_name = "FILE.csv",
        requires = "source",
        conflicts_with_all = ["accept", "undo", "nudge"]
    )]
    pub(crate) fit: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ControlArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// Add the points of a CSV file: id,x,y,height in the project CRS.
    #[arg(long, value_name = "FILE.csv", required_unless_present = "list")]
    pub(crate) add: Option<PathBuf>,
    /// List the points.
    #[arg(long)]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RelinkArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// The source.
    pub(crate) source: String,
    /// Where its file is now.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct HeightArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// Points in the project CRS; behind -- where one begins with a minus sign.
    #[arg(required = true, value_name = "X,Y")]
    pub(crate) points: Vec<String>,
    /// Only what this source says; default: the finest model of the ground, else the finest surface model.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ProfileArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// The line: WKT in the project CRS, or a file with one line.
    #[arg(long, value_name = "FILE|WKT")]
    pub(crate) line: String,
    /// Meters between points; default: the distance of two heights of the finest model.
    #[arg(long, value_name = "M")]
    pub(crate) step: Option<f64>,
    /// Only what this source says.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// Output format.
    #[arg(long, value_enum)]
    pub(crate) format: PointFormat,
    /// Write there instead of standard output.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct VolumeArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// The earlier height: an elevation source, meters of a level plane, or a base plane through the heights of the other
    /// along the polygon's edge: lowest, mean or fitted.
    #[arg(long, value_name = "SOURCE|HEIGHT|lowest|mean|fitted", allow_hyphen_values = true)]
    pub(crate) before: String,
    /// The later height, said in the same way.
    #[arg(long, value_name = "SOURCE|HEIGHT|lowest|mean|fitted", allow_hyphen_values = true)]
    pub(crate) after: String,
    /// Where: WKT in the project CRS, or a file with polygons.
    #[arg(long, value_name = "FILE|WKT")]
    pub(crate) polygon: String,
    /// Standard deviation of a height before and after, meters: what is below the noise floor (1.96 · √(σ₁² + σ₂²)) is
    /// counted and left out. Without it nothing is.
    #[arg(long, value_name = "M,M")]
    pub(crate) sigma: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AsBuiltArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// The survey: an elevation source with a date; default: the last one.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) epoch: Option<String>,
    /// State when an elevation source was flown, and how sure its heights are.
    #[arg(long, value_name = "SOURCE", requires_all = ["time", "sigma"], conflicts_with_all = ["epoch", "accept"])]
    pub(crate) set_epoch: Option<String>,
    /// When it was flown: RFC 3339, or a time in the project's zone.
    #[arg(long, value_name = "TIME", requires = "set_epoch")]
    pub(crate) time: Option<String>,
    /// Standard deviation of one of its heights, meters.
    #[arg(long, value_name = "METERS", requires = "set_epoch")]
    pub(crate) sigma: Option<f64>,
    /// Enter a proposal as progress, valid from the survey's date on; may be given several times.
    #[arg(long, value_name = "EPOCH/OBJECT", requires = "by")]
    pub(crate) accept: Vec<String>,
    /// Take back what was entered of a proposal; both stay in the log. May be given several times.
    #[arg(long, value_name = "EPOCH/OBJECT", requires = "by", conflicts_with = "set_epoch")]
    pub(crate) withdraw: Vec<String>,
    /// Who decides it.
    #[arg(long, value_name = "NAME", conflicts_with = "set_epoch")]
    pub(crate) by: Option<String>,
    /// As JSON, with zones, thresholds and cells.
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,
    /// As CSV, one line an element.
    #[arg(long)]
    pub(crate) csv: bool,
    /// Write there instead of standard output.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}
