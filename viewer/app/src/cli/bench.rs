//! What is measured: the arguments of `lantu bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use lantu_overlay::OverlayKind;

use super::{CullingChoice, LimitArgs, parse_bytes, parse_size};

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Make a district of many objects as a project.
    City(BenchCityArgs),
    /// Import every IFC file of a folder: a table and a page with a picture of each.
    Corpus(BenchCorpusArgs),
    /// Mesh one IFC file with the geometry library alone, for the comparison of `bench corpus --peers`.
    #[command(hide = true)]
    Library(BenchLibraryArgs),
    /// Draw the boxes of the comparison with other viewers, and measure each frame.
    Boxes(BenchBoxesArgs),
    /// Import a raster, and measure it beside GDAL's own tools in the same run.
    Raster(BenchRasterArgs),
    /// Draw a project along a fixed camera path, and measure each frame.
    Frames(BenchFramesArgs),
    /// Color generated objects by generated readings, step by step in time, and measure it.
    Recolor(BenchRecolorArgs),
    /// Write and read generated readings, and measure it.
    Store(BenchStoreArgs),
    /// Feed a project that is open, and measure what that costs the window.
    Feed(BenchFeedArgs),
    /// Look for anomalies in the series of the Numenta Anomaly Benchmark, scored by its rules.
    Nab(BenchNabArgs),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PathChoice {
    /// A walk along a street.
    Street,
    /// An orbit that sees everything.
    Overview,
    /// From far and high down to the street.
    Flight,
}

#[derive(Debug, Args)]
pub(crate) struct BenchFramesArgs {
    /// The project.
    pub(crate) project: PathBuf,
    /// Which path.
    #[arg(long, value_enum)]
    pub(crate) path: PathChoice,
    /// How many frames.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub(crate) frames: u32,
    /// Most memory of tiles, tables and targets: bytes, or with MB, GB, MiB, GiB.
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    pub(crate) memory: Option<u64>,
    /// Width and height in pixels.
    #[arg(long, value_name = "WxH", default_value = "1280x720", value_parser = parse_size)]
    pub(crate) size: [u32; 2],
    /// With the window's simple shading.
    #[arg(long)]
    pub(crate) simple_shading: bool,
    /// Without levels of detail.
    #[arg(long)]
    pub(crate) full_detail: bool,
    /// Say how many pixels differ from full detail at some poses.
    #[arg(long)]
    pub(crate) compare: bool,
    /// Put the picture that differs most there: at rest, in full detail, and where they differ; implies --compare.
    #[arg(long, value_name = "FILE.png")]
    pub(crate) differences: Option<PathBuf>,
    /// Who chooses what is drawn: the processor or the graphics card; default: real graphics cards choose themselves.
    #[arg(long, value_enum)]
    pub(crate) culling: Option<CullingChoice>,
    /// Error on the screen in pixels instead of the window's, at rest.
    #[arg(long, value_name = "PX", conflicts_with = "full_detail")]
    pub(crate) error_px: Option<f64>,
    /// Write what each frame cost there.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: PathBuf,
    /// Draw time and memory over the frames there.
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) plot: Option<PathBuf>,
    /// Put pictures along the path there, while the camera moves.
    #[arg(long, value_name = "FILE.png")]
    pub(crate) strip: Option<PathBuf>,
    /// How many pictures.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub(crate) strip_frames: usize,
}

#[derive(Debug, Args)]
pub(crate) struct BenchBoxesArgs {
    /// Boxes: x,y,z,sx,sy,sz,r,g,b.
    #[arg(value_name = "BOXES.csv")]
    pub(crate) boxes: PathBuf,
    /// Camera paths and lighting.
    #[arg(long, value_name = "PATHS.json")]
    pub(crate) paths: PathBuf,
    /// Which path.
    #[arg(long, value_name = "NAME")]
    pub(crate) path: String,
    /// How many frames; default: all of the path.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) frames: Option<u32>,
    /// Write what each frame cost there.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: PathBuf,
    /// Write frame 0 there.
    #[arg(long, value_name = "FILE.png")]
    pub(crate) png: Option<PathBuf>,
    /// Without levels of detail.
    #[arg(long)]
    pub(crate) full_detail: bool,
    /// Say how many pixels differ from full detail at some frames.
    #[arg(long)]
    pub(crate) compare: bool,
    /// Error on the screen in pixels instead of the window's.
    #[arg(long, value_name = "PX", conflicts_with = "full_detail")]
    pub(crate) error_px: Option<f64>,
    /// Only write the tiles there: what a measured run asks of another process, so that building does not count.
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) tiles_into: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BenchCorpusArgs {
    /// Where the files are, also in folders below.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Where the table and the page go.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Leave larger files out, and say which.
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    pub(crate) max_bytes: Option<u64>,
    /// CPU seconds after which the import of one file is ended.
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) cpu_seconds: u64,
    /// Worker threads.
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// Measure the geometry library alone, `IfcOpenShell` and web-ifc on the same files, where they are installed; and
    /// large files with one thread and with two.
    #[arg(long)]
    pub(crate) peers: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BenchLibraryArgs {
    /// The file.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct BenchRasterArgs {
    /// An orthophoto; `cargo run --release -p lantu-raster --example ortho` makes one of any size.
    pub(crate) file: PathBuf,
    /// CRS that it is brought to.
    #[arg(long, default_value = "EPSG:4547")]
    pub(crate) crs: String,
    /// Where what is written lies while it is measured; default: the system's folder for such files.
    #[arg(long, value_name = "DIR")]
    pub(crate) scratch: Option<PathBuf>,
    /// Write the table there instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BenchCityArgs {
    /// How many objects.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=lantu_bench::MAX_OBJECTS))]
    pub(crate) objects: u64,
    /// Another seed, another district.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The folder in which `city.lantu` is written.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct BenchNabArgs {
    /// A copy of the benchmark: `data` and `labels` lie in it.
    pub(crate) dir: PathBuf,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BenchFeedArgs {
    /// Messages a second, a reading each.
    #[arg(long, value_name = "N", default_value_t = 5000.0)]
    pub(crate) rate: f64,
    /// Channels, each on an object of its own.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) channels: u32,
    /// Objects of the district.
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..=lantu_bench::MAX_OBJECTS))]
    pub(crate) objects: u64,
    /// For so long in all, without the turns in which the feed rests.
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    pub(crate) minutes: f64,
    /// In so many turns.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) rounds: u32,
}

#[derive(Debug, Args)]
pub(crate) struct BenchStoreArgs {
    /// How many readings.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1_000..=1_000_000_000))]
    pub(crate) rows: u64,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What colors the objects of `lantu bench recolor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RecolorOverlay {
    /// Tasks.
    Progress,
    /// Readings.
    Sensor,
    /// Both.
    Risk,
}

impl RecolorOverlay {
    pub(crate) fn kind(self) -> OverlayKind {
        match self {
            Self::Progress => OverlayKind::Progress,
            Self::Sensor => OverlayKind::Sensor,
            Self::Risk => OverlayKind::Risk,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct BenchRecolorArgs {
    /// How many objects.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub(crate) objects: u32,
    /// On how many channels, and on how many tasks where those color.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) channels: u32,
    /// What colors them: readings, tasks, or risk by both.
    #[arg(long, value_enum, default_value_t = RecolorOverlay::Sensor)]
    pub(crate) overlay: RecolorOverlay,
    /// What outlines them besides.
    #[arg(long, value_enum)]
    pub(crate) outline: Option<RecolorOverlay>,
    /// Instants, ten minutes apart.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..=200))]
    pub(crate) steps: u32,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
