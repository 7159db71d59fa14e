//! The command line: a contract. Forms and exit codes are kept; new ones may be added.

mod bench;
mod live;
mod relief;
mod style;
mod works;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use lantu_overlay::OverlayKind;
use lantu_render::{Culling, Gpu};

use crate::section_words::{Cut, parse_section};
pub(crate) use bench::{
    BenchBoxesArgs, BenchCityArgs, BenchCommand, BenchCorpusArgs, BenchFeedArgs, BenchFramesArgs,
    BenchLibraryArgs, BenchNabArgs, BenchRasterArgs, BenchRecolorArgs, BenchStoreArgs, PathChoice,
    RecolorOverlay,
};
pub(crate) use live::{
    AlarmsArgs, Beat, ChannelsArgs, FeedArgs, ForecastArgs, RetentionArgs, RulesCommand, SamplesArgs, Speed,
};
use relief::ReliefArgs;
pub(crate) use style::{ClampChoice, RampChoice, StyleArgs};
pub(crate) use works::{
    AsBuiltArgs, ClearanceArgs, ControlArgs, HeatArgs, HeatLook, HeightArgs, PlacementArgs, ProfileArgs,
    ProgressArgs, RelinkArgs, RiskArgs, ScheduleArgs, VolumeArgs,
};

/// Lantu: a digital twin for the construction-engineering office of a city district.
#[derive(Debug, Parser)]
#[command(name = "lantu", version, about, propagate_version = true)]
pub(crate) struct Cli {
    /// Language of messages; JSON keys and CSV headers stay English.
    #[arg(long, global = true, value_name = "zh-CN|en")]
    pub(crate) lang: Option<String>,
    /// What to do; without a command the window opens.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the demo district, import it, and open it.
    Demo(DemoArgs),
    /// Make an empty project.
    New(NewArgs),
    /// Import files into a project.
    Import(ImportArgs),
    /// Tell what one file holds, without a project.
    Inspect(InspectArgs),
    /// Tell what a project holds.
    Info(InfoArgs),
    /// List objects.
    Objects(ObjectsArgs),
    /// Tell all that is known of one object.
    Properties(PropertiesArgs),
    /// Points along alignments, with station, direction, curvature and cant.
    Alignment(AlignmentArgs),
    /// Write the exact triangles of one object.
    Mesh(MeshArgs),
    /// Tell what changed between two files or revisions, object by object.
    Diff(DiffArgs),
    /// State, color, value and reason of every object at a moment.
    Overlay(OverlayArgs),
    /// Compare a planned excavation with the buried pipes around it.
    Clearance(ClearanceArgs),
    /// Early and late dates, float and what is critical, of a schedule file or a project's schedules.
    Schedule(ScheduleArgs),
    /// Earned value: what was planned, done and spent until a moment.
    Progress(ProgressArgs),
    /// What a survey from the air says about how far elements are: proposals with their evidence, and accepting them.
    #[command(name = "asbuilt")]
    AsBuilt(AsBuiltArgs),
    /// The register of risks: what is at risk, which factor adds how much, who looks after it.
    Risk(RiskArgs),
    /// Readings of stations over the ground between them.
    Heat(HeatArgs),
    /// Take readings while they come: a file replayed, a service polled, or stations that call in.
    Feed(FeedArgs),
    /// Latest value, quality and state of every channel.
    Channels(ChannelsArgs),
    /// How long readings are kept: what the project's rules would do, or do it.
    Retention(RetentionArgs),
    /// Samples of a channel, or the smallest and largest of each column of a chart.
    Samples(SamplesArgs),
    /// Sensor rules.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Every change of state with its reason; acknowledge and shelve.
    Alarms(AlarmsArgs),
    /// When a channel will cross a threshold, or why that cannot be told.
    Forecast(ForecastArgs),
    /// Draw a picture, without a window.
    Snapshot(Box<SnapshotArgs>),
    /// Open the window.
    View(ViewArgs),
    /// Where sources lie; accept or undo a placement.
    Placement(PlacementArgs),
    /// Color a layer by an attribute, say how its heights are meant, choose what names its features; alone, tell.
    Style(StyleArgs),
    /// Surveyed points that placements are scored against.
    Control(ControlArgs),
    /// Point a source at the file that it moved to.
    Relink(RelinkArgs),
    /// Check log chain, source and tile hashes, database integrity.
    Verify(VerifyArgs),
    /// Convert coordinates between two CRS.
    Transform(TransformArgs),
    /// Height, its datum and its source at points.
    Height(HeightArgs),
    /// Heights along a line.
    Profile(ProfileArgs),
    /// What was dug and filled between two heights inside a polygon.
    Volume(VolumeArgs),
    /// Measure: generated districts, camera paths, what frames cost.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Run one import job from standard input (internal).
    #[command(hide = true)]
    ImportWorker,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where to write it.
    #[arg(default_value = "./lantu-demo")]
    pub(crate) dir: PathBuf,
    /// Write a picture instead of opening the window.
    #[arg(long)]
    pub(crate) no_window: bool,
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The project file to make.
    #[arg(value_name = "PROJECT.lantu")]
    pub(crate) project: PathBuf,
    /// Projected CRS: EPSG:n, EPSG:h+EPSG:v, WKT, or a .prj file.
    #[arg(long)]
    pub(crate) crs: String,
    /// Vertical CRS of heights.
    #[arg(long)]
    pub(crate) height: Option<String>,
    /// The project lies in a grid of the city: CSV of points id,x,y (of the grid),easting,northing (of --crs).
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) local_points: Option<PathBuf>,
    /// The same by four parameters from --crs to the grid: shift east and north in meters, rotation counterclockwise in
    /// arc seconds, scale in ppm.
    #[arg(long, value_name = "E,N,SECONDS,PPM", allow_hyphen_values = true, conflicts_with = "local_points")]
    pub(crate) local_parameters: Option<String>,
    /// The project lies in a grid on a datum of its own (--crs), from which seven parameters (Bursa–Wolf) lead to that of
    /// --datum: translations in meters, rotations in arc seconds, scale in ppm.
    #[arg(
        long,
        value_name = "TX,TY,TZ,RX,RY,RZ,PPM",
        allow_hyphen_values = true,
        requires = "convention",
        conflicts_with_all = ["local_points", "local_parameters"]
    )]
    pub(crate) seven_parameters: Option<String>,
    /// The same from points: CSV of id,x,y,height (of --crs),longitude,latitude,height (of --datum), heights above the
    /// ellipsoids.
    #[arg(
        long,
        value_name = "FILE.csv",
        requires = "convention",
        conflicts_with_all = ["local_points", "local_parameters", "seven_parameters"]
    )]
    pub(crate) seven_points: Option<PathBuf>,
    /// Whether rotations turn the vector of a point or the axes.
    #[arg(long)]
    pub(crate) convention: Option<ConventionChoice>,
    /// The CRS in degrees that seven parameters lead to.
    #[arg(long, default_value = "EPSG:4490")]
    pub(crate) datum: String,
    /// IANA time zone.
    #[arg(long, default_value = "Asia/Shanghai")]
    pub(crate) time_zone: String,
    /// Name of the project.
    #[arg(long)]
    pub(crate) name: Option<String>,
}

/// How the rotations of seven parameters are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConventionChoice {
    /// They turn the vector of a point (EPSG method 9606).
    PositionVector,
    /// They turn the axes (EPSG method 9607).
    CoordinateFrame,
}

impl From<ConventionChoice> for lantu_geodesy::Convention {
    fn from(choice: ConventionChoice) -> Self {
        match choice {
            ConventionChoice::PositionVector => Self::PositionVector,
            ConventionChoice::CoordinateFrame => Self::CoordinateFrame,
        }
    }
}

/// Who chooses what is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CullingChoice {
    /// The processor.
    Cpu,
    /// The graphics card.
    Gpu,
}

impl CullingChoice {
    /// What was asked for, or what is usual on a device.
    pub(crate) fn on(choice: Option<Self>, gpu: &Gpu) -> Culling {
        match choice {
            Some(Self::Cpu) => Culling::Cpu,
            Some(Self::Gpu) => Culling::Gpu,
            None => gpu.usual_culling(),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct LimitArgs {
    /// Worker threads.
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// Most memory of an import or view: bytes, or with MB, GB, MiB, GiB.
    #[arg(long, value_parser = parse_bytes)]
    pub(crate) memory: Option<u64>,
    /// Seconds after which the import of one file is ended.
    #[arg(long, default_value_t = 600)]
    pub(crate) deadline: u64,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// The files.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Importer to use: ifc, raster, vector, tables; `raster:ground` or `raster:surface` says what heights are of.
    #[arg(long = "as", value_name = "IMPORTER")]
    pub(crate) importer: Option<String>,
    /// CRS of the files, over what they say.
    #[arg(long)]
    pub(crate) crs: Option<String>,
    /// Height CRS of the files, or meters to add to their heights.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) height: Option<String>,
    /// Source that the file is a new revision of, or how a new one is called.
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// Write diagnostics and counts there.
    #[arg(long, value_name = "FILE.json")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The file.
    pub(crate) file: PathBuf,
    /// Write JSON there; `-` for standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Add type, container, materials, properties and quantities to each row.
    #[arg(long)]
    pub(crate) properties: bool,
    /// CRS of the file, over what it says.
    #[arg(long)]
    pub(crate) crs: Option<String>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    Csv,
    Json,
    Geojson,
}

#[derive(Debug, Args)]
pub(crate) struct ObjectsArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// Of this source only.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// Filter: COLUMN = 'VALUE', joined by and, or, not, parentheses.
    #[arg(long = "where", value_name = "EXPR")]
    pub(crate) filter: Option<String>,
    /// Only what touches this box.
    #[arg(long, value_name = "X0,Y0,X1,Y1", allow_hyphen_values = true)]
    pub(crate) bbox: Option<String>,
    /// Only what comes within this distance of --of.
    #[arg(long, value_name = "METERS", requires = "of")]
    pub(crate) within: Option<f64>,
    /// The point of --within.
    #[arg(long, value_name = "X,Y,Z", requires = "within", allow_hyphen_values = true)]
    pub(crate) of: Option<String>,
    /// Output format.
    #[arg(long, value_enum)]
    pub(crate) format: TableFormat,
    /// Write there instead of standard output.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PropertiesArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// `GlobalId`, feature id, or source:id.
    pub(crate) object: String,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PointFormat {
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct AlignmentArgs {
    /// The IFC file, or the project whose IFC files count.
    pub(crate) file: PathBuf,
    /// Only the alignment of this `GlobalId` or name.
    pub(crate) id: Option<String>,
    /// Meters between points; the end is always one.
    #[arg(long, value_name = "METERS", conflicts_with = "at")]
    pub(crate) step: Option<f64>,
    /// Distances from the start in meters, separated by commas.
    #[arg(long, value_name = "DISTANCE,...", allow_hyphen_values = true)]
    pub(crate) at: Option<String>,
    /// Output format.
    #[arg(long, value_enum)]
    pub(crate) format: PointFormat,
    /// Write there instead of standard output.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MeshFormat {
    Obj,
    Glb,
}

#[derive(Debug, Args)]
pub(crate) struct MeshArgs {
    /// A project, or a file as it is, in its own frame.
    #[arg(value_name = "PROJECT|FILE")]
    pub(crate) from: PathBuf,
    /// `GlobalId`, or source:id.
    pub(crate) object: String,
    /// OBJ with materials beside it, or binary glTF.
    #[arg(long, value_enum)]
    pub(crate) format: MeshFormat,
    /// Write there.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// A file, a project, or a project as it was after a revision.
    #[arg(value_name = "FILE|PROJECT[@REVISION]")]
    pub(crate) old: String,
    /// The same, later.
    #[arg(value_name = "FILE|PROJECT[@REVISION]")]
    pub(crate) new: String,
    /// Of projects: this source only.
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// Output format.
    #[arg(long, value_parser = ["csv", "json"], default_value = "csv")]
    pub(crate) format: String,
    /// Write there instead of standard output.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OverlayChoice {
    Progress,
    Sensor,
    Risk,
    None,
}

impl OverlayChoice {
    pub(crate) fn kind(self) -> Option<OverlayKind> {
        match self {
            Self::Progress => Some(OverlayKind::Progress),
            Self::Sensor => Some(OverlayKind::Sensor),
            Self::Risk => Some(OverlayKind::Risk),
            Self::None => None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct OverlayArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// Which overlay.
    #[arg(long, value_parser = ["progress", "sensor", "risk"])]
    pub(crate) kind: String,
    /// The moment.
    #[arg(long)]
    pub(crate) time: String,
    /// Output format.
    #[arg(long, value_parser = ["csv", "json"])]
    pub(crate) format: String,
    /// Write there instead of standard output.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub(crate) struct SnapshotArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// The picture to write.
    #[arg(long, value_name = "FILE.png")]
    pub(crate) out: PathBuf,
    /// A saved view.
    #[arg(long, conflicts_with_all = ["eye", "fit"])]
    pub(crate) view: Option<String>,
    /// Where the eye is.
    #[arg(
        long,
        value_name = "X,Y,Z",
        requires = "target",
        conflicts_with = "fit",
        allow_hyphen_values = true
    )]
    pub(crate) eye: Option<String>,
    /// Where it looks.
    #[arg(long, value_name = "X,Y,Z", requires = "eye", allow_hyphen_values = true)]
    pub(crate) target: Option<String>,
    /// Show everything (the default).
    #[arg(long)]
    pub(crate) fit: bool,
    /// Width and height in pixels.
    #[arg(long, value_name = "WxH", default_value = "1920x1080", value_parser = parse_size)]
    pub(crate) size: [u32; 2],
    /// The moment; default: the middle of the project's time span.
    #[arg(long)]
    pub(crate) time: Option<String>,
    /// Which overlay; default: the view's, else none.
    #[arg(long, value_enum)]
    pub(crate) overlay: Option<OverlayChoice>,
    /// A second overlay that outlines objects, whatever fills them; default: the view's, else none.
    #[arg(long, value_enum)]
    pub(crate) outline: Option<OverlayChoice>,
    /// Color what changed since a revision, with what is gone as ghosts; `info` lists revisions.
    #[arg(long, value_name = "REVISION", conflicts_with = "overlay")]
    pub(crate) compare: Option<u64>,
    /// Cut the scene open: `x=V`, `y=V` (what lies before goes) or `z=V` (what lies above goes), with `,flipped` for the
    /// other side; `plane=X,Y,Z,NX,NY,NZ` by a point and the direction that goes; `box=X0,Y0,Z0,X1,Y1,Z1` of what remains.
    /// A plane and a box can be given together.
    #[arg(long, value_name = "CUT", value_parser = parse_section, allow_hyphen_values = true)]
    pub(crate) section: Vec<Cut>,
    /// With --compare: the revision on the left and what is now on the right, from the same place.
    #[arg(long, requires = "compare")]
    pub(crate) side_by_side: bool,
    /// See pipes through a translucent ground.
    #[arg(long)]
    pub(crate) xray: bool,
    /// Names of streets, buildings and sensors; a saved view brings them if it has them.
    #[arg(long)]
    pub(crate) labels: bool,
    /// What the colors mean, with counts and the instant, over the lower left corner.
    #[arg(long)]
    pub(crate) legend: bool,
    /// How opaque the ground is, 0 to 1; below 1 what lies under it shows.
    #[arg(long, value_name = "0..1", value_parser = parse_opacity)]
    pub(crate) ground_opacity: Option<f32>,
    #[command(flatten)]
    pub(crate) relief: ReliefArgs,
    #[command(flatten)]
    pub(crate) heat: HeatLook,
    /// One source left of a line and another right of it: two epochs of an orthophoto.
    #[arg(long, value_name = "LEFT,RIGHT", conflicts_with = "side_by_side", value_parser = parse_pair)]
    pub(crate) swipe: Option<(String, String)>,
    /// Where the line of --swipe is: share of the width.
    #[arg(long, value_name = "0..1", default_value_t = 0.5, requires = "swipe", value_parser = parse_opacity)]
    pub(crate) swipe_at: f32,
    /// How opaque objects of a source are, 0 to 1; can be repeated.
    #[arg(long, value_name = "SOURCE=0..1", value_parser = parse_layer_opacity)]
    pub(crate) opacity: Vec<(String, f32)>,
    /// Plain colors lit by the sun: no sky, shadows, occlusion, edges or haze.
    #[arg(long)]
    pub(crate) simple_shading: bool,
    /// Hide objects of this source; can be repeated.
    #[arg(long, value_name = "SOURCE")]
    pub(crate) hide: Vec<String>,
    /// Write what the picture shows there, as JSON.
    #[arg(long, value_name = "FILE.json")]
    pub(crate) sidecar: Option<PathBuf>,
    /// Who chooses what is drawn: the processor or the graphics card; default: real graphics cards choose themselves.
    #[arg(long, value_enum)]
    pub(crate) culling: Option<CullingChoice>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once(',').filter(|(a, b)| !a.is_empty() && !b.is_empty() && a != b);
    pair.map(|(a, b)| (a.to_owned(), b.to_owned()))
        .ok_or_else(|| "expected LEFT,RIGHT: two sources".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct ViewArgs {
    /// The project; without it the start screen opens.
    pub(crate) project: Option<PathBuf>,
    /// A saved view.
    #[arg(long)]
    pub(crate) view: Option<String>,
    /// Window size in pixels.
    #[arg(long, value_name = "WxH", default_value = "1440x900", value_parser = parse_size)]
    pub(crate) size: [u32; 2],
    /// Cover the whole screen.
    #[arg(long)]
    pub(crate) fullscreen: bool,
    /// Scale of panels and text.
    #[arg(long, value_name = "F", default_value_t = 1.0)]
    pub(crate) ui_scale: f32,
    /// Lose the graphics device again and again, for fault tests: seconds between losses.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) lose_device_every: Option<u64>,
    /// Who chooses what is drawn: the processor or the graphics card; default: real graphics cards choose themselves.
    #[arg(long, value_enum)]
    pub(crate) culling: Option<CullingChoice>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The project.
    pub(crate) project: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct TransformArgs {
    /// CRS of the points.
    #[arg(long)]
    pub(crate) from: String,
    /// CRS wanted.
    #[arg(long)]
    pub(crate) to: String,
    /// Points: easting or longitude first.
    #[arg(required = true, value_name = "X,Y[,Z]", allow_hyphen_values = true)]
    pub(crate) points: Vec<String>,
}

/// BYTES of the contract: an integer, or with a suffix: MB = 10⁶, MiB = 2²⁰.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let factor: u64 = match suffix.trim() {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err("expected bytes, or MB, GB, MiB, GiB after the number".to_owned()),
    };
    let n: u64 = number.parse().map_err(|e: std::num::ParseIntError| e.to_string())?;
    n.checked_mul(factor).ok_or_else(|| "too large".to_owned())
}

/// `WxH` in pixels.
fn parse_opacity(text: &str) -> Result<f32, String> {
    let v: f32 = text.parse().map_err(|e| format!("{e}: expected a number from 0 to 1"))?;
    if (0.0..=1.0).contains(&v) { Ok(v) } else { Err("expected a number from 0 to 1".into()) }
}

fn parse_layer_opacity(text: &str) -> Result<(String, f32), String> {
    let (name, v) = text.rsplit_once('=').ok_or("expected a source, = and a number from 0 to 1")?;
    Ok((name.to_owned(), parse_opacity(v)?))
}

fn parse_size(text: &str) -> Result<[u32; 2], String> {
    let parsed = text
        .split_once(['x', 'X', '×'])
        .and_then(|(w, h)| Some([w.parse::<u32>().ok()?, h.parse::<u32>().ok()?]));
    match parsed {
        Some(size) if size.iter().all(|&n| n > 0 && n <= 65_536) => Ok(size),
        _ => Err("expected WIDTHxHEIGHT in pixels, 1 to 65536 each".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn bytes_and_sizes_are_read_as_the_contract_says() {
        assert_eq!(parse_bytes("300MB"), Ok(300_000_000));
        assert_eq!(parse_bytes("512MiB"), Ok(512 << 20));
        assert_eq!(parse_bytes("42"), Ok(42));
        assert!(
            parse_bytes("12 parsecs").is_err()
                && parse_bytes("-1").is_err()
                && parse_bytes("99999999999GB").is_err()
        );
        assert_eq!(parse_size("1920x1080"), Ok([1920, 1080]));
        assert!(parse_size("0x10").is_err() && parse_size("1920").is_err());
    }
}
